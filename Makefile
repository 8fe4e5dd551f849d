# `make help` lists what there is. Every target does its own set-up; nothing needs to be run first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

BIN := .venv/bin
CASE ?= all
ARGS ?=
# Which run of the chaos suite and of the fuzzing, and how long.
SEED ?= 1
KILLS ?= 100
COUNT ?= 1000000
EXAMPLES ?= 30
# The processes on two cores besides the services: more workers only wait for each other.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
# If make itself is killed, what it started gets a SIGTERM and stops in order.
WITH_MAKE := setpriv --pdeathsig TERM --

.PHONY: help setup venv run test chaos soak fuzz fuzz-api test-unit check format bench schema docs messages pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## install everything: Debian packages, .venv, the private service tree
	@scripts/bootstrap all

venv:
	@scripts/bootstrap venv

run: setup ## run it all with a simulated county; prints the addresses; Ctrl-C stops (ARGS="--speed 60")
	@$(WITH_MAKE) $(BIN)/trapwatch up --demo $(ARGS)

test: setup ## run every test, on a real TimescaleDB and Mosquitto (ARGS="-k name")
	@$(WITH_MAKE) $(BIN)/trapwatch stack exec -- $(PYTEST) -n $(WORKERS) --dist loadgroup -m "not chaos and not soak and not fuzz" $(ARGS)

chaos: setup ## kill everything at random, mistreat links, check what still holds (SEED=1 KILLS=100)
	@TRAPWATCH_TEST_CHAOS_SEED=$(SEED) TRAPWATCH_TEST_CHAOS_KILLS=$(KILLS) $(WITH_MAKE) $(PYTEST) tests/chaos -m chaos $(ARGS)

soak: setup ## minutes-long runs: an outage of 10 min, 5 min of rubbish (SEED=1)
	@TRAPWATCH_TEST_CHAOS_SEED=$(SEED) $(WITH_MAKE) $(PYTEST) tests/chaos -m soak $(ARGS)

fuzz: venv ## damaged payloads into every codec (SEED=1 COUNT=1000000)
	@TRAPWATCH_TEST_FUZZ_SEED=$(SEED) TRAPWATCH_TEST_FUZZ_COUNT=$(COUNT) $(PYTEST) tests/fuzz -m fuzz $(ARGS)

fuzz-api: setup ## made-up requests to every operation with every role (SEED=1 EXAMPLES=30 of each)
	@TRAPWATCH_TEST_FUZZ_SEED=$(SEED) TRAPWATCH_TEST_FUZZ_COUNT=$(EXAMPLES) $(WITH_MAKE) $(BIN)/trapwatch stack exec -- \
		$(PYTEST) tests/api/test_schemathesis.py -m fuzz $(ARGS)

test-unit: venv ## run the tests that need no services
	@$(PYTEST) tests/unit tests/docs $(ARGS)

check: venv ## format, lint, types, layers, rules, unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m trapwatch rules check
	$(BIN)/python -m trapwatch rules test tests/rules alerts/rules/catalogue_tests
	$(PYTEST) -q tests/unit tests/docs

format: venv ## format the code and repair what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## print benchmark records, all or CASE=decode|simulate|rules|batch|relay|api|e2e|e2e_batched|latency
	@$(WITH_MAKE) $(BIN)/trapwatch bench $(CASE) $(ARGS)

schema: setup ## write migrations/schema.sql from the migrations
	@$(WITH_MAKE) $(BIN)/trapwatch stack schema >migrations/schema.sql.partial
	@mv migrations/schema.sql.partial migrations/schema.sql

docs: venv ## write the pages that come from code: settings, state machines
	@$(BIN)/trapwatch settings --markdown >docs/settings.md
	@$(BIN)/python -c "from trapwatch.state_machines import state_machines_page as page; print(page(), end='')" >docs/state-machines.md

messages: venv ## write the catalogues of both languages anew from what the pages say
	@$(BIN)/python -m api.pages.extraction

pictures: setup ## take the pictures of docs/img anew (six minutes)
	@$(WITH_MAKE) $(BIN)/python -m tests.pages.pictures

lock: venv ## resolve pyproject.toml anew into the two lock files
	$(LOCK) --upgrade --extra dev --output-file requirements.lock pyproject.toml
	$(LOCK) --constraint requirements.lock --build-deps-for wheel \
		--output-file requirements-runtime.lock pyproject.toml

clean: ## delete all that is not in git: .venv, service tree, DATABASE, caches
	@scripts/clean
