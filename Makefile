# The doors of the project. Everything is installed into .venv; nothing else on the machine is touched.
#
#   make demo            the whole main job on a made-up school; PDF=path uses your own file
#   make demo-web        the same school in a browser, three phones side by side, on port 8080
#   make test            import contracts and every test
#   make check           format, lint, types, import contracts
#   make bench           the benchmarks
#   make bench-years     four school years of weekends, with outages (some minutes)
#   make bench-surge     a Sunday evening on SQLite and on PostgreSQL (some minutes)
#   make bench-kills     500 times SIGKILL while a school works, and a plain bot beside it (half an hour)
#   make bench-soak      half an hour of a steady evening: memory, descriptors, threads
#   make audit           known holes of the pinned packages; code 3 of deploy/audit.py: the service was out of reach
#   make fuzz            2,000 hostile files through the real path (about half an hour)
#   make crash-points    the main job with a death at every commit, rename and call (about half an hour)
#   make lock            new requirements*.lock from pyproject.toml
#   make clean           remove what was generated (.venv stays)
#
# PYTHON=/path/to/python chooses the interpreter (3.11 or newer) of a new .venv.

PYTHON ?= python3.13 python3.12 python3.11 python3 python3.14 python
PORT   ?= 8080

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Three for two cores: a test waits for its bot, the bot for its workers.
WORKERS := $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))

# What is installed is remembered for this folder: in a moved or copied one it does not count.
HERE     := $(shell pwd -P | cksum | cut -d' ' -f1)
RUNS     := $(VENV)/.runs-$(HERE)
DEVELOPS := $(VENV)/.develops-$(HERE)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-web test check bench bench-years bench-surge bench-kills bench-soak fuzz crash-points audit lock clean venv

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

demo: $(RUNS)
	@$(BIN)/hoso-bot demo

demo-web: $(RUNS)
	@$(BIN)/hoso-bot demo-web --port $(PORT)

test: $(DEVELOPS)
	$(BIN)/lint-imports
	$(BIN)/pytest --numprocesses $(WORKERS) --maxprocesses 6 --dist worksteal

check: $(DEVELOPS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEVELOPS)
	$(BIN)/python -m bench

bench-years: $(DEVELOPS)
	$(BIN)/python -m bench.weekends

bench-surge: $(DEVELOPS)
	$(BIN)/python -m bench.surge
	$(BIN)/python -m bench.surge --postgres

bench-kills: $(DEVELOPS)
	$(BIN)/python -m bench.kills

bench-soak: $(DEVELOPS)
	$(BIN)/python -m bench.soak

# make itself ends with 2 whatever went wrong; deploy/audit.py tells found (1) from not asked (3).
audit: $(DEVELOPS)
	@$(BIN)/python deploy/audit.py

fuzz: $(DEVELOPS)
	$(BIN)/python -m bench fuzz

crash-points: $(DEVELOPS)
	$(BIN)/python -m bench crash-points

# No package index's address may end up in a lock, whatever this machine's pip is told.
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-find-links --no-emit-index-url --no-emit-trusted-host

lock: $(DEVELOPS)
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra s3 --constraint requirements.lock --output-file requirements-s3.lock pyproject.toml
	$(LOCK) --extra s3 --extra dev --constraint requirements-s3.lock --output-file requirements-dev.lock pyproject.toml
	@! grep -nE '^(-i|--(extra-)?index-url|--find-links|--trusted-host)|https?://' requirements*.lock

clean:
	rm -rf demo-out bench/out build src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# --- .venv -----------------------------------------------------------------------------------------

$(RUNS): requirements.lock pyproject.toml | venv
	@echo "Installing hoso-bot into $(VENV) (only when its requirements change; about a minute) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPS): requirements-dev.lock pyproject.toml | venv
	@echo "Installing hoso-bot and its tools into $(VENV) (only when their requirements change) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# The scripts of a moved or copied .venv start the old one: it is made anew.
venv:
	@if [ -x $(BIN)/python ] && $(BIN)/python -c 'import pip' 2>/dev/null \
	    && head -n 2 $(BIN)/pip 2>/dev/null | grep -qF '$(CURDIR)/$(BIN)/python'; then exit 0; fi; \
	for python in $(PYTHON); do \
	    command -v "$$python" >/dev/null 2>&1 || continue; \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	        without_venv="$${without_venv:-$$python}"; continue; fi; \
	    exec "$$python" -m venv --clear $(VENV); \
	done; \
	if [ -n "$$without_venv" ]; then \
	    echo "$$without_venv cannot make a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
	else \
	    echo "hoso-bot needs Python 3.11 or newer, and none of these is: $(PYTHON)" >&2; \
	    echo "Install one (Debian, Ubuntu: sudo apt install python3 python3-venv) or say PYTHON=/path/to/python" >&2; \
	fi; exit 1
