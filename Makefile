# `make` alone prints what you can do here. Everything below sets itself up first; nothing is installed outside .venv,
# except a browser for the browser tests when the machine has none (`make chromium` says so before it does it).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL: # the targets share .venv and the two cores
.SUFFIXES:

# Without bytecode every start would compile some thousand modules anew: seconds on each command, in .venv for no gain.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
PORT ?= 8866
LAB_PORT ?= 8888
RUNS ?= 1000000
SAMPLE := data/generated/sample
UNIVERSE ?= $(SAMPLE)
REPORT ?= data/generated/report.html

BIN := .venv/bin
READY := .venv/.ready
# Only the default universe is built on demand; another one is the user's own.
UNIVERSE_READY := $(if $(filter $(SAMPLE),$(UNIVERSE:%/=%)),$(SAMPLE)/universe.json)

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## -- set up ---------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(READY) ## create .venv with the locked dependencies (again only when they change)
	@echo ".venv is ready."

define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Expected Python 3.11 or newer, found {found}; name another one, for example: make PYTHON=python3.12")
try:
    import venv
except ImportError:
    sys.exit("This Python has no venv module; install it (on Debian and Ubuntu: apt-get install python3-venv).")
endef
export CHECK_PYTHON

$(READY): requirements.lock pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here; install Python 3.11 or newer." >&2; exit 2; }
	@"$(PYTHON)" -c "$$CHECK_PYTHON"
	@test -x $(BIN)/python && echo "Bringing .venv up to date with requirements.lock." || \
	 echo "Setting up .venv with $$(grep -c '==' requirements.lock) locked packages; about a minute, and only this once."
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear --without-pip .venv
	@# Debian splits pip out of venv: then the pip of $(PYTHON) itself installs into .venv.
	@pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python .venv"; \
	 export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=2; \
	 $$pip install --require-hashes --requirement requirements.lock && \
	 $$pip install --no-deps --no-build-isolation --editable .
	@touch $@

$(SAMPLE)/universe.json: | $(READY)
	@$(BIN)/python -m workbench universe sample --output $(SAMPLE)

## -- use ------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(READY) $(UNIVERSE_READY) ## list, match, audiences, overlap, campaign, what-if (UNIVERSE=folder for another universe)
	@$(BIN)/python -m simulator demo --universe "$(UNIVERSE)" --report "$(REPORT)"
	@echo "Next: make dashboards (the what-if for people who only open a link) or make lab (the notebooks in JupyterLab)."

.PHONY: dashboards
dashboards: $(READY) $(UNIVERSE_READY) ## serve the dashboards at 127.0.0.1 and print the link to send (PORT=8866; docs/serving.md)
	@AUDIENCE_WORKBENCH_UNIVERSE="$(UNIVERSE)" $(BIN)/python -m workbench.serving notebooks/dashboards --port=$(PORT)

# JupyterLab asks the network for news, updates and extensions unless it is told not to. Told so here it still asks
# whether it may; the settings in notebooks/.lab answer that.
LAB_OFFLINE := --LabApp.news_url=None --LabApp.extension_manager=readonly \
               --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

.PHONY: lab
lab: $(READY) $(UNIVERSE_READY) ## open JupyterLab on notebooks/ at 127.0.0.1 (LAB_PORT=8888)
	@AUDIENCE_WORKBENCH_UNIVERSE="$(UNIVERSE)" JUPYTER_CONFIG_PATH="$(CURDIR)/notebooks/.lab" $(BIN)/jupyter lab notebooks --ServerApp.ip=127.0.0.1 \
	    --port=$(LAB_PORT) $(LAB_OFFLINE) $(if $(filter 0,$(shell id -u)),--allow-root)

## -- check ----------------------------------------------------------------------------------------------------------

.PHONY: test
test: check unit postgres notebooks browser ## everything: check, unit tests, PostgreSQL, notebooks, browser tests

.PHONY: check
check: $(READY) ## format, lint, types and import contracts; no tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache

.PHONY: unit
unit: $(READY) $(SAMPLE)/universe.json ## unit tests only (one runs the README's example, on the sample universe)
	@$(BIN)/pytest --quiet --numprocesses=auto --dist=worksteal

.PHONY: postgres
postgres: $(READY) postgresql ## the catalogue's tests on a PostgreSQL that they start and end, at 127.0.0.1
	@$(BIN)/pytest --quiet -m postgres tests/workbench/catalog

# From Debian if there is none. Its package would also make and start a server of its own, which nobody here needs.
.PHONY: postgresql
postgresql:
	@for folder in /usr/lib/postgresql/*/bin $$(dirname "$$(command -v initdb)" 2>/dev/null); do \
	   test -x "$$folder/initdb" && exit 0; \
	 done; \
	 if ! command -v apt-get >/dev/null; then \
	   echo "The catalogue's tests need the programs of PostgreSQL on the PATH, and there are none: install them, then run make test again." >&2; exit 2; \
	 elif [ "$$(id -u)" -ne 0 ]; then \
	   echo "The catalogue's tests need PostgreSQL; run: sudo apt-get install postgresql   then run make test again." >&2; exit 2; \
	 fi; \
	 echo "The catalogue's tests need PostgreSQL: installing Debian's package with apt-get, without a running server."; \
	 export DEBIAN_FRONTEND=noninteractive; \
	 apt-get update --quiet=2 && \
	 apt-get install --quiet=2 --yes --no-install-recommends postgresql-common >/dev/null && \
	 mkdir -p /etc/postgresql-common/createcluster.d && \
	 echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/no-server.conf && \
	 apt-get install --quiet=2 --yes --no-install-recommends postgresql >/dev/null

.PHONY: notebooks
notebooks: $(READY) ## execute every notebook from top to bottom
	@$(BIN)/pytest --quiet -m notebook tests/notebooks

.PHONY: browser
browser: $(READY) chromium ## drive the dashboards in a real Chromium
	@$(BIN)/pytest --quiet -m browser tests/browser

.PHONY: chromium
chromium: # Chrome or Chromium, from Debian if there is none: Playwright's own download would be a second source of code
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	 if ! command -v apt-get >/dev/null; then \
	   echo "The browser tests need Chrome or Chromium on the PATH, and there is none: install one, then run make test again." >&2; exit 2; \
	 elif [ "$$(id -u)" -ne 0 ]; then \
	   echo "The browser tests need Chromium; run: sudo apt-get install chromium   then run make test again." >&2; exit 2; \
	 fi; \
	 echo "The browser tests need Chromium: installing Debian's package with apt-get."; \
	 apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends chromium >/dev/null

.PHONY: bench
bench: $(READY) ## measure speed, on one thread; minutes
	@POLARS_MAX_THREADS=1 $(BIN)/pytest --quiet -m benchmark

.PHONY: fuzz
fuzz: $(READY) ## a million inputs from a coverage-guided fuzzer against the list reader (Linux; RUNS=1000000)
	@mkdir -p test-artefacts
	@$(BIN)/python -m tests.workbench.identity.fuzz_list_file -runs=$(RUNS) -max_len=500 -timeout=20 \
	    -rss_limit_mb=4000 -artifact_prefix=test-artefacts/

## -- tend -----------------------------------------------------------------------------------------------------------

.PHONY: format
format: $(READY) ## rewrite the code in the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(READY) ## resolve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

.PHONY: clean
clean: ## remove .venv, generated data and caches
	@rm -rf .venv data/generated test-artefacts build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
