"""Runs say whether they bring boundaries or buildings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("boundary_files", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="boundaryrun",
            name="subject",
            field=models.CharField(
                choices=[("boundaries", "网格边界"), ("buildings", "楼栋")],
                default="boundaries",
                max_length=10,
                verbose_name="内容",
            ),
        ),
    ]
