"""How the tables of apps came to their present form, step by step; run by alembic."""
