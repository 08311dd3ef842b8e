# demo, test, check, fix, bench: the only words anyone has to know.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := demo
.PHONY: demo test check fix bench

# The embedded voice is ready at once; no wait lets you hear the filler that covers a slower one.
DEMO   := build/demo
ASK    := VOICEBOT_DATA_DIR=$(DEMO)/data FIRST_URL_WAIT_MS=0 $(BIN)/voicebot
CALL   := $(ASK) flow run connect_flows/inbound.json --scenario scenarios/first_call.yaml

demo: $(VENV)/demo.stamp          ## set up, then answer a phone call on this machine
	@rm -rf $(DEMO)
	@echo "--- the answers that a person approved, spoken beforehand"
	@$(ASK) cache seed
	@$(ASK) cache approve
	@$(ASK) fillers generate
	@echo "--- a call: an approved answer, a miss answered live after a filler, a person"
	@$(CALL) --record $(DEMO)/call-1.wav --transcript $(DEMO)/call-1.json
	@echo "--- cron approves the miss; the same call again finds it"
	@$(ASK) cache approve
	@$(CALL) --record $(DEMO)/call-2.wav --transcript $(DEMO)/call-2.json

test: $(VENV)/dev.stamp           ## the whole test suite
	@$(BIN)/python -m pytest -n auto

check: $(VENV)/dev.stamp          ## format, lint, import contracts, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

fix: $(VENV)/dev.stamp            ## repair what can be repaired
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev.stamp          ## measure, and write docs/benchmarks.md and the table of docs/nlu.md
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/nlu_bench.py

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "voicebot needs Python 3.11 or newer; set PYTHON=python3.x" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/demo.stamp
