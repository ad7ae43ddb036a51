"""Claims about the hall and the fetch service, tried over HTTP against the real processes."""
