"""Brings the database of voices to its present form, step by step."""
