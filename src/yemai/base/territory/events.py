"""What the ground tells whoever stands above it: the audit trail listens without territory knowing it."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write.

Sender is the model class; with `actor`, `now`, `verb`, `instance`, and the dicts `before` and `after`.
"""
