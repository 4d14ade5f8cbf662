# Two commands do everything on a fresh machine: `make run` and `make test`. Each does only what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.PHONY: help install dev run test race faults drill check bench shots docs

help:
	@echo "make run      try the portal on http://127.0.0.1:$(PORT) (PORT=… changes it)"
	@echo "make test     the whole suite on SQLite and on PostgreSQL (ARGS=… goes to pytest)"
	@echo "make check    style, types, floors, migrations, OpenAPI snapshot"
	@echo "make race     requests at once on PostgreSQL (TEST_RACE_ROUNDS=1000 plays for long)"
	@echo "make faults   a live portal killed, starved and slowed down (ARGS=… picks scenarios)"
	@echo "make drill    back up, restore in every way, prove what came back (PostgreSQL's binaries)"
	@echo "make bench    speed beside a floor and a draft, on PostgreSQL"
	@echo "make shots    pictures of every kind of page, light and dark, wide and narrow (ARGS=… goes to tests.shots)"
	@echo "make docs     write docs/openapi.yaml and the tables of operations anew"
	@echo "make install  the environment only"

install: .venv/run.stamp .env

dev: install .venv/dev.stamp

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The venv module is incomplete; install your system's python3-venv."; exit 1; }

.venv/run.stamp: requirements.lock .venv/bin/python
	@echo "Installing what the portal needs into .venv; the first time this takes a minute or two …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# An .env of an earlier version is given what it lacks.
.env: .venv/bin/python FORCE
	@umask 077 && for name in SECRET_KEY AUDIT_KEY; do grep -Eqs "^(export )?$$name(_FILE)?=" .env || \
	  $(BIN)/python -c "import secrets; print('$$name=' + secrets.token_urlsafe(48))" >> .env; done

FORCE:

run: install
	@PORT="$(PORT)" .ci/serve

test: dev
	@ARGS="$(ARGS)" .ci/test

race: dev
	@TEST_ENGINE=postgresql .ci/postgres $(BIN)/python -m pytest -q -s tests/transactions/test_race_mix.py $(ARGS)

faults: dev
	@$(BIN)/python -m tests.faults $(ARGS)

drill: dev
	@timeout 600 $(BIN)/python -m tests.drill

check: dev
	@.ci/check

bench: dev
	@.ci/postgres $(BIN)/python -m tests.bench $(ARGS)

shots: dev
	@$(BIN)/python -m tests.shots .run/shots $(ARGS)

docs: dev
	@$(MANAGE) spectacular --file docs/openapi.yaml
	@echo "docs/openapi.yaml is up to date."
	@$(BIN)/python -m tests.docs.write
