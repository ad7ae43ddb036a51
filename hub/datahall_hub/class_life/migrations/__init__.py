"""Brings the tables of classes to their present form, step by step; run by alembic."""
