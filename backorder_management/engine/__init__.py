"""Plain Python: dataclasses in, dataclasses out. Nothing here imports Odoo or reads a database."""
