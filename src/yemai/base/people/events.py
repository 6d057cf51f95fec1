"""What people tell whoever stands above them: the audit trail listens without this room knowing it."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write, and on every signing in and change to how somebody signs in.

Sender is the model class; with `actor` (None: the operator, or nobody known), `now`, `verb`, `instance`, and the dicts
`before` and `after`.
"""
