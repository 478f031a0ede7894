# Everything that people and CI call. `make` alone lists it.
#
#   make run ARGS='do "go on in a happy mood" --phrase tune.mid --out answer'
#
# PYTHON names the interpreter that Encore's environment is made with; without it the first of
# 3.11, 3.12, 3.13, 3.14 that really runs is taken. ENCORE_TORCH_CPU_INDEX names another index of
# PyTorch's CPU builds than PyTorch's own.

.DEFAULT_GOAL := help
ARGS ?=
TESTS ?=
DATA ?=
ifndef PYTHON
PYTHON := $(shell sh scripts/find-python 3.11 3.12 3.13 3.14)
endif
BIN := .venv/bin
SETUP = "$(PYTHON)" -m scripts.setup

.PHONY: help
help: ## list the targets
	@echo 'Encore: make run starts it, make test tests it; both set up what is missing first.'
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 19 | sed 's/^/make /'

.PHONY: python
python:
	@[ -n "$(PYTHON)" ] || { echo 'Encore needs Python 3.11 or newer, and none was found' \
	  '(Debian, Ubuntu: sudo apt-get install python3 python3-venv).' >&2; exit 1; }

.PHONY: setup
setup: python ## set up or mend everything, and try again what failed before
	@$(SETUP) --retry $(SETUP_ARGS)

.PHONY: run
run: python ## start Encore; ARGS='…' is handed to the command encore
	@$(SETUP)
	@$(BIN)/encore $(ARGS)

.PHONY: tools
tools: python
	@$(SETUP) --tools

.PHONY: test
test: tools ## run the tests; TESTS='tests/unit -k piano' chooses some
	@$(BIN)/python -m pytest $(TESTS)

.PHONY: e2e
e2e: tools ## run the end-to-end tests alone
	@$(BIN)/python -m pytest tests/e2e $(TESTS)

.PHONY: check
check: python ## format, lint, types, imports, files, Docker files; changes nothing
	@$(SETUP) --tools --only main
	@$(BIN)/python -m scripts.check

.PHONY: fmt
fmt: python ## format the code and mend what the linter can mend
	@$(SETUP) --tools --only main
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: docs
docs: python ## write docs/commands.md again from the data of understanding
	@$(SETUP) --only main
	@$(BIN)/python -m scripts.make_commands_page

.PHONY: bench
bench: python ## measure Encore on this machine
	@$(SETUP)
	@$(BIN)/encore bench $(ARGS)

.PHONY: train
train: python ## train the generator from the music in DATA=FOLDER
	@[ -n "$(DATA)" ] || { echo 'Say where the music is: make train DATA=FOLDER' >&2; exit 2; }
	@$(SETUP) --tools
	@$(BIN)/python -m skills.music.training --data "$(DATA)" $(ARGS)

.PHONY: speech-model
speech-model: python ## train the speech model from the speech in DATA=FOLDER, scratch in WORK=FOLDER
	@[ -n "$(DATA)" ] && [ -n "$(WORK)" ] || \
	  { echo 'Say where: make speech-model DATA=FOLDER WORK=FOLDER' >&2; exit 2; }
	@$(SETUP) --tools
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r speech/requirements.txt
	@$(BIN)/python -m speech.make --packs "$(DATA)" --work "$(WORK)" --out models/vosk-encore-en $(ARGS)

.PHONY: speech-model-file
speech-model-file: python ## install the speech model from FILE=model.zip
	@[ -n "$(FILE)" ] || { echo 'Name the archive: make speech-model-file FILE=model.zip' >&2; exit 2; }
	@$(SETUP) --only main
	@$(BIN)/encore models add "$(FILE)"

.PHONY: rasa
rasa: ## set up Rasa alone; Python 3.10 is enough (its image calls this)
	@python=$$(sh scripts/find-python 3.10 3.11 3.12 3.13 3.14) && \
	  "$$python" -m scripts.setup --only rasa --retry --must

.PHONY: lock
lock: tools ## make the locks again from pyproject.toml
	@$(BIN)/python -m scripts.make_locks

.PHONY: clean
clean: ## remove both environments and every cache; what you saved stays
	rm -rf .venv nlu/.venv nlu/models nlu/.rasa .cache .mypy_cache .ruff_cache .pytest_cache
