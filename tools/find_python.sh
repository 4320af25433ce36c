#!/bin/sh
# Print the newest Python that ansible-core 2.19 to 2.21 runs on (3.11 and later), looking past pyenv's shims.
for python in "${PYTHON:-}" python3.14 python3.13 python3.12 \
  "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.14*/bin/python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python \
  "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python python3.11 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11*/bin/python python3; do
  if [ -n "$python" ] && "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    command -v "$python"
    exit
  fi
done
echo 'fleetops.eks needs Python 3.11 or newer with venv: install it (Debian: apt-get install python3-venv) or set PYTHON=/path/to/python' >&2
exit 1
