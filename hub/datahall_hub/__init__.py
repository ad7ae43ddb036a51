"""The JupyterHub side of Datahall: supervisor, accounts, sandboxed servers, and the services beside the hub."""

__version__ = "0.1.0"
