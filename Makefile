# make demo and make test are all a newcomer needs; each installs what it needs by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Where it is forbidden to keep compiled modules, each of the hundreds of processes of a test run compiles its own.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test check format bench stress docs catalogs clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "crmcore needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo "Installing into $(VENV): a minute or two, the first time only."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev,postgresql]'
	$(BIN)/python -m compileall -qq -j 0 -x '/(tests|mypy|mypyc|pip)/' crmcore plugins $(VENV)/lib || true
	touch $(STAMP)

demo: install
	$(BIN)/crm demo

# One worker more than there are cores: a tenth of the time a worker waits for a terminal, a server or a process.
test: WORKERS = $(shell expr $$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) + 1)
test: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not stress'

# Long runs, and twenty times the examples of every property.
stress: export CRM_TEST_EXAMPLES = 20
stress: install
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'stress or hypothesis'

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/docs.py --check
	$(BIN)/python scripts/catalogs.py --check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install
	$(BIN)/python scripts/docs.py

catalogs: install
	$(BIN)/python scripts/catalogs.py

bench: install
	$(BIN)/python -m compileall -q crmcore plugins
	$(BIN)/python -m bench $(BENCH)

clean:
	rm -rf $(VENV) build dist *.egg-info
