BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible

.PHONY: setup
setup: .venv/.ready ## the environment: .venv with everything from requirements-dev.txt

.venv/.ready: requirements.txt requirements-dev.txt galaxy.yml tools/link_collection.py tools/find_python.sh
	test -x $(BIN)/python || "$$(tools/find_python.sh)" -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip install -q --python $(BIN)/python -r requirements-dev.txt
	$(BIN)/python tools/link_collection.py
	touch $@
