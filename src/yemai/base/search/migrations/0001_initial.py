"""The tables of search, and the index itself as each database has it."""

from django.db import migrations, models

from yemai.base.search.index import TABLE

CREATE = {
    # What is not kept (the text, positions, sizes) need not be written: the cases themselves are looked at.
    "sqlite": [
        f"CREATE VIRTUAL TABLE {TABLE} USING fts5(terms, content='', detail='none', columnsize=0, tokenize='ascii')"
    ],
    # New terms are gathered in a list, which `put` merges in at once: ten times as fast as one by one. The list may grow
    # to 256 MB, so that no insert merges a part of it, and no search ever finds one to read through.
    "postgresql": [
        f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, terms integer[] NOT NULL)",
        f"ALTER TABLE {TABLE} ALTER COLUMN terms SET STORAGE MAIN",
        f"CREATE INDEX {TABLE}_terms ON {TABLE} USING gin (terms) "
        "WITH (fastupdate = on, gin_pending_list_limit = 262144)",
    ],
}


def create(apps, editor):
    for statement in CREATE[editor.connection.vendor]:
        editor.execute(statement)


def drop(apps, editor):
    editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[("case_id", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="Name",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("object_id", models.BigIntegerField()),
                ("words", models.TextField()),
                ("initials", models.TextField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "object_id"), name="search_name_once")],
            },
        ),
        migrations.RunPython(create, drop),
    ]
