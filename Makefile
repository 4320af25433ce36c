BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
# Every task and part is a Python of its own, which would compile what it imports each time where bytecode is not kept.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
SANDBOX := $(BIN)/python -m sandbox
KUBERNETES ?= embedded

.DEFAULT_GOAL := help
.PHONY: help setup sandbox sandbox-down test conformance bench bench-calls bench-kubernetes bench-sandbox lint unit sanity integration molecule

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | sort | expand -t 16

setup: .venv/.ready ## the environment: .venv with everything from requirements-dev.txt

.venv/.ready: requirements.txt requirements-dev.txt galaxy.yml tools/link_collection.py tools/find_python.sh
	@test -x $(BIN)/python || { python=$$(tools/find_python.sh) && "$$python" -m venv .venv; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements-dev.txt
	@$(BIN)/python tools/link_collection.py
	@touch $@

sandbox: setup ## the main job on this machine, with no account: start the sandbox (KUBERNETES=real for real API servers), converge the fleet, show the report
	@$(SANDBOX) up --kubernetes $(KUBERNETES)
	@tools/converge.sh

sandbox-down: setup ## stop the sandbox and remove what it made
	@$(SANDBOX) down

test: setup ## everything that proves it; ends with N passed, N failed, N skipped
	@$(BIN)/python tools/run_tests.py

conformance: setup ## the sandbox against the real things; ends with conformance: N cases, N equal, N excused, N different
	@$(BIN)/python -m tests.conformance --write

bench: setup ## against community.aws on the same simulator; ends with bench: ratio N.N
	@$(BIN)/python -m tests.benchmarks.fast_path

bench-calls: setup ## calls of the EKS API for one full cluster; ends with bench-calls: no-op N of at least N, creation N, update N
	@$(BIN)/python -m tests.benchmarks.api_calls

bench-kubernetes: setup ## the embedded Kubernetes API against a real kube-apiserver: start, memory, latencies, into docs/performance.md
	@$(BIN)/python -m tests.benchmarks.kubernetes_api --write

bench-sandbox: setup ## time and memory of the main job on this machine
	@$(BIN)/python -m tests.benchmarks.main_job

lint: setup ## the linters alone
	@$(BIN)/python tools/run_tests.py ruff ruff-format mypy yamllint ansible-lint changelog

unit: setup ## the unit tests and contracts alone
	@$(BIN)/python tools/run_tests.py contracts unit

sanity: setup ## ansible-test sanity alone
	@$(BIN)/python tools/run_tests.py sanity

integration: setup ## modules and playbooks against the sandbox
	@$(BIN)/python tools/run_tests.py integration fleet

molecule: setup ## the roles that work on hosts, on systemd containers
	@$(BIN)/python tools/run_tests.py molecule
