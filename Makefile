# Works on a bare machine with Python 3.11 or newer and make.
PYTHON ?= python3
BIN = .venv/bin
PORT ?= 8000
PROCESSES ?= $(shell $(BIN)/python -m tests.machine --processes)
IN_PARALLEL = -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo test quick check style types imports dependencies migrations library bench soak screenshots front-end

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready  ## set up .venv with everything to run and to test

demo: .venv/.can-run  ## run Outreach on a synthetic waiting list at http://127.0.0.1:8000
	$(BIN)/outreach demo --port $(PORT)

test: .venv/.ready  ## every test, thoroughly, with as many processes as the machine carries; PROCESSES=1 for one
	$(BIN)/python -m tests.machine
	$(BIN)/pytest $(IN_PARALLEL) --thorough

quick: .venv/.ready  ## rules, models and actions alone, in seconds: for while you work
	$(BIN)/pytest $(IN_PARALLEL) tests/rules tests/models tests/actions

check: .venv/.ready style types imports dependencies migrations library test  ## everything that must hold before a commit

style: .venv/.ready  ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready  ## mypy, strict
	$(BIN)/mypy

imports: .venv/.ready  ## imports point in one direction
	$(BIN)/lint-imports

dependencies: .venv/.ready  ## nothing unused, nothing undeclared
	$(BIN)/deptry .

migrations: .venv/.ready  ## migrations make exactly the models' tables
	$(BIN)/pytest --thorough tests/models/test_migrations.py

library: .venv/.ready  ## schedules and templates are valid
	$(BIN)/pytest tests/test_library.py

bench: .venv/.ready  ## measure speed
	$(BIN)/python -m benchmarks

screenshots: .venv/.ready  ## take the pictures of the docs anew
	$(BIN)/python -m tests.machine
	$(BIN)/python -m docs.take_screenshots

soak: .venv/.ready  ## the long form of the fault tests, about 20 minutes; ends with a table of counts
	$(BIN)/python -m tests.faults.soak

front-end:  ## put the pinned front-end files into the package, as every build does
	$(BIN)/python hatch_build.py

.venv/.can-run: requirements.txt pyproject.toml package-lock.json hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.ready: requirements-dev.txt pyproject.toml .venv/.can-run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@
