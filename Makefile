# Two commands matter: `make run` and `make test`. Both set up everything they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
export PYTHONUTF8 := 1

help: ## show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

lock: ## pin every dependency again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --extra embedded --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --extra embedded --group dev --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements-dev.lock
