# make demo: a simulated season on the map.  make test: the quick tests.  Both make their own environment.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= build/demo
SEASON ?= build/season

.PHONY: demo season notebooks serve test test-slow lint types imports check pins clean

demo: $(VENV)/.core
	$(BIN)/jdzfire demo --home $(DEMO)

# Three simulated seasons of one place, for analysts; about 6 minutes.
season: $(VENV)/.core
	$(BIN)/jdzfire demo --years 3 --home $(SEASON)

# The notebooks run on the demo, as pages in its folder seasons/.
notebooks: $(VENV)/.dev
	test -e $(DEMO)/published || $(BIN)/jdzfire demo --home $(DEMO)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jdzfire season notebook --year 2024 --home $(DEMO)

# All flows on Prefect with its page on http://127.0.0.1:4200, on the demo's folder; Ctrl-C ends it.
serve: $(VENV)/.core
	$(BIN)/python -m flows.deployments --home $(DEMO)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

check: lint types imports

# Pins for every supported Python, without addresses of any index.
pins:
	uv pip compile pyproject.toml --extra dev --extra notebooks --extra postgres --extra sftp --extra weather --extra scars --extra fuzz --universal --python-version 3.11 \
	  --no-emit-index-url --no-annotate --no-header -q -o constraints.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# Compiled once here: where nothing can be written, every command would compile the whole package.
$(VENV)/.core: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	$(BIN)/python -m compileall -q jdzfire flows
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m compileall -q jdzfire flows
	touch $@ $(VENV)/.core

clean:
	rm -rf $(VENV) build
