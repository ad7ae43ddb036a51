"""Public apps: curated notebooks, opened by visitors without an account.

A process of its own (``python -m datahall_hub.services.apps``) with no rights in the hub. Voila renders
each visit; the kernel of a visit lives behind walls without network, and ends with the visit.
"""
