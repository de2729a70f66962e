# The names that people expect; tools/dev.py does the work (`python3 tools/dev.py` explains).
PYTHON ?= python3
ARGS ?=
COMMANDS = run test test-proofs test-core test-oca walk lint format bench shell psql pot stop clean lock

.PHONY: help $(COMMANDS)
help:
	@$(PYTHON) tools/dev.py || true

$(COMMANDS):
	@$(PYTHON) tools/dev.py $@ $(ARGS)
