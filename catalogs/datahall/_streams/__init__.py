"""Data that arrives: looked for again and again, readable at once, a version for each day that has passed.

``feeds`` asks for what is new, ``records`` makes typed rows of it, ``merging`` sets late, doubled and corrected ones in
their place, ``arrivals`` keeps what is in no version yet, ``following`` does one round, ``live`` is for readers.
"""
