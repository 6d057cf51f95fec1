"""What parameters tell whoever stands above them: the audit trail listens, deadlines are computed afresh."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write.

Sender is the model class (Parameter or CalendarDay); with `actor` (None: the system), `now`, `verb`, `instance`, and
the dicts `before` and `after`.
"""
