"""Rows that two orders of one window both have, as where a platform lists days beyond those it was asked for.

The orders of a split window share no day, so what is alike in two of them is counted twice. Only the time that two
files have in common is looked into: as a rule there is none, which the files' own statistics tell. Rows without a time,
and columns that not every platform gives, such as serial numbers, are left out of account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unique_analytics_mcp.analysis._engine import Engine, quoted
from unique_analytics_mcp.analysis.amounts import numbers
from unique_analytics_mcp.analysis.plans import REPORT, columns_sql
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType

_TIMES: Final = (ColumnKind.DATE, ColumnKind.TIMESTAMP)

_Span = tuple[int, int]
"""The first and the last moment, in microseconds."""


def doubled_rows(db: Engine, paths: Sequence[str], report: ReportType) -> int:
    """How many rows of each file another of them has too; of metrics none, for one value stands for a day's."""
    columns = _columns(db, paths, report) if len(paths) > 1 and not report.summary.metrics else []
    times = [column for column in columns if column.kind in _TIMES]
    in_common = _in_common([_span(db, path, times[0]) for path in paths]) if times else None
    if in_common is None:
        return 0
    alike = ", ".join(quoted(column.name) for column in columns)
    inside = f"{_moment(quoted(times[0].name))} BETWEEN $first AND $last"
    each = " UNION ALL ".join(
        f"(FROM {REPORT.replace('$report', f'$part_{place}')} SELECT DISTINCT {alike} WHERE {inside})"
        for place, _ in enumerate(paths)
    )
    found = db.ask(
        f"FROM (FROM ({each}) SELECT count(*) AS files GROUP BY {alike}) SELECT coalesce(sum(files - 1), 0)",
        first=in_common[0],
        last=in_common[1],
        **{f"part_{place}": [path] for place, path in enumerate(paths)},
    )
    return int(numbers(found[0])[0])


def _columns(db: Engine, paths: Sequence[str], report: ReportType) -> list[Column]:
    """The declared columns that all files have and every platform gives."""
    there = [{str(name) for name, *_ in db.ask(columns_sql(), report=[path])} for path in paths]
    return [each for each in report.columns if not each.optional and all(each.name in names for names in there)]


def _span(db: Engine, path: str, time: Column) -> _Span | None:
    """None for a file without any time."""
    at = quoted(time.name)
    ends = db.ask(f"FROM {REPORT} SELECT {_moment(f'min({at})')}, {_moment(f'max({at})')}", report=[path])
    match numbers(ends[0]):
        case [first, last]:
            return int(first), int(last)
        case _:
            return None


def _moment(time: str) -> str:
    return f"epoch_us(CAST({time} AS TIMESTAMPTZ))"


def _in_common(spans: Sequence[_Span | None]) -> _Span | None:
    """From the first to the last moment that some of these spans have in common; None for none."""
    first, *later = sorted(span for span in spans if span) or [(0, 0)]
    shared: list[_Span] = []
    end = first[1]
    for start, last in later:
        if start <= end:
            shared.append((start, min(end, last)))
        end = max(end, last)
    return (shared[0][0], max(last for _, last in shared)) if shared else None
