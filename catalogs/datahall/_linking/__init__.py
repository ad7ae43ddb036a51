"""Record linkage: which rows of two tables are the same thing, where no key says so."""
