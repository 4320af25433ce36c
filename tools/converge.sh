#!/usr/bin/env bash
# Run site.yml against the running sandbox and say where the report is. Further arguments go to ansible-playbook.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export PATH=$root/.venv/bin:$PATH
eval "$(python -m sandbox env)"
report=$root/.cache/report/fleet.json
code=0
ansible-playbook site.yml -i inventories/sandbox -e "fleet_report_path=$report" "$@" || code=$?
echo "report: $report"
exit $code
