"""Posts on some ground, told before it is changed."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from yemai.base.territory.queries import within
from yemai.base.territory.standing import EXAMPLES, Standing, tells

from .models import Appointment
from .queries import in_force


@tells
def posts_on(paths: Sequence[str]) -> Standing:
    """Posts held today, ex-officio ones not counted twice."""
    found = Appointment.objects.filter(within(paths, "node__path"), in_force(), derived_from__isnull=True)
    held = found.select_related("person", "post_kind").order_by("post_kind__rank", "pk")[:EXAMPLES]
    return Standing(_("任职"), found.count(), tuple(f"{one.person.name} {one.post_kind.name}" for one in held))
