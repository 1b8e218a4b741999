# Each target makes the environment it needs: `uv` where present, otherwise `venv` and `pip`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# Compiled once for all processes that tests start, wherever the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test check view replicas vendor bench manifests probe prove lock lowest clean thorough

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

$(VENV)/.run: requirements.txt pyproject.toml
ifneq ($(UV),)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) # without ensurepip, python alone is made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.txt
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
endif
	@touch $@

demo: $(VENV)/.run ## Answer "who used which assistant most last month?" on a simulated platform
	@$(BIN)/unique-analytics-mcp demo

test: $(VENV)/.dev ## Run the tests; they need no network
	$(BIN)/python -m pytest -n auto --dist worksteal

thorough: $(VENV)/.dev ## Run the long walks and attack suites
	$(BIN)/python -m pytest -n auto --dist worksteal -m "thorough and not replicas"

check: $(VENV)/.dev ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

$(VENV)/view/.installed: tests/browser/package.json tests/browser/package-lock.json
	@mkdir -p $(VENV)/view
	cp tests/browser/package.json tests/browser/package-lock.json $(VENV)/view
	cd $(VENV)/view && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

view: $(VENV)/.dev $(VENV)/view/.installed ## Test the interactive chart in Chromium (needs node, npm, chromium)
	cp tests/browser/*.mjs $(VENV)/view
	$(BIN)/python -m pytest -m browser tests/browser

$(VENV)/.replicas: requirements-replicas.txt $(VENV)/.dev
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-replicas.txt
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-replicas.txt
endif
	@touch $@

replicas: $(VENV)/.replicas ## Test two replicas on real systems (needs redis-server, haproxy)
	$(BIN)/python -m pytest -m replicas

$(VENV)/.vendor: requirements-vendor.txt $(VENV)/.dev
ifneq ($(UV),)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-vendor.txt
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-vendor.txt
endif
	@touch $@

JAVASCRIPT := tests/backends/genesys/javascript

$(VENV)/vendor/.installed: $(JAVASCRIPT)/package.json $(JAVASCRIPT)/package-lock.json
	@mkdir -p $(VENV)/vendor
	cp $(JAVASCRIPT)/package.json $(JAVASCRIPT)/package-lock.json $(VENV)/vendor
	cd $(VENV)/vendor && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

vendor: $(VENV)/.vendor $(VENV)/vendor/.installed ## Try Genesys Cloud's own client libraries on the simulated platform (needs node, npm)
	cp $(JAVASCRIPT)/*.mjs $(VENV)/vendor
	$(BIN)/python -m pytest -m vendor tests/backends

$(VENV)/prove/.installed: tests/prove/package.json tests/prove/package-lock.json requirements-prove.txt $(VENV)/.dev
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-prove.txt
	@mkdir -p $(VENV)/prove
	cp tests/prove/package.json tests/prove/package-lock.json $(VENV)/prove
	cd $(VENV)/prove && npm install --no-save --ignore-scripts --no-audit --no-fund # ci wants every system's opencode
	cd $(VENV)/prove && npm rebuild @anthropic-ai/claude-code opencode-ai # their scripts take this machine's program
	@touch $@

prove: $(VENV)/prove/.installed ## Run the official conformance suite, the Inspector and real hosts (needs npm, 1.5 GB)
	$(BIN)/python -m pytest -m prove tests/prove

bench: $(VENV)/.replicas ## Measure against named peers, as ratios of one run
	$(BIN)/python -m bench

manifests: $(VENV)/.dev ## Write manifests/ anew from the package
	$(BIN)/python -m manifests

probe: $(VENV)/.dev ## Ask the real server what people ask, and hold each answer against a count of its own
	$(BIN)/python -m probes

lowest: ## Run the tests on the lowest versions that pyproject.toml allows (needs uv)
	uv venv --quiet --clear $(VENV)/lowest
	uv pip compile --quiet --resolution lowest-direct --python $(VENV)/lowest/bin/python --extra otel pyproject.toml \
		-o $(VENV)/lowest/lowest.txt
	uv pip install --quiet --python $(VENV)/lowest/bin/python -c $(VENV)/lowest/lowest.txt --group dev --editable '.[otel]'
	$(VENV)/lowest/bin/python -m pytest -n auto --dist worksteal

lock: ## Renew the pinned requirements
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group dev pyproject.toml --group build -c requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --extra otel --group build pyproject.toml -c requirements-dev.txt -o requirements-otel.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group replicas -c requirements-dev.txt -o requirements-replicas.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group genesys-sdk -c requirements-dev.txt -o requirements-vendor.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --group prove -c requirements-dev.txt -o requirements-prove.txt

clean: ## Remove the environment and caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .coverage
