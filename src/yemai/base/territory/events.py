"""What the ground tells whoever stands above it: the audit trail listens without territory knowing it."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write.

Sender is the model class; with `actor`, `now`, `verb`, `instance`, and the dicts `before` and `after`.
"""

ended = Signal()
"""Sent inside the transaction when a node closed.

With `before` (the node), `after` (list of nodes that took its ground over, maybe none) and `on` (the first day it is no
more). Posts on it follow the ground, so that nobody loses their reach to a redrawing.
"""
