"""Places that two tables name differently: other spellings, other codes, another year."""
