"""Other portals' catalogs, read into records. Pure: bytes in, records out; no network, no index, no clock."""
