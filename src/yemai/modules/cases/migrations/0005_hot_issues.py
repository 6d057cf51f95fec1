"""The mark of a text, so that the same words are found again at once; hot issues and what people decide about them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from yemai.modules.cases.alike.words import fingerprint


def mark_texts(apps, schema_editor):
    """Cases from before get their mark: a few minutes for a million of them."""
    cases = apps.get_model("cases", "Case").objects
    last = 0
    while some := list(cases.filter(pk__gt=last).order_by("pk").only("pk", "text")[:2000]):
        for case in some:
            case.text_hash = fingerprint(case.text)
        cases.bulk_update(some, ["text_hash"], batch_size=500)
        last = some[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_is_public'),
        ('people', '0001_initial'),
        ('territory', '0002_longer_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HotCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('job', '自动'), ('hand', '人工')], max_length=4)),
                ('added_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '热点问题的事件',
                'verbose_name_plural': '热点问题的事件',
            },
        ),
        migrations.CreateModel(
            name='HotIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(blank=True, default='', max_length=200, verbose_name='说的是')),
                ('state', models.CharField(choices=[('open', '关注中'), ('dismissed', '不是热点'), ('joined', '已归入别的热点')], default='open', max_length=9, verbose_name='状态')),
                ('path', models.CharField(max_length=120)),
                ('first_at', models.DateTimeField(verbose_name='最早')),
                ('last_at', models.DateTimeField(verbose_name='最近')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='件数')),
                ('recent', models.PositiveIntegerField(default=0, verbose_name='近七天')),
                ('earlier', models.PositiveIntegerField(default=0, verbose_name='此前四周')),
                ('is_growing', models.BooleanField(default=False, verbose_name='上升')),
                ('found_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'verbose_name': '热点问题',
                'verbose_name_plural': '热点问题',
            },
        ),
        migrations.CreateModel(
            name='HotNight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(unique=True)),
                ('at', models.DateTimeField()),
                ('looked_at', models.PositiveIntegerField(default=0)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('since', models.DateTimeField()),
                ('seconds', models.FloatField(default=0)),
            ],
            options={
                'verbose_name': '热点排查',
                'verbose_name_plural': '热点排查',
            },
        ),
        migrations.CreateModel(
            name='HotRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '不属于热点问题的事件',
                'verbose_name_plural': '不属于热点问题的事件',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='text_hash',
            field=models.CharField(blank=True, default='', editable=False, max_length=32),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['text_hash', '-id'], name='case_same_text'),
        ),
        migrations.AddField(
            model_name='hotcase',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hotcase',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='hot', to='cases.case'),
        ),
        migrations.AddField(
            model_name='hotissue',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hotissue',
            name='joined_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.hotissue'),
        ),
        migrations.AddField(
            model_name='hotissue',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.node', verbose_name='属地'),
        ),
        migrations.AddField(
            model_name='hotcase',
            name='issue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='cases.hotissue'),
        ),
        migrations.AddField(
            model_name='hotrefusal',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hotrefusal',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.case'),
        ),
        migrations.AddField(
            model_name='hotrefusal',
            name='issue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refusals', to='cases.hotissue'),
        ),
        migrations.AddIndex(
            model_name='hotissue',
            index=models.Index(fields=['state', '-is_growing', '-recent', '-last_at'], name='hot_growing_first'),
        ),
        migrations.AddConstraint(
            model_name='hotissue',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'dismissed', 'joined'])), name='hot_state_known'),
        ),
        migrations.AddConstraint(
            model_name='hotissue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'joined'), _negated=True), ('joined_to__isnull', False), _connector='OR'), name='hot_joined_to'),
        ),
        migrations.AddConstraint(
            model_name='hotrefusal',
            constraint=models.UniqueConstraint(fields=('issue', 'case'), name='hot_refusal_once'),
        ),
        migrations.RemoveIndex(model_name="case", name="case_newest_near"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["-reported_at", "lat", "lon"], name="case_newest_near"),
        ),
        migrations.RunPython(mark_texts, migrations.RunPython.noop, elidable=True),
    ]
