"""What `datahall add` does with a file on the desk: find its tables, say what is wrong with them, draft a card."""
