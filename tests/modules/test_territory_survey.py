"""Ground that two micro-grids claim is named with its size; neighbours that only touch are not."""

from datetime import datetime

import pytest

from tests.modules.territory_ground import lay, square
from yemai.base.territory.actions import close_node, set_boundary
from yemai.base.territory.survey import overlaps

pytestmark = pytest.mark.django_db


def test_land_claimed_twice_is_named_with_its_size(now: datetime) -> None:
    ground = lay(now)
    town = [ground.town.path]
    assert overlaps(town) == []
    set_boundary(ground.grids[2], square(1, wide=2), actor=None, now=now)
    (found,) = overlaps(town)
    assert (found.first, found.second) == (ground.grids[1], ground.grids[2])
    assert found.square_metres == pytest.approx(222.4 * 190.0, rel=0.01)  # 0.002 by 0.002 degrees at 31.3 north
    assert overlaps([ground.grids[0].path]) == []
    close_node(ground.grids[1], actor=None, now=now)
    assert overlaps(town) == []
