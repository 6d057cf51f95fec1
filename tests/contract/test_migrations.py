"""The tables that the migrations make are those that the models say."""

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, verbosity=3)
    except SystemExit:
        pytest.fail(f"run `./dev django makemigrations`; it would write:\n{said.getvalue()}")


@pytest.mark.django_db
def test_no_system_check_complains() -> None:
    call_command("check", fail_level="WARNING")
