# Builds and tests the book with nothing but Python 3.11 and make. `make` alone says what it can do.
# The stamps .venv/.installed and _build/.built let a second run skip what is done.

PYTHON ?= $(or $(shell command -v python3.11 2>/dev/null),python3)
BIN := .venv/bin
SOURCES := _config.yml _toc.yml \
	$(shell find audiostyle_lib book -type f -not -path '*/.*' -not -path '*/__pycache__/*')
export PYTHONUNBUFFERED := 1

.PHONY: help book test lint lock clean
help:
	@echo "make book   build the book into _build/html (the first time installs into .venv)"
	@echo "make test   build the book, then run all tests (ARGS='-k players' chooses some)"
	@echo "make lint   check format, style and types"
	@echo "make lock   renew requirements.lock from pyproject.toml"
	@echo "make clean  remove .venv and everything built"

book: _build/.built
	@echo "The book is ready: open _build/html/index.html"

test: _build/.built
	$(BIN)/pytest $(ARGS)

lint: .venv/.installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.version_info[:2] == (3, 11) or sys.exit('Python 3.11 is needed, \
	this is ' + sys.version.split()[0] + '. Name one with: make PYTHON=/path/to/python3.11')"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements.lock
	$(BIN)/python -m pip install --no-deps -e .
	@touch $@

# --all reads every page again, since -W would overlook the warnings of pages taken from the last
# build; the notebooks' results still come from the cache. The old pages go first, so that none stays
# that has left the table of contents.
_build/.built: .venv/.installed $(SOURCES)
	@rm -rf _build/html $@
	$(BIN)/jupyter-book build . --all -n -W --keep-going
	@touch $@

# Names and versions only. What torch brings for CUDA is not listed: pip adds it where torch asks for it.
TORCH := torch==2.13.0 # a version with a CPU build on the machines that test this
lock:
	@$(PYTHON) -m venv --clear _build/lock
	_build/lock/bin/python -m pip install --dry-run --report _build/lock.json '.[book,test]' $(TORCH)
	@_build/lock/bin/python -c "import json, re; \
	rows = [row['metadata'] for row in json.load(open('_build/lock.json'))['install']]; \
	pins = [r['name'].lower() + '==' + r['version'].split('+')[0] for r in rows if r['name'] != 'audiostyle']; \
	print('# What make book and make test install, for Python 3.11. Written by make lock.'); \
	print(*sorted(p for p in pins if not re.match('cuda|nvidia|triton', p)), sep='\n')" > requirements.lock
	@wc -l requirements.lock

clean:
	rm -rf .venv _build .mypy_cache .pytest_cache .ruff_cache
