"""Schema history of the messages."""
