"""What others may listen to: a case is not what it was. Sent inside the transaction that changes it."""

from django.dispatch import Signal

changed = Signal()
"""`case_ids`: cases that took a step, or whose clock was worked out anew."""
