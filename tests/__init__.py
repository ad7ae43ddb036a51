"""Claims about the hall, tried for real."""
