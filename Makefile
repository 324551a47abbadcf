# The short way to everything. `make` alone lists the targets.
# Another interpreter: make setup PYTHON=python3.13    Arguments: make test ARGS="-k lease"
# Tests side by side, most of which wait: JOBS=3; with JOBS=0 one after the other, in one process.

PYTHON ?= python3
ARGS ?=
JOBS ?= 3
UV_VERSION := 0.13.8

# Programs start three times as fast from bytecode, also where the environment says not to write any.
export PYTHONDONTWRITEBYTECODE :=

BIN := .venv/bin
UV := .venv/tools/bin/uv
STAMP := .venv/.up-to-date

.DEFAULT_GOAL := help
.PHONY: help setup run test lint audit model fuzz crash bench bench-instructions overload docs site lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-24s %s\n", $$1, $$2}'

setup: $(STAMP) ## build .venv (again only when something changed)
	@:

run: $(STAMP) ## start a demo
	$(BIN)/creditclock demo $(ARGS)

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

lint: $(STAMP) ## style, types, direction of imports, licences, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tools.generate --check

audit: $(STAMP) ## known vulnerabilities and licences of the locked packages
	$(BIN)/python -m tools.audit $(ARGS)

model: $(STAMP) ## run the brute-force model against the code
	$(BIN)/python -m tests.model $(ARGS)

fuzz: $(STAMP) ## send requests made from the API's own document (ARGS="--seconds 600 --seed 7")
	$(BIN)/python -m tests.fuzz $(ARGS)

crash: $(STAMP) ## kill, freeze and starve a server under load, and see what it promised (ARGS="--rounds 10 --database sqlite")
	$(BIN)/python -m tests.crash $(ARGS)

bench: $(STAMP) ## run the benchmarks (ARGS="--seconds 2 --database sqlite")
	$(BIN)/python -m bench $(ARGS)

bench-instructions: $(STAMP) ## measure the instruction set and whose its answers are (ARGS="--seconds 10 --database both")
	$(BIN)/python -m bench.instructions $(ARGS)

overload: $(STAMP) ## flood a server and check what it promises then (ARGS="--seconds 30 --database sqlite")
	$(BIN)/python -m bench.overload $(ARGS)

docs: $(STAMP) ## write the generated files again
	$(BIN)/python -m tools.generate

site: $(STAMP) ## make the documentation site in build/site
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs build/site $(ARGS)
	@echo "build/site/index.html"

lock: $(STAMP) ## resolve the dependencies again (ARGS=--upgrade takes newer ones)
	$(UV) lock $(ARGS)

clean: ## remove .venv and caches
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist

$(STAMP): Makefile pyproject.toml uv.lock
	@sh tools/find-python "$(PYTHON)"
	@"$(PYTHON)" -m venv .venv
	@test "$$($(UV) --version 2>/dev/null | cut -d' ' -f2)" = $(UV_VERSION) || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target .venv/tools uv==$(UV_VERSION)
	@$(UV) sync --frozen --quiet --compile-bytecode --no-python-downloads --python $(BIN)/python --extra server --extra postgres --extra dev
	@touch $(STAMP)
