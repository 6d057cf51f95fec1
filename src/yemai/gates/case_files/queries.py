"""Reading imports: which of them somebody may look into."""

from django.db.models import QuerySet

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.queries import town

from .models import ImportRun


def runs_for(actor: Person) -> QuerySet[ImportRun]:
    """All for whoever imports for the whole town, one's own for others: refused rows hold residents' words and numbers."""
    found = ImportRun.objects.order_by("-id")
    everywhere = reach(actor, Permission.IMPORT_RUN).covers(town().path)
    return found if everywhere else found.filter(started_by=actor)
