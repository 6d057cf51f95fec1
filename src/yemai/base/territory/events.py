"""What the ground tells whoever stands above it: the audit trail listens without territory knowing it."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write: sender = model class; actor, now, verb, instance, before, after (dicts)."""
