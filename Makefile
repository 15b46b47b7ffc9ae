# Builds and tests the book with nothing but Python 3.11 and make. `make` alone says what it can do.
# The stamps .venv/.installed and _build/.built let a second run skip what is done.

PYTHON ?= $(or $(shell command -v python3.11 2>/dev/null),python3)
BIN := .venv/bin
TORCH := torch==2.13.0 # a version with a CPU build on the machines that test this
SOURCES := _config.yml _toc.yml \
	$(shell find audiostyle_lib book -type f -not -path '*/.*' -not -path '*/__pycache__/*')
export PYTHONUNBUFFERED := 1

.PHONY: help book test course versions lint types lock release address clean
help:
	@echo "make book      build the book into _build/html (the first time installs into .venv)"
	@echo "make test      build the book, then run all tests (ARGS='-k players' chooses some)"
	@echo "make course    students' and instructors' notebooks, slides, and the book as a zip"
	@echo "make versions  run every notebook, with all solutions, on the oldest versions allowed,"
	@echo "               or on others: PACKAGES=newest, PACKAGES=colab"
	@echo "make lint      check format, style and types (of scripts, too, where npm is)"
	@echo "make lock      renew requirements.lock from pyproject.toml"
	@echo "make release   set the number everywhere: make release VERSION=0.2.0"
	@echo "make address   set where the repository lives: make address URL=https://github.com/OWNER/NAME"
	@echo "make clean     remove .venv and everything built"

book: _build/.built
	@echo "The book is ready: open _build/html/index.html"

# On every core; neighbouring tests stay together, since they share a page or a sound.
test: _build/course/.made
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

course: _build/course/.made
	@echo "The course is ready: look into _build/course"

_build/course/.made: _build/.built $(shell find course -type f -not -path '*/.*' -not -path '*/__pycache__/*')
	$(BIN)/python course/make_course.py
	@touch $@

# Every notebook with its solutions, in an environment of its own, into which the notebooks' first cell
# brings the library, as on Colab: it may not touch what is there. For others:
# make versions PACKAGES=newest WITH=python3.13, or PACKAGES=colab, with what tests/colab.txt lists.
PACKAGES ?= oldest
WITH ?= $(if $(filter colab,$(PACKAGES)),python3.12,$(PYTHON))
HOST := _build/host-$(PACKAGES)
versions:
	$(WITH) -m venv --clear $(HOST)
	$(HOST)/bin/python tests/every_notebook.py --needs $(PACKAGES) > $(HOST)/needs
	$(HOST)/bin/python -m pip install -r $(HOST)/needs $(if $(filter oldest,$(PACKAGES)),$(TORCH))
	$(HOST)/bin/python -m pip freeze | grep -iE '^(torch|numpy)=' > $(HOST)/before
	$(HOST)/bin/python tests/every_notebook.py --first-cell
	$(HOST)/bin/python -m pip freeze | grep -iE '^(torch|numpy)=' | diff $(HOST)/before -
	$(HOST)/bin/python -c "import librosa.core.pitch, librosa.onset"
	$(HOST)/bin/python tests/every_notebook.py

lint: .venv/.installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory types; \
	else echo "The types of the page's scripts are not checked: that takes npm."; test "$$CI" != true; fi

# Of the page's scripts, by their comments. Nothing else here needs node.
types: node_modules/.installed
	node_modules/.bin/tsc
	@echo "The types of the page's scripts agree."

node_modules/.installed: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# librosa compiles some functions when it is first imported. Two processes that do so at once leave a
# cache that makes every later one crash, so one does it here.
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.version_info[:2] == (3, 11) or sys.exit('Python 3.11 is needed, \
	this is ' + sys.version.split()[0] + '. Name one with: make PYTHON=/path/to/python3.11')"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements.lock
	$(BIN)/python -m pip install --no-deps -e .
	$(BIN)/python -c "import librosa.core.pitch, librosa.onset"
	@touch $@

# --all reads every page again, since -W would overlook the warnings of pages taken from the last
# build; the notebooks' results still come from the cache. The old pages go first, so that none stays
# that has left the table of contents.
_build/.built: .venv/.installed $(SOURCES)
	@rm -rf _build/html $@
	$(BIN)/python book/_ext/execute_chapters.py
	$(BIN)/jupyter-book build . --all -n -W --keep-going
	@touch $@

# Names and versions only. What torch brings for CUDA is not listed: pip adds it where torch asks for it.
lock:
	@$(PYTHON) -m venv --clear _build/lock
	_build/lock/bin/python -m pip install --dry-run --report _build/lock.json '.[book,test]' $(TORCH)
	@_build/lock/bin/python -c "import json, re; \
	rows = [row['metadata'] for row in json.load(open('_build/lock.json'))['install']]; \
	pins = [r['name'].lower() + '==' + r['version'].split('+')[0] for r in rows if r['name'] != 'audiostyle']; \
	print('# What make book and make test install, for Python 3.11. Written by make lock.'); \
	print(*sorted(p for p in pins if not re.match('cuda|nvidia|triton', p)), sep='\n')" > requirements.lock
	@wc -l requirements.lock

release: .venv/.installed
	$(BIN)/python .ci/release.py '$(VERSION)'

address: .venv/.installed
	$(BIN)/python .ci/address.py '$(URL)'

clean:
	rm -rf .venv _build node_modules .mypy_cache .pytest_cache .ruff_cache
