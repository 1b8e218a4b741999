"""A report's CSV, as hostile as it comes, into typed Parquet, with everything said that had to be mended.

Two ways lead to the same typed step. A file whose bytes are regular goes into the engine as it is, with strict
settings, piece by piece and even while it still arrives, and the engine's row count must agree with the count the bytes
gave. At any doubt the whole file is first rewritten by plain Python. Memory is constant in the size of the file either
way. Measurements: reference/performance.md, sections 2 and 5; docs/measurements.md.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from unique_analytics_mcp.analysis._engine import Engine, engine, literal_path, quoted, store_errors, workplace
from unique_analytics_mcp.analysis.casts import is_filled, typed
from unique_analytics_mcp.analysis.cutting import Piece, cutting
from unique_analytics_mcp.analysis.encoding import beginning, beginning_if_utf8, settle
from unique_analytics_mcp.analysis.headers import FileColumn, Header, read_header
from unique_analytics_mcp.analysis.inference import counts_sql, kind_of, zoneless_sql
from unique_analytics_mcp.analysis.parts import part_path, take_over
from unique_analytics_mcp.analysis.pieces import pieces_in
from unique_analytics_mcp.analysis.plans import REPORT
from unique_analytics_mcp.analysis.records import nul_remarks
from unique_analytics_mcp.analysis.repair import DELIMITER, rewrite
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.report import ColumnKind, ReportType
from unique_analytics_mcp.domain.sentences import counted
from unique_analytics_mcp.errors import ReportUnreadable

_TYPED: Final = "typed.parquet"
_USUAL_RECORD: Final = 2**20
_LONG_ON_AVERAGE: Final = 2**10
_MEMORY_MB: Final = 256
_MEMORY_OF_LONG_RECORDS_MB: Final = 1_024
_VECTOR: Final = 2_048
_INFERRED_AT_ONCE: Final = 40
"""Columns whose kinds one statement asks for: the engine plans one of a thousand columns for minutes."""
_LARGEST_ROW_GROUP: Final = 60 * _VECTOR
_ROW_GROUP_BYTES: Final = 8 * 2**20


def convert(csv_path: Path, parquet_path: Path, report: ReportType) -> Intake:
    """Read the CSV into a new typed table (`parts`), which appears whole or not at all, and say what was found.

    Rows keep the order of the file. Empty cells, those of text columns included, are NULL. For a while the disk may
    hold the CSV a second time.

    Raises:
        ReportUnreadable: what came is not a table: empty, HTML, JSON or without a header of this report.
        StoreError: a file cannot be read or written, for example because the disk is full.
    """
    with store_errors(), csv_path.open("rb") as file:
        intake = convert_arriving(file, parquet_path, report)
    if intake is not None:
        return intake
    with workplace(parquet_path) as folder:
        intake = _read_carefully(csv_path, folder, report)
        take_over(folder / _TYPED, parquet_path)
        return intake


def convert_arriving(file: BinaryIO, parquet_path: Path, report: ReportType) -> Intake | None:
    """The same of a file that may still arrive, whose reads wait for its bytes; None where only all of it will tell.

    Raises:
        ReportUnreadable: what came is not a table.
        StoreError: a file cannot be read or written, or no more bytes will come.
    """
    with workplace(parquet_path) as folder:
        intake = _read_regular(file, folder, report)
        if intake is not None:
            take_over(folder / _TYPED, parquet_path)
        return intake


def put_in_place(made: Path, parquet_path: Path) -> None:
    """Move a table that `convert_arriving` made to where it belongs.

    Raises:
        StoreError: the disk is broken; then there is no table.
    """
    with store_errors():
        take_over(made, parquet_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What the engine is to read."""

    paths: Sequence[Path]
    header: Header
    delimiter: str
    records: int
    """Those of the first table with the header; by a count that is not the engine's."""
    longest: int
    """No record is longer than this many bytes."""
    has_short_decimals: bool
    """Whether its decimals may all be short, which is tried; a longer one shows that they are not."""


def _read_regular(file: BinaryIO, folder: Path, report: ReportType) -> Intake | None:
    """What the engine reads of the file as it is; None when there is any doubt about it."""
    first_text = beginning_if_utf8(file)
    if first_text is None:
        return None
    header = read_header(first_text, report)
    parts: list[_Typed] = []
    try:
        with _engines(folder) as engine_for, cutting(file, header.delimiter, folder / "pieces") as cut:
            for batch in cut.batches(at_once=not header.is_declared):
                table = _table(batch, header, has_short_decimals=all(part.has_short_decimals for part in parts))
                parts.append(_write_typed(engine_for(table), table, part_path(folder / _TYPED, len(parts))))
                for piece in batch:
                    piece.path.unlink()
        seen = cut.seen
        if seen is None or seen.cells != seen.records * len(header.columns):
            return None
        return _intake(_together(parts, records=seen.records))
    except ReportUnreadable:
        return None


def _table(batch: Sequence[Piece], header: Header, *, has_short_decimals: bool) -> _Table:
    return _Table(
        paths=[piece.path for piece in batch],
        header=header,
        delimiter=header.delimiter,
        records=sum(piece.records for piece in batch),
        longest=max(piece.longest for piece in batch),
        has_short_decimals=has_short_decimals,
    )


def _read_carefully(csv_path: Path, folder: Path, report: ReportType) -> Intake:
    encoding = settle(csv_path)
    header = read_header(beginning(csv_path, encoding), report)
    width = len(header.columns)
    with pieces_in(folder / "pieces") as pieces:
        found = rewrite(csv_path, pieces, encoding=encoding, delimiter=header.delimiter, width=width)
    table = _Table(
        paths=pieces.paths,
        header=header,
        delimiter=DELIMITER,
        records=found.records,
        longest=found.longest,
        has_short_decimals=True,
    )
    with _engines(folder) as engine_for:
        written = _write_typed(engine_for(table), table, folder / _TYPED)
    return _intake(
        _together([written], records=found.records),
        rejected=found.rejected,
        rejected_records=found.rejected_records,
        remarks=(*encoding.remarks, *nul_remarks(found.nul_characters)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    """What the typed step gave of one part, or of all together."""

    header: Header
    """With the kinds that undeclared columns turned out to be of."""
    rows: int
    unreadable: Mapping[str, int]
    has_short_decimals: bool


def _together(parts: Sequence[_Typed], *, records: int) -> _Typed:
    """All parts of a file, which holds so many records, the header included.

    Raises:
        ReportUnreadable: the engine counted others.
    """
    rows = sum(part.rows for part in parts)
    if rows != records - 1:
        raise ReportUnreadable(
            "The report cannot be read: two ways of counting its rows disagree.",
            hint="Read the report's CSV page by page to see what it holds.",
        )
    header = parts[0].header
    lost = {column.name: sum(part.unreadable.get(column.name, 0) for part in parts) for column in header.columns}
    return _Typed(
        header=header,
        rows=rows,
        unreadable={name: count for name, count in lost.items() if count},
        has_short_decimals=all(part.has_short_decimals for part in parts),
    )


@contextmanager
def _engines(folder: Path) -> Generator[Callable[[_Table], Engine]]:
    """Gives the engine that reads a table in the folder: the usual one, or one for long records."""
    with ExitStack() as opened:

        @cache
        def with_memory(memory_mb: int) -> Engine:
            return opened.enter_context(engine(folder=folder, memory_mb=memory_mb))

        yield lambda table: with_memory(_memory_mb(table))


def _write_typed(db: Engine, table: _Table, target: Path) -> _Typed:
    """Write a Parquet file and count what it could not hold.

    Raises:
        ReportUnreadable: the engine refuses what it is to read.
    """
    table = _inferred(db, table)
    written = _write_as(db, table, target)
    if not (table.has_short_decimals and _lost_decimals(written)):
        return written
    return _write_as(db, replace(table, has_short_decimals=False), target)


def _write_as(db: Engine, table: _Table, target: Path) -> _Typed:
    db.ask(_copy_sql(table), source=_source(table), target=str(target))
    rows, *values = _count_values(db, target, _typed_columns(table))
    unreadable = _count_unreadable(db, table, values) if any(count < rows for count in values) else {}
    return _Typed(header=table.header, rows=rows, unreadable=unreadable, has_short_decimals=table.has_short_decimals)


def _lost_decimals(written: _Typed) -> bool:
    columns = written.header.columns
    return any(column.kind is ColumnKind.DECIMAL and column.name in written.unreadable for column in columns)


def _inferred(db: Engine, table: _Table) -> _Table:
    """The table with the kinds of undeclared columns; looks through the file for each few of them."""
    columns = table.header.columns
    undeclared = [place for place, column in enumerate(columns) if not column.is_declared]
    kinds: dict[int, ColumnKind] = {}
    for first in range(0, len(undeclared), _INFERRED_AT_ONCE):
        kinds |= _kinds_of(db, table, undeclared[first : first + _INFERRED_AT_ONCE])
    known = (replace(column, kind=kinds.get(place, column.kind)) for place, column in enumerate(columns))
    moments = [place for place, kind in kinds.items() if kind is ColumnKind.TIMESTAMP]
    remarks = (*table.header.remarks, *_zoneless(db, table, moments))
    return replace(table, header=replace(table.header, columns=tuple(known), remarks=remarks))


def _zoneless(db: Engine, table: _Table, places: Sequence[int]) -> Iterator[str]:
    """Of which columns nobody knows in what zone their moments are."""
    for place in places:
        sql = f"FROM {_source_sql(table)} SELECT {zoneless_sql(_raw(place))}"
        (count,) = _integers(db.ask(sql, source=_source(table)))
        if count:
            names, are = ("names", "is") if count == 1 else ("name", "are")
            moments = f"{counted(count, 'moment')} of {table.header.columns[place].name}"
            yield f"{moments} {names} no zone and {are} taken as UTC."


def _kinds_of(db: Engine, table: _Table, places: Sequence[int]) -> Mapping[int, ColumnKind]:
    counts = [counts_sql(_raw(place)) for place in places]
    asked = ", ".join(count for each in counts for count in each)
    found = iter(_integers(db.ask(f"FROM {_source_sql(table)} SELECT {asked}", source=_source(table))))
    return {
        place: kind_of(table.header.columns[place].name, [next(found) for _ in each])
        for place, each in zip(places, counts, strict=True)
    }


def _typed_columns(table: _Table) -> list[tuple[str, FileColumn]]:
    """Of each column that is not text: its name in the raw table, and the column."""
    return [
        (_raw(place), column) for place, column in enumerate(table.header.columns) if column.kind is not ColumnKind.TEXT
    ]


def _raw(place: int) -> str:
    return quoted(f"c{place}")


def _count_values(db: Engine, parquet: Path, columns: Sequence[tuple[str, FileColumn]]) -> list[int]:
    """The number of rows, then of values in each column."""
    counts = ", ".join(["count(*)", *(f"count({quoted(column.name)})" for _, column in columns)])
    return _integers(db.ask(f"FROM {REPORT} SELECT {counts}", report=literal_path(parquet)))


def _count_unreadable(db: Engine, table: _Table, values: Sequence[int]) -> dict[str, int]:
    columns = _typed_columns(table)
    counts = ", ".join(f"count(*) FILTER (WHERE {is_filled(raw)})" for raw, _ in columns)
    filled = _integers(db.ask(f"FROM {_source_sql(table)} SELECT {counts}", source=_source(table)))
    lost = {column.name: full - read for (_, column), full, read in zip(columns, filled, values, strict=True)}
    return {name: count for name, count in lost.items() if count}


def _integers(rows: Sequence[Sequence[object]]) -> list[int]:
    return [cell for row in rows for cell in row if isinstance(cell, int)]


def _copy_sql(table: _Table) -> str:
    columns = ", ".join(
        f"{typed(_raw(place), column.kind, short_decimals=table.has_short_decimals)} AS {quoted(column.name)}"
        for place, column in enumerate(table.header.columns)
    )
    return (
        f"COPY (FROM {_source_sql(table)} SELECT {columns}) TO $target "
        f"(FORMAT parquet, COMPRESSION {_compression(table)}, WRITE_BLOOM_FILTER false, "
        f"ROW_GROUP_SIZE {_row_group_size(table)})"
    )


def _source(table: _Table) -> list[str]:
    return [literal_path(path) for path in table.paths]


def _source_sql(table: _Table) -> str:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(table.header.columns)))
    longest = max(table.longest, _USUAL_RECORD)
    return (
        f"read_csv($source, auto_detect=false, header=true, columns={{{columns}}}, delim='{table.delimiter}', "
        "quote='\"', escape='\"', comment='', nullstr='', allow_quoted_nulls=true, compression='none', "
        "encoding='utf-8', strict_mode=true, null_padding=false, ignore_errors=false, hive_partitioning=false, "
        f"parallel=false, max_line_size={longest}, buffer_size={2 * longest})"
    )


def _row_group_size(table: _Table) -> int:
    """Rows per group, so that a group of long texts takes no more memory than one of numbers."""
    rows = _ROW_GROUP_BYTES // _bytes_per_record(table) // _VECTOR * _VECTOR
    return min(max(rows, _VECTOR), _LARGEST_ROW_GROUP)


def _compression(table: _Table) -> str:
    # Dictionaries pack short values already: compressing them too takes more time than the room is worth.
    return "snappy" if _bytes_per_record(table) >= _LONG_ON_AVERAGE else "uncompressed"


def _bytes_per_record(table: _Table) -> int:
    size = sum(path.stat().st_size for path in table.paths)
    return max(size // max(table.records, 1), 1)


def _memory_mb(table: _Table) -> int:
    # With less than `_MEMORY_MB` the engine lets one thread alone write the rows, which takes twice the time.
    return _MEMORY_MB if table.longest <= _USUAL_RECORD else _MEMORY_OF_LONG_RECORDS_MB


def _intake(
    result: _Typed,
    *,
    rejected: int = 0,
    rejected_records: tuple[int, ...] = (),
    remarks: tuple[str, ...] = (),
) -> Intake:
    header = result.header
    return Intake(
        rows=result.rows,
        rejected_rows=rejected,
        rejected_records=rejected_records,
        columns=tuple((column.header, column.name, column.kind.value) for column in header.columns),
        columns_missing=header.missing,
        columns_unknown=header.unknown,
        unreadable_cells=result.unreadable,
        remarks=(*header.remarks, *remarks),
        columns_inferred=tuple(column.name for column in header.columns if not column.is_declared),
    )
