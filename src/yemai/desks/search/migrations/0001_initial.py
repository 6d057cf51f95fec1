"""What was there before the index: every case waits to go into it, the newest first."""

from django.db import migrations


def await_all(apps, editor):
    case, waiting = apps.get_model("cases", "Case"), apps.get_model("search", "Waiting")
    names = [editor.quote_name(model._meta.db_table) for model in (waiting, case)]
    editor.execute("INSERT INTO {} (case_id) SELECT id FROM {}".format(*names))


class Migration(migrations.Migration):
    initial = True
    dependencies = [("search", "0001_initial"), ("cases", "0001_initial")]
    operations = [migrations.RunPython(await_all, migrations.RunPython.noop)]
