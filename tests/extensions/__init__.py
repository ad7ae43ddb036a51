"""Tests of what lies in `extensions`."""
