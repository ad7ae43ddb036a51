"""The life of a class: who teaches and learns in it, and the code by which people come in.

Whoever asks is checked here; the pages and addresses of classes only pass questions on.
"""
