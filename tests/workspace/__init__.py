"""What holds for the repository as a whole: import arrows, locks, what may stand in a file."""
