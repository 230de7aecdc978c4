# Airloom's commands. Each one first sees to it that .venv holds the versions of requirements.lock.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-llm test coverage lint docs format compile k8s lock clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UNFINISHED := $(VENV)/.unfinished

# The first interpreter that runs and is of a version we support; name another with `make PYTHON=...`.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	then echo $$python; break; fi; done)

BUILD_DOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

help:  ## Show this list
	@echo "make demo and make test need nothing but Python 3.11-3.13; make lint also needs kubectl."
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED)  ## Run the whole loop on the sample world, from raw logs to an A/B report
	$(BIN)/airloom demo

demo-llm: $(INSTALLED)  ## Run the demo with a small language model on this machine (1.1 GB, once) for the unread videos
	$(BIN)/airloom demo --home .airloom-llm --local-llm qwen2.5-coder-1.5b

# Two workers with one thread each: the heavy libraries fit into 8 GB and two cores are not fought over.
# A test that hangs ends its worker (faulthandler in pyproject.toml), which says where; the other one goes on.
test: $(INSTALLED)  ## Run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --quiet --numprocesses 2 --dist loadfile --max-worker-restart 0

coverage: $(INSTALLED)  ## Run the tests, and fail if they cover less of the code than before
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --quiet --numprocesses 2 --dist loadfile --max-worker-restart 0 --cov --cov-report=term

lint: $(INSTALLED)  ## Check style, types, import contracts, generated files and Kubernetes manifests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry . --no-ansi
	$(BIN)/python -m pipelines.compile --check
	$(BIN)/python -m components.readme --check
	$(BIN)/python -m model_service.grpc.generate --check
	$(BIN)/python -m docs.generator --check
	$(BIN)/python -m k8s.check
	$(BUILD_DOCS) --quiet

docs: $(INSTALLED)  ## Build the documentation as a site: build/site/index.html
	$(BUILD_DOCS)

format: $(INSTALLED)  ## Mend what can be mended by itself: style and import order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compile: $(INSTALLED)  ## Write the generated files anew: pipelines, READMEs, gRPC stubs, reference pages
	$(BIN)/python -m pipelines.compile
	$(BIN)/python -m components.readme
	$(BIN)/python -m model_service.grpc.generate
	$(BIN)/python -m docs.generator

k8s: $(INSTALLED)  ## Print the laptop overlay as kubectl would apply it, after checking it
	@$(BIN)/python -m k8s.check >&2
	@kubectl kustomize k8s/overlays/laptop

lock:  ## Resolve pyproject.toml anew, in a fresh environment, and write requirements.lock
	rm -rf $(VENV).lock
	"$(PYTHON)" -m venv $(VENV).lock
	$(VENV).lock/bin/python -m pip install --upgrade setuptools
	$(VENV).lock/bin/python -m pip install --no-build-isolation --editable '.[dev]'
	{ sed -n '/^#/p' requirements.lock; \
	  $(VENV).lock/bin/python -m pip freeze --all --exclude-editable --exclude pip \
	  | sed 's/+cpu$$//' | LC_ALL=C sort --ignore-case; } > requirements.lock.new
	mv requirements.lock.new requirements.lock
	rm -rf $(VENV).lock

clean:  ## Remove the environment, the caches and everything a local run wrote
	rm -rf $(VENV) .airloom .airloom-llm .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock is a constraint too: pip would otherwise try other versions of a pinned package that comes with an extra.
# A first installation that was cut short leaves the mark, and the next one starts from nothing.
$(INSTALLED): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { \
	  echo "Airloom found no Python 3.11, 3.12 or 3.13 on the PATH." \
	       "Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@if [ -e $(UNFINISHED) ]; then rm -rf $(VENV); fi
	@echo "Setting up $(VENV) with $(PYTHON), once: a few minutes, and 3 GB with PyTorch's CPU build, 7.2 GB with CUDA" \
	      "(README.md says how to choose)." >&2
	"$(PYTHON)" -m venv $(VENV)
	@touch $(UNFINISHED)
	$(PIP) install --requirement requirements.lock --constraint requirements.lock >&2
	$(PIP) install --no-deps --no-build-isolation --editable . >&2
	@rm $(UNFINISHED)
	@touch $(INSTALLED)
