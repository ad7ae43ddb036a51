"""The hall's own API, version 1, as far as it reads: search, datasets, words. Anybody may, from any site."""
