# The four commands of the developer; `mosaic --help` has the rest.
PYTHON ?= python3
BIN := .venv/bin
# Compiled modules are kept: else every process that starts compiles the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check eval bench clean

run: .venv/.ready
	$(BIN)/mosaic serve --demo

test: check
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --durations=15

check: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

eval: .venv/.ready
	$(BIN)/mosaic eval

bench: .venv/.ready
	$(BIN)/mosaic bench

# Installs exactly what the lock names, checked by hash, and this checkout itself.
.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Mosaic needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .mosaic
