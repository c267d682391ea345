# The project's commands. On a bare machine with Python 3.11 or newer, `make run` and `make test` are enough.

PYTHON ?= python3
BIN := .venv/bin
DOMAINS := site phone
PO := $(wildcard $(DOMAINS:%=translations/*/LC_MESSAGES/%.po))
MO := $(PO:.po=.mo)
EXTRACT := $(BIN)/python -m babel.messages.frontend -q extract -c NOTE: -s -k _l --no-location --sort-output --omit-header

.DEFAULT_GOAL := help

.PHONY: help
help: ## what each command does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: run
run: .venv/runs catalogues ## install, make a demonstration, start site (PORT 8000), console (CONSOLE_PORT 8001), a phone (PHONES_PORT 8002)
	@$(BIN)/flask demo free-ports
	@$(BIN)/flask demo
	@export PUBLIC_BASE_URL=$${PUBLIC_BASE_URL:-$$(test -n "$$CONFIG_FILE" || echo http://127.0.0.1:$${PORT:-8000})}; \
	test -n "$$PUBLIC_BASE_URL" || unset PUBLIC_BASE_URL; \
	$(BIN)/flask demo guide && exec scripts/serve

.PHONY: test
test: .venv/tests catalogues ## install, run every test
	@scripts/install-test-tools
	$(BIN)/pytest -n 3 --dist worksteal --durations=10

.PHONY: check
check: .venv/tests catalogues ## formatting, lint, types, import contracts, catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(foreach domain,$(DOMAINS),$(EXTRACT) -F translations/$(domain).cfg -o .venv/$(domain).pot . && diff .venv/$(domain).pot translations/$(domain).pot &&) true
	$(BIN)/python -m translations.checking
	$(BIN)/python -m ivr.graph --check

.PHONY: bench
bench: .venv/tests catalogues ## ratios measured in one run, kept in docs/performance.md
	$(BIN)/python -m bench

.PHONY: screenshots
screenshots: .venv/tests catalogues ## a picture of every page in every language (ONLY="ar ko"), in screenshots/
	@scripts/install-test-tools
	$(BIN)/python -m tests.browser.screenshots $(ONLY)

.PHONY: flow
flow: .venv/tests ## draw the map of the phone line in docs/phone.md
	$(BIN)/python -m ivr.graph

.PHONY: format
format: .venv/tests ## format the code and fix what lint can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: messages
messages: .venv/tests ## update the catalogues from the code
	$(foreach domain,$(DOMAINS),$(EXTRACT) -F translations/$(domain).cfg -o translations/$(domain).pot . &&) true
	$(BIN)/python -m translations.updating

.PHONY: migration
migration: .venv/tests ## write a migration for what changed in the tables (MESSAGE="what changes")
	$(BIN)/python -m resident_app.migrations.new_revision "$(MESSAGE)"
	$(BIN)/ruff format -q resident_app/migrations/versions

.PHONY: lock
lock: .venv/tests ## update the locked versions, with hashes
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -o requirements-dev.txt

.PHONY: clean
clean: ## remove what was installed and compiled, not the demonstration's state
	rm -rf .venv $(MO)

.PHONY: catalogues
catalogues: $(MO)

%.mo: %.po | .venv/bin/python
	@test -x $(BIN)/pybabel || $(MAKE) .venv/runs
	@$(BIN)/pybabel -q compile -i $< -o $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; scripts/install-venv && $(PYTHON) -m venv .venv; }

# uv installs several times faster than pip; without it pip does the same.
.venv/runs: requirements.txt | .venv/bin/python
	@scripts/install requirements.txt
	@touch $@

.venv/tests: requirements-dev.txt | .venv/bin/python
	@scripts/install requirements-dev.txt
	@touch .venv/runs $@
