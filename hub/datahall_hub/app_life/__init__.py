"""The life of an app: which states its versions pass through, who may move them on, and the record of every move.

Read `states` first: it declares all of it. `app_book` keeps it in a database.
"""
