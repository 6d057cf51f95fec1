"""Schema history of the stored files."""
