"""The practice city: one synthetic city, made from a population and a seed, whose departments' tables agree.

A table is a pure function of city and block, so any block can be made alone, in parallel and on any machine.
`README.md` beside this file says where each distribution comes from.
"""
