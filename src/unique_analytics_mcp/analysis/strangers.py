"""Whether the people of one order can be recognised in another.

A platform that pseudonymises may give each person a new name with every export. No setting of it can be asked for, so
the files are looked at: people named by mail address are the same people everywhere; without addresses a column
counts as stable only when it names at least one person in two files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unique_analytics_mcp.analysis import plans
from unique_analytics_mcp.analysis._engine import Engine
from unique_analytics_mcp.analysis.amounts import numbers
from unique_analytics_mcp.analysis.phrases import Phrases
from unique_analytics_mcp.domain.measures import SummaryPlan
from unique_analytics_mcp.domain.people import NOBODY
from unique_analytics_mcp.domain.report import Column


def strangers(db: Engine, paths: Sequence[str], say: Phrases) -> tuple[str, ...]:
    """The personal columns of the plan whose people cannot be matched between the files; none for a single file."""
    columns = tuple(column.name for column in _personal(say))
    if len(paths) == 1 or not columns:
        return ()
    if say.plan.people:
        return () if _has_addresses(db, paths, say) else columns
    return tuple(column for column in columns if not _is_shared(db, paths, column))


def nameless(db: Engine, paths: Sequence[str], say: Phrases) -> dict[Column, int]:
    """The columns by which people are counted or grouped and that name nobody in some rows, with these rows' number."""
    columns = _personal(say)
    if not columns:
        return {}
    sql = plans.nobody_sql(say, [column.name for column in columns])
    rows = numbers(db.ask(sql, report=list(paths), nobody=NOBODY)[0])
    return {column: int(count) for column, count in zip(columns, rows, strict=True) if count}


def uncounted(plan: SummaryPlan, nobody: Iterable[Column]) -> set[str]:
    """Names of the measures that count as one all whom nothing names, which `nameless` says: no sentence has them."""
    unnamed = {column.name for column in nobody}
    return {each.name for each in plan.measures.values() if each.how == "distinct" and each.column in unnamed}


def _personal(say: Phrases) -> list[Column]:
    """The columns that identify people and are counted or grouped by."""
    counted = {measure.column for measure in say.plan.measures.values() if measure.how == "distinct"}
    grouped = {name for ranking in say.plan.rankings for name in ranking.by}
    return [column for column in say.report.columns if column.personal and column.name in counted | grouped]


def _has_addresses(db: Engine, paths: Sequence[str], say: Phrases) -> bool:
    """True when in every file at least half of those who have a name are named by a mail address."""
    sql = plans.people_sql(say, say.plan.people)
    counts = (numbers(db.ask(sql, report=[path], nobody=NOBODY)[0]) for path in paths)
    return all(2 * without_address <= people for people, without_address, _ in counts)


def _is_shared(db: Engine, paths: Sequence[str], column: str) -> bool:
    """True when somebody is in two files, or when there is nobody to be taken for somebody else."""
    each = [_named(db, [path], column) for path in paths]
    return _named(db, paths, column) < sum(each) or max(each) == sum(each)


def _named(db: Engine, paths: Sequence[str], column: str) -> int:
    return int(numbers(db.ask(plans.named_sql(column), report=list(paths), nobody=NOBODY)[0])[0])
