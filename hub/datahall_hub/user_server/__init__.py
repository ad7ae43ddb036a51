"""What is mounted read-only into a person's sandbox: the program that starts their server, and its settings."""
