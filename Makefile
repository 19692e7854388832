# Everything a person types. `make help` lists it.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
STUDENTS ?= 4000
SEED ?= 20240701
PORT ?= 3000

export PATHWAYS_HOME := $(abspath $(or $(PATHWAYS_HOME),data))
export DAGSTER_HOME := $(PATHWAYS_HOME)/dagster
# Nothing here sends usage data.
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

BIN := .venv/bin
# Dagster keeps its history in the data home, or in Postgres where one is named: deploy/.
INSTANCE := $(if $(PATHWAYS_POSTGRES_HOST),deploy,pipelines)/dagster.yaml
MANIFEST := dbt_project/target/manifest.json
WAREHOUSE := $(PATHWAYS_HOME)/releases/current/warehouse.duckdb
DBT_FILES := $(shell find dbt_project -not -path '*/target/*' -not -path '*/logs/*' \
	\( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \))

.DEFAULT_GOAL := help
.PHONY: help setup run test test-browser test-faults lint format ui query sample sample-report rollback headline \
	explain metric-docs prune watch backup restore close reopen explain-person review-sample review-report \
	sensitivity rotate-key check encode encoding-key benchmark lock clean

help: ## List what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

run: setup ## Set up, fill an empty landing folder with the sample, refresh
	@test -n "$$(ls -A $(PATHWAYS_HOME)/landing 2>/dev/null)" || $(MAKE) --no-print-directory sample
	@$(BIN)/python -m pipelines refresh

test: setup ## Set up and run all tests
	@$(BIN)/python -m pytest

test-browser: setup ## Open the UI in a headless Chromium and refresh a period there
	@$(BIN)/python -m pytest tests/browser -rs --numprocesses=0

test-faults: setup ## Kill, starve and damage refreshes of a small state; takes hours on 2 slow cores
	@$(BIN)/python -m pytest tests/faults --dist=load

lint: setup ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/sqlfluff lint dbt_project pipelines

format: setup ## Put Python in the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

ui: setup ## Open the Dagster UI on http://localhost:3000 (PORT=…)
	@PYTHONWARNINGS=ignore $(BIN)/dagster dev --workspace workspace.yaml --log-level warning --host 127.0.0.1 --port $(PORT)

query: setup ## Open a read-only prompt on the current release
	@test -e $(WAREHOUSE) || { echo "There is no release yet. Run: make run"; exit 1; }
	@$(BIN)/duckdb -readonly $(WAREHOUSE)

headline: setup ## Print where the current release is and its headline results
	@$(BIN)/python -m pipelines headline

explain: setup ## Explain one value: METRIC=… (VERSION= COHORT= REGION= LENS= GROUP=)
	@test -n "$(METRIC)" || { echo "Name a metric of docs/metrics.md: make explain METRIC=…"; exit 1; }
	@$(BIN)/python -m pipelines explain --metric "$(METRIC)" $(if $(VERSION),--version "$(VERSION)") \
		$(if $(COHORT),--cohort "$(COHORT)") $(if $(REGION),--region "$(REGION)") \
		$(if $(LENS),--lens "$(LENS)") $(if $(GROUP),--group "$(GROUP)")

metric-docs: setup ## Write docs/metrics.md from the current release
	@$(BIN)/python -m pipelines metric-docs

rollback: setup ## Make the release before the current one current
	@$(BIN)/python -m pipelines rollback

sensitivity: setup ## Try stricter linkage and print how headline metrics move
	@$(BIN)/python -m pipelines sensitivity

explain-person: setup ## Show why records are one person: ID=P… or ID=one,other (personal values)
	@test -n "$(ID)" || { echo "Name a person or a pair: make explain-person ID=P…"; exit 1; }
	@$(BIN)/python -m pipelines explain-person "$(ID)"

review-sample: setup ## Write pairs for people to label (PAIRS=… of each band)
	@$(BIN)/python -m pipelines review-sample --pairs $(or $(PAIRS),40)

review-report: setup ## Print precision and recall as the labelled pairs tell them
	@$(BIN)/python -m pipelines review-report

prune: setup ## Remove old runs, releases and alerts; once a week the UI does
	@$(BIN)/python -m pipelines prune

watch: setup ## Look for a late refresh and stale feeds now, and send waiting alerts
	@$(BIN)/python -m pipelines watch

backup: setup ## Copy the data home into a new folder of TO=…
	@test -n "$(TO)" || { echo "Say where to: make backup TO=/mnt/backups"; exit 1; }
	@$(BIN)/python -m pipelines backup --to "$(TO)"

restore: setup ## Bring the backup FROM=… into an empty data home
	@test -n "$(FROM)" || { echo "Say which: make restore FROM=/mnt/backups/pathways-…"; exit 1; }
	@$(BIN)/python -m pipelines restore --from "$(FROM)"

close: setup ## Close a period: PERIOD=… REASON=… (FEED=…)
	@$(BIN)/python -m pipelines closed "$(PERIOD)" --feed "$(FEED)" --reason "$(REASON)"

reopen: setup ## Reopen a closed period: PERIOD=… REASON=… (FEED=…)
	@$(BIN)/python -m pipelines reopened "$(PERIOD)" --feed "$(FEED)" --reason "$(REASON)"

rotate-key: setup ## Bring in a new token key; person ids stay (PATHWAYS_NEW_TOKEN_KEY=…)
	@$(BIN)/python -m pipelines rotate-key

encode: setup ## Encode a file so that no name leaves you (FILE=… FEED=…; PATHWAYS_ENCODING_KEY)
	@$(BIN)/python -m pipelines encode "$(FILE)" --feed "$(FEED)"

check: .venv/installed ## Report on a file before it is delivered (FILE=… FEED=… PERIOD=… CORRECTED=…)
	@test -n "$(FILE)" -a -n "$(FEED)" || { echo "Name a file and its feed: make check FILE=… FEED=…"; exit 1; }
	@$(BIN)/python -m pipelines check "$(FILE)" --feed "$(FEED)" $(if $(PERIOD),--period "$(PERIOD)") \
		$(if $(SUBMITTER),--submitter "$(SUBMITTER)") $(if $(CORRECTED),--corrected "$(CORRECTED)") \
		$(if $(OUT),--out "$(OUT)")

encoding-key: setup ## Write the key that submitters encode with into the data home
	@$(BIN)/python -m pipelines encoding-key

sample: setup ## Write a synthetic state into the landing folder (STUDENTS=… SEED=…)
	@$(BIN)/python -m sample_data --students $(STUDENTS) --seed $(SEED) --out $(PATHWAYS_HOME)

sample-report: setup ## Measure a synthetic state against its targets; pictures go to OUT=…
	@$(BIN)/python -m sample_data.report --seed $(SEED) $(if $(OUT),--out $(OUT))

benchmark: setup ## Measure a refresh and the UI's start, and print a table
	@$(BIN)/python -m benchmarks

lock: ## Lock dependencies anew, with hashes and without index addresses (needs uv)
	@uv pip compile pyproject.toml --group dev --group deploy --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-strip-extras --no-header \
		--output-file requirements.lock

clean: ## Remove the virtual environment and caches; the data home stays
	@rm -rf .venv dbt_project/target dbt_project/logs .pytest_cache .ruff_cache

setup: .venv/installed $(MANIFEST) $(DAGSTER_HOME)/dagster.yaml

.venv/installed: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed."; exit 1; }
	@echo "Installing into .venv ($(PYTHON)); this takes about a minute."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	@touch $@

$(MANIFEST): .venv/installed $(DBT_FILES)
	@$(BIN)/dbt --quiet parse --project-dir $(abspath dbt_project) --profiles-dir dbt_project
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: $(INSTANCE)
	@mkdir -p $(DAGSTER_HOME)
	@chmod 700 $(PATHWAYS_HOME)
	@cp $(INSTANCE) $@
