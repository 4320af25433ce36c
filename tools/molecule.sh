#!/usr/bin/env bash
# Run molecule where a container engine works; say why where none does.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
exec "$root/.venv/bin/molecule" "$@"
