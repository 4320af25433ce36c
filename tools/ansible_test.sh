#!/usr/bin/env bash
# Run ansible-test on a copy of this checkout, since it insists on .../ansible_collections/NAMESPACE/NAME.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
dest=$root/.cache/ansible-test/ansible_collections/fleetops/eks
home=$root/.cache/home
mkdir -p "$dest" "$home/.ansible/test/cache"
find "$dest" -mindepth 1 -delete
(cd "$root" && git ls-files -co --exclude-standard -z | tar --null -T - -c --ignore-failed-read) | tar -x -C "$dest"
# The sandbox, its tests and the tools are no part of the collection.
rm -rf "$dest"/{sandbox,extensions,inventories,tools,.ci} "$dest"/tests/{unit,integration,conformance,contracts,fleet,support,benchmarks}
# A repository of its own: else the one around it, which ignores .cache, hides every file from ansible-test.
git -C "$dest" init -q
python=$root/.venv/bin/python
version=$(sed -n "s/.*pip='\([0-9.]*\)'.*/\1/p" "$("$python" -c 'import ansible_test._internal.python_requirements as m; print(m.__file__)')")
cp "$root/tools/get_pip.py" "$home/.ansible/test/cache/get_pip_${version//./_}.py"
cd "$dest"
export HOME=$home PATH=$root/.venv/bin:$PATH
command=$1
shift
exec ansible-test "$command" --python "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$@"
