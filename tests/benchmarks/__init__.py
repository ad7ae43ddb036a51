"""Benchmarks: what Datahall does, beside what each package does with its defaults, measured in the same run.

``python -m tests.benchmarks [--only NAME …]`` prints a table and writes ``build/bench.json``. Each module here
measures one or a few names; `tests.benchmarks.registry` lists them.
"""
