# Two commands matter: `make run` and `make test`. Both set up everything they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
EMBEDDED := $(PYTHON) -m kunming_portal.embedded
PACKAGES := kunming_portal whistle communities alliances property_services tests
ARGS ?=
export PYTHONUTF8 := 1

.PHONY: help run test check fix bench faults pictures messages docs manage reset lock production-check

help: ## show the commands
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

# The stamps say which lock is installed.
$(VENV)/.run: requirements.lock
	@.ci/environment run

$(VENV)/.dev: requirements-dev.lock
	@.ci/environment dev

run: $(VENV)/.run ## start the portal with everything it needs; PORT=8000 DATA=var DATABASE_URL= REDIS_URL=
	@exec $(EMBEDDED) run

test: $(VENV)/.dev ## run the tests with throw-away servers; ARGS="-k whistle -x"
	@BROWSER="$$(.ci/browser)"; export BROWSER; exec $(EMBEDDED) exec -- $(PYTHON) -m pytest -n 2 $(ARGS)

check: $(VENV)/.dev ## everything that must hold, the tests last
	@echo "· format"; $(BIN)/ruff format -q --check .
	@echo "· lint"; $(BIN)/ruff check -q .
	@echo "· layers"; $(BIN)/lint-imports --no-logo > $(VENV)/layers.log || { cat $(VENV)/layers.log; exit 1; }
	@echo "· types"; MODE=test $(BIN)/mypy --no-error-summary $(PACKAGES)
	@echo "· migrations"; $(EMBEDDED) exec -- $(PYTHON) manage.py makemigrations --check --dry-run -v 0
	@echo "· production settings"; $(MAKE) production-check
	@echo "· generated documents"; MODE=test $(PYTHON) manage.py build_docs --check
	@echo "· translations"; MODE=test $(PYTHON) manage.py compile_catalogue --check
	@echo "· tests"; $(MAKE) test

# Secrets made for this one check, so that none lies in the project.
production-check: $(VENV)/.run
	@random() { $(PYTHON) -c "import base64, os; print(base64.b64encode(os.urandom($$1)).decode())"; }; \
	env MODE=production SECRET_KEY="$$(random 60)" FIELD_ENCRYPTION_KEYS="check:$$(random 32)" \
	  AUDIT_KEYS="check:$$(random 32)" \
	  ALLOWED_HOSTS=portal.example DATABASE_URL=postgres://portal@localhost/portal REDIS_URL=redis://localhost \
	  MEDIA_ROOT=/tmp/media $(PYTHON) manage.py check --deploy --fail-level WARNING

fix: $(VENV)/.dev ## repair what can be repaired: imports, format
	@$(BIN)/ruff check -q --fix . || true
	@$(BIN)/ruff format -q .

bench: $(VENV)/.dev ## measure; prints seconds, passes no judgement
	@exec $(EMBEDDED) exec -- $(PYTHON) -m tests.bench $(ARGS)

faults: $(VENV)/.dev ## break servers, workers and clocks while deadlines ring; ARGS="--only F01,F05 --minutes 2 --seed 7"
	@exec $(PYTHON) -m tests.faults $(ARGS)

pictures: $(VENV)/.dev ## take the pictures of docs/pictures/ from a running demonstration; BASE=http://127.0.0.1:8000
	@BROWSER="$$(.ci/browser)"; export BROWSER; exec $(PYTHON) -m tests.pictures $(or $(BASE),http://127.0.0.1:8000)

messages: $(VENV)/.dev ## collect new sentences into the catalogue and compile it
	@MODE=test $(PYTHON) manage.py collect_messages
	@MODE=test $(PYTHON) manage.py compile_catalogue

docs: $(VENV)/.dev ## write the pages of docs/ that describe code
	@MODE=test $(PYTHON) manage.py build_docs

manage: $(VENV)/.run ## run manage.py in the running portal; ARGS="shell"
	@exec $(EMBEDDED) manage $(ARGS)

reset: $(VENV)/.run ## delete the embedded servers' data; DATA=var
	@exec $(EMBEDDED) reset

lock: ## pin every dependency again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --extra embedded --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --extra embedded --group dev --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements-dev.lock
