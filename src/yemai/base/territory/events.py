"""What the ground tells whoever stands above it: the audit trail listens without territory knowing it."""

from django.dispatch import Signal

changed = Signal()
"""Sent inside the transaction of every write.

Sender is the model class; with `actor`, `now`, `verb`, `instance`, and the dicts `before` and `after`.
"""

ended = Signal()
"""Sent inside the transaction when a node closed.

With `before` (the node), `after` (list of nodes that took its ground over, maybe none, the one with most of it first),
`team` (those of them where its posts go on), `on` (the first day it is no more) and `now`. Posts and open cases follow the
ground, so that nobody loses their reach, and no matter its team, to a redrawing.
"""
