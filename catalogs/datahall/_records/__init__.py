"""Harvested records, kept: a portal is read page by page into one SQLite file, from which index and pages are made."""
