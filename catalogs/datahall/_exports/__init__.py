"""The catalog in the forms of other standards: pure functions from entries and a base address to documents."""
