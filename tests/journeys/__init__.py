"""What a newcomer does, from an empty folder to a running hall."""
