"""Tests of the hub: how it is run, who gets in, what stands around it."""
