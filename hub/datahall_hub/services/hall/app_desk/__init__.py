"""Apps in the hall: taking them in, moving them on, showing them. What may be done with them stands in `app_life`."""
