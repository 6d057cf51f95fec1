"""The documentation's diagram says what the table says."""

import pytest
from tools.state_diagram import PAGE, page


@pytest.mark.no_database
def test_the_diagram_is_drawn_from_the_table_as_it_is() -> None:
    """Made anew it is the same."""
    assert PAGE.read_text("utf-8") == page(), "run: python tools/state_diagram.py"
