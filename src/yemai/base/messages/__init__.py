"""Telling people: the outbox and the in-app message box, in one table."""
