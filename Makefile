# CIDB2. `make help` lists what can be made; each target sets up what it needs.

PYTHON ?= python3
ENV ?= dev
BIN := .venv/bin
ASL_VALIDATOR := tools/asl-validator/node_modules
SIMULATOR := tools/policy-simulator/node_modules
AXE := tools/axe/node_modules
CHECKS := .tools/checks/bin
EMULATOR := .tools/conformance

export SAM_CLI_TELEMETRY := 0
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run explore aws test test-unit test-e2e test-faults test-permissions test-conformance
.PHONY: test-slow lint audit coverage
.PHONY: lint-style lint-types lint-source lint-deployed lint-policies lint-workflows
.PHONY: format docs policies collector lake bench build check-parameters deploy rollback-alarms
.PHONY: pipeline-roles
.PHONY: member-role member-stackset lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

setup: ## Create .venv from the locked packages (other targets do it when needed)
	@$(PYTHON) tools/bootstrap.py

# --- run ----------------------------------------------------------------------------------------

run: setup ## Run an inventory of a simulated organisation locally. Options: ACCOUNTS RESOURCES REGIONS INPUT SEED RUNS; REAL=1
	@$(BIN)/python -m $(if $(REAL),local.real $(REAL_OPTIONS),local.commands.run $(RUN_OPTIONS))

RUN_OPTIONS = \
	$(if $(ACCOUNTS),--accounts $(ACCOUNTS)) \
	$(if $(RESOURCES),--resources $(RESOURCES)) \
	$(if $(REGIONS),--regions '$(REGIONS)') \
	$(if $(INPUT),--input '$(INPUT)') \
	$(if $(SEED),--seed $(SEED)) \
	$(if $(RUNS),--runs $(RUNS))

# REAL=1: accounts on AWS, read with one's own credentials (docs/real-accounts.md).
REAL_OPTIONS = \
	$(if $(ACCOUNTS),--accounts '$(ACCOUNTS)') \
	$(if $(ROLE),--role '$(ROLE)') \
	$(if $(EXTERNAL_ID),--external-id '$(EXTERNAL_ID)') \
	$(if $(PROFILE),--profile '$(PROFILE)') \
	$(if $(REGIONS),--regions '$(REGIONS)') \
	$(if $(SERVICES),--services '$(SERVICES)') \
	$(if $(YES),--yes)

explore: setup ## Explore the inventory of the last `make run` in a browser. Options: PORT DAY
	@$(BIN)/cidb2 explore --folder .local/runs/latest $(if $(PORT),--port $(PORT)) $(if $(DAY),--day $(DAY))

aws: setup ## Keep the embedded AWS running, for the AWS CLI and `sam local invoke`
	@$(BIN)/python -m local.commands.serve

# --- check --------------------------------------------------------------------------------------

PYTEST := $(BIN)/pytest -n 3 --dist loadgroup

test: ## Everything: lint, types, templates, build, all tests but slow ones
	@$(TWO_AT_A_TIME) $(LINTS) build browser $(SIMULATOR) $(AXE) $(EMULATOR)
	@$(PYTEST)

test-e2e: setup ## Whole runs on the embedded AWS
	@$(PYTEST) tests/e2e

test-unit: setup ## The unit tests only
	@$(PYTEST) tests/unit

coverage: setup ## The coverage of unit and integration tests and of the command line's
	@$(PYTEST) tests/unit tests/integration tests/e2e/test_cli.py --cov --cov-report=term

test-browser: setup browser $(AXE) ## The report and the explorer in a headless Chromium
	@$(PYTEST) tests/browser

browser: setup ## Find Chromium, or install Debian's (as root)
	@$(BIN)/python -m tools.browser

test-slow: setup browser $(SIMULATOR) $(AXE) $(EMULATOR) ## What `make test` leaves out: most faults, large accounts (over an hour)
	@$(PYTEST) -m slow

test-faults: setup ## All fault tests: every operation with every fault (one hour)
	@$(PYTEST) tests/faults -m faults

test-conformance: setup $(EMULATOR) ## The built product on MiniStack, a third-party AWS emulator
	@$(PYTEST) tests/conformance

test-permissions: setup $(SIMULATOR) ## Least privilege: required permissions against the policies
	@$(PYTEST) tests/permissions

# Each stands alone, so that two at a time keep two cores busy; the longest first.
LINTS := lint-types lint-source lint-deployed lint-policies lint-style lint-workflows
TWO_AT_A_TIME := $(MAKE) --no-print-directory --jobs=2

lint: ## Style, types, templates, state machines, policies, workflows
	@$(TWO_AT_A_TIME) $(LINTS)

lint-style: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

lint-types: setup
	$(BIN)/mypy

lint-source: setup
	$(BIN)/sam validate --lint --region us-east-1
	$(BIN)/cfn-lint --template member-account/*.yaml delivery/*.yaml

lint-deployed: setup $(ASL_VALIDATOR) .tools/checks
	$(BIN)/python -m tools.transform_template template.yaml build
	$(BIN)/cfn-lint --config-file tools/cfnlint.yaml --template build/transformed.json
	$(BIN)/node $(ASL_VALIDATOR)/asl-validator/dist/bin/asl-validator.js \
		--json-path build/InventoryStateMachine.asl.json \
		--json-path build/CollectStateMachine.asl.json
	$(CHECKS)/checkov --config-file tools/checkov.yaml --file build/transformed.json

lint-policies: setup .tools/checks
	$(BIN)/python -m tools.deployed_policies build/policies
	@$(CHECKS)/python -W ignore::UserWarning tools/check_policies.py build/policies

lint-workflows: .tools/checks
	$(CHECKS)/zizmor --offline --no-progress --quiet .github/workflows

bench: setup ## Measure calls, time, memory, growth and cost into docs/performance.md. ONLY="calls time"
	@PYTHONPATH=layers/shared $(BIN)/python -m benchmarks $(ONLY)

audit: setup .tools/checks ## Check locked packages for known vulnerabilities (needs a network)
	@for lock in layers/shared/requirements functions/results_processor/requirements \
		requirements/bootstrap requirements/dev requirements/checks requirements/conformance; do \
		$(CHECKS)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
			--requirement $$lock.lock || exit 1; \
	done

.tools/checks .tools/conformance: .tools/%: requirements/%.lock | setup
	@echo "Setting up: requirements/$*.lock into $@" >&2
	@.tools/uv venv --quiet --clear --no-managed-python --python $(BIN)/python $@
	@.tools/uv pip sync --quiet --require-hashes --python $@/bin/python $<
	@touch $@

tools/%/node_modules: tools/%/package-lock.json | setup
	@$(BIN)/npm ci --prefix tools/$* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

format: setup ## Format the code and apply lint fixes
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

pictures: setup browser ## Update the README's pictures from a local run
	$(BIN)/python -m tools.pictures

docs: policies ## Write the member role, docs/types.md and docs/iam-permissions.md from declarations, templates and evidence
	PYTHONPATH=layers/shared $(BIN)/python -m tools.types_page
	PYTHONPATH=layers/shared $(BIN)/python -m tools.permissions_page

collector: setup ## Generate what follows from the collectors and their services: docs/adding-a-collector.md
	@PYTHONPATH=layers/shared $(BIN)/python -m tools.collectors
	@$(MAKE) lake docs

policies: setup ## Write the policies of member-account/template.yaml from the declarations
	@PYTHONPATH=layers/shared $(BIN)/python -m tools.member_policies

lake: setup ## Generate lake/athena.yaml: the lake's tables and saved queries
	@PYTHONPATH=layers/shared $(BIN)/python -m tools.lake_template

# --- build and deploy ---------------------------------------------------------------------------

build: setup ## sam build
	$(BIN)/sam build

check-parameters: setup
	@PYTHONPATH=layers/shared $(BIN)/python -m tools.check_parameters $(ENV)

deploy: check-parameters build ## Deploy to the hub account. ENV=dev (the default) or ENV=prod
	$(BIN)/sam deploy --config-env $(ENV)

rollback-alarms: setup ## Roll deployments back when an alarm fires; run once after deploying ENV
	@$(BIN)/python -m tools.rollback_alarms cidb2-$(ENV)

PIPELINE = Environment=$(ENV) \
	$(if $(OWNER),Owner=$(OWNER)) $(if $(OWNER_ID),OwnerId=$(OWNER_ID)) \
	$(if $(REPOSITORY),Repository=$(REPOSITORY)) \
	$(if $(REPOSITORY_ID),RepositoryId=$(REPOSITORY_ID)) \
	$(if $(PROVIDER),GitHubProviderArn=$(PROVIDER))

# The name is not cidb2-$(ENV)-..., so that no delivery can change the roles that hold it.
pipeline-roles: setup ## Deploy GitHub's roles for deploying ENV. OWNER, REPOSITORY and more: docs/delivery.md
	$(BIN)/sam deploy --stack-name pipeline-cidb2-$(ENV) --s3-prefix pipeline-cidb2-$(ENV) \
		--template-file delivery/pipeline-roles.yaml --confirm-changeset \
		--tags 'Application=cidb2 Environment=$(ENV)' --parameter-overrides '$(strip $(PIPELINE))'

MEMBER = $(BIN)/python -m tools.member_account --stack cidb2-$(ENV) $(if $(HUB_PROFILE),--hub-profile $(HUB_PROFILE))

member-role: setup ## Deploy the collector role to the account of the current credentials. HUB_PROFILE
	@$(MEMBER) deploy

member-stackset: setup ## Print the commands that give the role to the whole organisation. HUB_PROFILE
	@$(MEMBER) stackset

# --- upkeep -------------------------------------------------------------------------------------

COMPILE = .tools/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: setup ## Recompile the locks. UPGRADE=1 upgrades to the latest versions
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(COMPILE) layers/shared/requirements.in -o layers/shared/requirements.lock
	$(COMPILE) functions/results_processor/requirements.in \
		-o functions/results_processor/requirements.lock
	$(COMPILE) -c layers/shared/requirements.lock -c functions/results_processor/requirements.lock \
		requirements/dev.in -o requirements/dev.lock
	$(COMPILE) requirements/checks.in -o requirements/checks.lock
	$(COMPILE) requirements/conformance.in -o requirements/conformance.lock
	for tool in asl-validator axe policy-simulator; do \
		$(BIN)/npm install --prefix tools/$$tool --package-lock-only \
		--omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error \
		|| exit 1; done

clean: ## Remove what builds, runs and tests made (the set-up stays)
	rm -rf .aws-sam build .local htmlcov .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
