"""Who is proposed: the responsibility list first, then experience; whoever returned a kind twice comes last, with a note."""

from hypothesis import given
from hypothesis import strategies as st

from yemai.modules.cases.proposing import PersonFacts, UnitFacts, rank_people, rank_units

UNITS = st.lists(
    st.builds(
        UnitFacts, unit=st.integers(1, 50), named=st.none() | st.integers(1, 20), done=st.integers(0, 30),
        returned=st.integers(0, 5),
    ),
    unique_by=lambda one: one.unit,
)  # fmt: skip


def test_the_closest_line_comes_first_and_experience_after_it() -> None:
    town, street, busy = UnitFacts(1, named=1), UnitFacts(2, named=15), UnitFacts(3, done=40)
    assert [one.facts.unit for one in rank_units([busy, town, street])] == [2, 1, 3]


def test_whoever_returned_it_twice_is_not_proposed_without_a_note() -> None:
    ranked = rank_units([UnitFacts(1, named=5, returned=2), UnitFacts(2, done=2)])
    assert [(one.facts.unit, one.is_noted) for one in ranked] == [(2, False), (1, True)]
    assert not rank_units([UnitFacts(1, named=5, returned=1)])[0].is_noted


def test_one_settled_case_is_chance() -> None:
    assert rank_units([UnitFacts(1, done=1)]) == []


@given(UNITS)
def test_the_order_they_are_read_in_says_nothing(known: list[UnitFacts]) -> None:
    assert rank_units(known) == rank_units(reversed(known))


@given(UNITS)
def test_nobody_with_a_note_stands_before_one_without(known: list[UnitFacts]) -> None:
    notes = [one.is_noted for one in rank_units(known, most=99)]
    assert notes == sorted(notes)


def test_the_nearest_comes_first_then_experience_then_the_lighter_load() -> None:
    far, near, old = PersonFacts(1, 2, done=9), PersonFacts(2, 0, open=8), PersonFacts(3, 0, done=3, open=9)
    assert [one.person for one in rank_people([far, near, old])] == [3, 2]
    assert [one.person for one in rank_people([PersonFacts(1, 0, open=3), PersonFacts(2, 0, open=1)])] == [2, 1]
