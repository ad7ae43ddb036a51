"""Harvested datasets that open: another portal's record, its best distribution, and a version of it in the store."""
