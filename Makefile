# Two commands matter: `make run` serves Stack with something to see, `make test` passes the tests.
PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3.12),$(shell command -v python3.13),python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(if $(shell command -v uv),uv pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check -q)
PYTEST = $(BIN)/python -m pytest

.PHONY: help setup setup-dev run test test-unit test-e2e faults fuzz lint types imports check bench bench-taxii image assets assets-check lock services services-stop clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(BIN)/python:
	@if command -v uv >/dev/null; then uv venv -q --python $(PYTHON) $(VENV); else $(PYTHON) -m venv $(VENV); fi

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/runtime.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# The lock of development holds that of the runtime: one installation makes both.
$(VENV)/.dev: requirements/dev.lock requirements/runtime.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $(VENV)/.runtime $@

setup: $(VENV)/.runtime ## install Stack into .venv (leaves .venv/bin/stack)
setup-dev: $(VENV)/.dev ## the same, with the tools for tests and checks

run: setup ## serve Stack with a populated, invented data set
	$(BIN)/stack serve --demo $(ARGS)

test: setup-dev ## all tests that this machine can run, in parallel and in random order
	$(PYTEST) -n auto tests --ignore=tests/e2e
	DJANGO_ALLOW_ASYNC_UNSAFE=true $(PYTEST) -n auto tests/e2e

test-unit: setup-dev ## the tests without sockets or services
	$(PYTEST) -n auto tests/unit

test-e2e: setup-dev ## the browser tests
	DJANGO_ALLOW_ASYNC_UNSAFE=true $(PYTEST) -n auto tests/e2e

faults: setup-dev ## kill processes and servers under load and compare with an outside ledger; takes about half an hour
	$(PYTEST) -m faults tests

fuzz: setup-dev ## changed files for the readers of analysis: ARGS="office 300 --seed 7"; failures in build/fuzz
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: setup-dev ## style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-dev ## mypy --strict
	$(BIN)/mypy

imports: setup-dev ## the one-way imports of docs/architecture.md
	$(BIN)/lint-imports

check: lint types imports assets-check test ## everything that must hold before a merge

services: ## start the real servers that the tests need: . build/services/env tells the tests
	$(PYTHON) -m services start $(NAMES)

services-stop: ## end them
	$(PYTHON) -m services stop $(NAMES)

bench: setup-dev ## measure the hot paths; writes build/bench.json
	.ci/with-postgres $(BIN)/python -m benchmarks $(ARGS)

bench-taxii: setup-dev ## measure TAXII beside OpenTAXII and medallion from their packages; a quarter of an hour
	.ci/with-postgres $(BIN)/python -m benchmarks.taxii

image: ## build the container image and try it out (needs root, buildah and debootstrap; no Docker, no registry)
	deploy/image/build

assets: setup-dev ## build the style sheet and the icons that are committed
	$(BIN)/python -m assets.build

assets-check: setup-dev ## the committed assets are what the sources build
	$(BIN)/python -m assets.build --check

LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q
lock: ## resolve the dependencies again (needs uv)
	$(LOCK) --extra build --extra scale --extra dev -o requirements/dev.lock
	$(LOCK) --extra build --extra scale -c requirements/dev.lock -o requirements/scale.lock
	$(LOCK) --extra build -c requirements/dev.lock -o requirements/runtime.lock

clean: services-stop ## remove what the other commands made (not your data folder)
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
