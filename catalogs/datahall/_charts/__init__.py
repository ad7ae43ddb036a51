"""One chart of a dataset, chosen from its fields and computed once for each version."""
