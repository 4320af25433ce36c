#!/usr/bin/env bash
# Type-check the collection under its real name, its core and its pure files strictly, and the sandbox.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
tree=.cache/mypy/ansible_collections/fleetops
mkdir -p "$tree"
ln -sfn "$root" "$tree/eks"
utils=$tree/eks/plugins/module_utils
mapfile -t pure < <(find "$utils" -maxdepth 2 -name '*.py' ! -path '*/_aws/*' ! -path '*/_kube/*' ! -name api.py | sort)
mapfile -t others < <(find "$utils" "$tree/eks/plugins/plugin_utils" -name '*.py' | sort)
MYPYPATH=.cache/mypy mypy --strict "${pure[@]}"
MYPYPATH=.cache/mypy mypy "${others[@]}"
mypy sandbox
