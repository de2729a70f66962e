"""The parts of tools/dev.py. Standard library only, except databases.py (runs in the venv)."""
