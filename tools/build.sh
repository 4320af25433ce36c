#!/usr/bin/env bash
# Build the collection's tarball, install it elsewhere, and look a module up there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
rm -rf .cache/dist .cache/installed
ansible-galaxy collection build --force --output-path .cache/dist
ansible-galaxy collection install --force --no-deps -p .cache/installed .cache/dist/*.tar.gz
if tar -tzf .cache/dist/*.tar.gz | grep -E '^(sandbox|tests|tools|molecule|\.ci|\.cache)/'; then
  echo 'the tarball holds what is not shipped' >&2
  exit 1
fi
ANSIBLE_COLLECTIONS_PATH=$root/.cache/installed ansible-doc -t module fleetops.eks.eks_cluster >/dev/null
