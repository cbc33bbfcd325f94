# Every task of the project. CI calls these same targets, so whatever CI does can be done at home.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Sites and hours of past that `make run` simulates on a new stack.
SITES ?= 20
HOURS ?= 24

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast lint format build lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with all that is needed, as locked in requirements/

$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Heliograph needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY) ## start everything on this machine, with a simulated fleet and its last day; Ctrl-C ends it
	@$(BIN)/python scripts/build_lambdas.py --target local
	@$(BIN)/heliograph up --sites $(SITES) --backfill $(HOURS)

test: $(READY) ## run all tests, the whole stack's included
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-fast: $(READY) ## run the tests that need no stack
	$(BIN)/python -m pytest -n 2 -m "not stack"

lint: $(READY) ## check style, types and the arrows between packages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

build: $(READY) ## make the Lambdas' zips: build/aws for AWS, build/local for this machine
	$(BIN)/python scripts/build_lambdas.py --target all

lock: $(READY) ## lock the dependencies anew, from pyproject.toml
	$(BIN)/python scripts/lock.py

clean: ## remove what was built; the state of the local stack stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
