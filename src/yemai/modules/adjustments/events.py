"""What adjustments tell whoever asked for them."""

from django.dispatch import Signal

came_to_nothing = Signal()
"""Sent inside the transaction when an adjustment was undone or refused, with `adjustment` and `now`."""
