# What a developer types. `make help` lists it; everything with arguments is a command of
# `.venv/bin/pathways`, whose `--help` is the reference.

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
# Dagster stores its history in the data home, or in Postgres if one is named: deploy/.
INSTANCE := $(if $(PATHWAYS_POSTGRES_HOST),deploy,pipelines)/dagster.yaml
MANIFEST := dbt_project/target/manifest.json
DBT_FILES := $(shell find dbt_project -not -path '*/target/*' -not -path '*/logs/*' \
	\( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \))

.DEFAULT_GOAL := help
.PHONY: help setup run ui query sample test test-slow test-browser test-faults lint lint-types lint-sql lint-style check docs lock

help: ## List what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: .venv/installed $(MANIFEST) $(DAGSTER_HOME)/dagster.yaml ## Install into .venv and parse the models

run: setup ## Fill an empty landing folder with the sample, and refresh
	@test -n "$$(ls -A $(PATHWAYS_HOME)/landing 2>/dev/null)" \
		|| $(BIN)/python -m sample_data --students $(STUDENTS) --seed $(SEED) --out $(PATHWAYS_HOME) --quiet
	@PYTHONWARNINGS=ignore $(BIN)/python -m pipelines refresh

ui: setup ## Open the Dagster UI on http://localhost:3000 (PORT=…)
	@PYTHONWARNINGS=ignore $(BIN)/python -m pipelines ui --port $(PORT)

query: setup ## Open a read-only prompt on the current release
	@$(BIN)/python -m pipelines query

sample: setup ## Write a synthetic state into the landing folder (STUDENTS=… SEED=…)
	@$(BIN)/python -m sample_data --students $(STUDENTS) --seed $(SEED) --out $(PATHWAYS_HOME)

test: setup ## Run the tests of units, contracts, linkage and pipeline
	@$(BIN)/python -m pytest

test-slow: setup ## Run the tests that build the graph for themselves, a new feed among them
	@$(BIN)/python -m pytest tests/slow

test-browser: run ## Open the UI in a headless Chromium and refresh a period there
	@$(BIN)/python -m pytest tests/browser -rs --numprocesses=0

test-faults: setup ## Kill, starve and damage refreshes of a small state; takes hours on 2 slow cores
	@$(BIN)/python -m pytest tests/faults --dist=load

lint: setup ## Check style, types, SQL, and links of the docs
	@$(MAKE) --no-print-directory --jobs=2 lint-types lint-sql lint-style

# Types and SQL take 38 s each, of one core.
lint-types:
	@$(BIN)/basedpyright

lint-sql:
	@$(BIN)/sqruff lint --parsing-errors dbt_project pipelines

lint-style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/zensical build --strict

check: lint test ## What every change must pass

docs: setup ## Generate the reference pages of docs/ from source
	@$(BIN)/python -m pipelines.docs

lock: ## Lock dependencies anew, with hashes and without index addresses (needs uv)
	@uv pip compile pyproject.toml --group dev --group deploy --group build --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--no-strip-extras --no-header --output-file requirements.lock
	@printf 'duckdb-extension-%s\n' ducklake postgres-scanner sqlite-scanner \
		| uv pip compile - --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header \
		--output-file requirements-scale.lock
	@printf '%s\n' 'dbt-spark>=1.11,<1.12' 'pysail>=0.7,<0.8' 'pyspark-client>=4.1,<4.2' \
		| uv pip compile - --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header \
		--output-file requirements-spark.lock

.venv/installed: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed."; exit 1; }
	@echo "Installing into .venv ($(PYTHON)); this takes about a minute."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(MANIFEST): .venv/installed $(DBT_FILES)
	@$(BIN)/dbt --quiet parse --project-dir $(abspath dbt_project) --profiles-dir dbt_project
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: $(INSTANCE)
	@mkdir -p $(DAGSTER_HOME)
	@chmod 700 $(PATHWAYS_HOME)
	@cp $(INSTANCE) $@
