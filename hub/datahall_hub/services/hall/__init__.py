"""The hall: the public pages, the data addresses and the API, below ``/services/hall``."""
