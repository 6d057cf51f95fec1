"""Keys for machines: a person's bearer tokens, hashed, dated, revocable."""
