"""Cases stand in line for their next reminder, instead of being looked through every five minutes."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def stand_in_line(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Running cases begin again at their 80 %; a message that went out does not go out twice."""
    cases = apps.get_model("cases", "Case").objects
    cases.filter(stage__in=["reported", "verifying", "handling", "consulting", "checking"]).update(
        remind_at=F("clock_warn_at")
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.AddField("case", "remind_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex("case", models.Index(fields=["remind_at", "id"], name="case_remind_at")),
        migrations.RunPython(stand_in_line, migrations.RunPython.noop, elidable=True),
    ]
