"""Finding the first groups of a ranking first changes nothing but the time it takes."""

from collections.abc import Iterator, Sequence

import pytest

from unique_analytics_mcp.analysis._engine import Engine, engine
from unique_analytics_mcp.analysis.leaders import leaders_sql

VISITS = """(VALUES ('zoe', 'Legal', 3, 1), ('zoe', 'Legal', 2, 1), ('zoe', NULL, 5, 2), ('ben', NULL, 5, 1),
(NULL, 'Legal', 5, 3), (NULL, NULL, 9, 1), (NULL, NULL, 1, 2), ('eve', 'Tax', 1, 1))
AS visits(person, space, times, day)"""
MEASURES = ["sum(times)", "count(DISTINCT day)", "count(DISTINCT space)"]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all claims: it holds no rows, and its settings are locked."""
    with engine(folder=tmp_path_factory.mktemp("leaders")) as opened:
        yield opened


def ranked(
    db: Engine, *keys: str, limit: int, where: str, order: str, later: Sequence[int]
) -> list[tuple[object, ...]]:
    sql = leaders_sql(VISITS, keys, MEASURES, where=where, order=order, later=later)
    return db.ask(sql, limit=limit)


@pytest.mark.parametrize("order", ["DESC", "ASC"])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize(
    ("keys", "where"),
    [
        pytest.param(("person",), "true", id="people, one of them without a name"),
        pytest.param(("person", "space"), "true", id="pairs, with ties at every cut"),
        pytest.param(("upper(person)",), "true", id="by an expression"),
        pytest.param(("person",), "times < 5", id="of some rows"),
        pytest.param(("person",), "times > 9", id="of no rows"),
    ],
)
def test_two_steps_give_what_one_gives(db: Engine, keys: tuple[str, ...], where: str, limit: int, order: str) -> None:
    one, two = (ranked(db, *keys, limit=limit, where=where, order=order, later=later) for later in ((), (1, 2)))
    assert one == two


def test_a_record_is_the_group_its_measures_and_the_number_of_all_groups(db: Engine) -> None:
    found = ranked(db, "person", "space", limit=2, where="true", order="DESC", later=[1, 2])
    assert found == [(None, None, 10, 2, 0, 6), ("ben", None, 5, 1, 0, 6)]
