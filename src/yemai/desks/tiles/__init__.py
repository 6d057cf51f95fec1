"""Vector tiles of the ground and of the cases, drawn from our own tables."""
