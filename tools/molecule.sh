#!/usr/bin/env bash
# Run molecule where a container engine works, or can be installed; say in one line why there is none, and do no harm.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export PATH=$root/.venv/bin:$PATH ANSIBLE_HOME=$root/.cache/ansible MOLECULE_SANDBOX=$root/.cache/molecule/sandbox
mkdir -p "$root/.cache/molecule"
reason=$(python extensions/molecule/engine.py) || code=$?
if [ "${code:-0}" = 3 ]; then
  echo "skipped: molecule: $reason"
  exit 0
elif [ "${code:-0}" != 0 ]; then
  exit "$code"
fi
# The sandbox's profiles and port, before it runs: molecule reads its environment once.
export AWS_ENDPOINT_URL AWS_CONFIG_FILE=$MOLECULE_SANDBOX/aws/config AWS_SHARED_CREDENTIALS_FILE=$MOLECULE_SANDBOX/aws/credentials
export AWS_PROFILE=sandbox-nonprod AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
AWS_ENDPOINT_URL=$(python extensions/molecule/endpoint.py "$MOLECULE_SANDBOX")
exec molecule "$@"
