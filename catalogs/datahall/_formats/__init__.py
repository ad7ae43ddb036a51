"""Readers of the formats that are not plain text: each turns a file into raw tables, row by row.

They serve a card's source (`frames`) and `datahall add` alike. What they promise: memory and output are
bounded, nothing in a file is executed or fetched, a cell is never dropped, and what cannot be read is an
UnreadableSource that names file and line.
"""
