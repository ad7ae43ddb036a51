"""Tests of the Lab extension in `extensions/lab`."""
