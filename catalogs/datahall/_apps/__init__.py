"""Apps of a hall, asked for over its API: what is sent, to whom, with which token, and how the answer is told."""
