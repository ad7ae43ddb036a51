"""With what a dataset can be joined, and on what: by the meaning of fields, and by the values that they share."""
