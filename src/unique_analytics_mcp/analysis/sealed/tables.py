"""The sealed engine: one connection whose only tables are reports, and the answers to statements over them.

The connection lives in memory with one thread and no temporary directory, reaches the Parquet files it was opened for
and nothing else, and its configuration is locked before the first statement of anybody. The page a caller wants is
taken outside the statement, in `FROM (statement) SELECT … LIMIT … OFFSET …`: the order of an inner ORDER BY is kept
(one thread, rows stay in their order), the engine computes no more than the page needs, and long cells are cut before
they leave it. What is checked is the very text that runs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, cast

from unique_analytics_mcp.analysis._engine import literal, quoted
from unique_analytics_mcp.analysis.casts import DECIMAL, SHORT_DECIMAL
from unique_analytics_mcp.analysis.parts import reach, typed_table
from unique_analytics_mcp.analysis.sealed.cells import cell, cell_sql
from unique_analytics_mcp.analysis.sealed.frames import written_bytes
from unique_analytics_mcp.analysis.sealed.gate import Refused, check, no_pivot, tables_hint
from unique_analytics_mcp.analysis.sealed.ties import without_ties
from unique_analytics_mcp.analysis.sealed.troubles import explained
from unique_analytics_mcp.domain.statement import Statement

if TYPE_CHECKING:
    import duckdb

    from unique_analytics_mcp.domain.summary import Cell

MEMORY_MB: Final = 512
"""What the engine may use by its own account; the child's address space is the limit that holds."""
STACKED: Final = "report"
ORDER_ID: Final = "order_id"

_MOST_COLUMNS: Final = 100
_MOST_BYTES: Final = 2**20
"""Of a page, as frames write it."""
_ROWS_AT_ONCE: Final = 50
_DEPTH: Final = 200
_SCAN: Final = "READ_PARQUET"
"""What the engine's plan calls the reading of a file."""
_PIVOT: Final = "MULTI"
"""What the engine's Python calls a statement that holds PIVOT."""


_Tree = dict[str, object]


class _Step(TypedDict):
    """A step of the engine's plan."""

    children: list[_Step]
    extra_info: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report's file, and the order it came from."""

    path: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A page of a statement's answer."""

    columns: list[str]
    types: list[str]
    rows: list[list[Cell]]
    more: bool
    statement: Statement


class Tables:
    """An open engine over some reports: `r1`, `r2`, … and, when they are of one type, `report`."""

    def __init__(self, reports: Sequence[Report], *, stack: bool) -> None:
        self._db = _sealed([report.path for report in reports])
        views = {f"r{number}": self._view_sql(report) for number, report in enumerate(reports, start=1)}
        for name, sql in views.items():
            self._db.execute(f"CREATE VIEW {name} AS {sql}")
        self.columns = {name: self._described(f"FROM {name}")[0] for name in views}
        if stack:
            self._stack(reports)
        self._db.execute("SET lock_configuration = true")

    def _view_sql(self, report: Report) -> str:
        """The report with all digits of its decimals, however it keeps them.

        With 18 the engine wants a product of 18 again, and beside longer ones it drops digits.
        """
        source = _read_sql(report)
        short = [name for name, kind in zip(*self._described(source), strict=True) if kind == SHORT_DECIMAL]
        return f"{source} SELECT *{_with(short, DECIMAL)}"

    def _stack(self, reports: Sequence[Report]) -> None:
        label = _free_name(ORDER_ID, self.columns)
        unlike = self._unlike()
        parts = (
            f"FROM {table} SELECT {literal(report.order_id)} AS {label}, *{_with(sorted(unlike & {*names}), 'VARCHAR')}"
            for (table, names), report in zip(self.columns.items(), reports, strict=True)
        )
        self._db.execute(f"CREATE VIEW {STACKED} AS {' UNION ALL BY NAME '.join(parts)}")
        self.columns = {STACKED: self._described(f"FROM {STACKED}")[0], **self.columns}

    def _unlike(self) -> set[str]:
        """Columns that are of different types in different tables, as inferred ones may be."""
        types: dict[str, str] = {}
        described = (pair for table in self.columns for pair in zip(*self._described(f"FROM {table}"), strict=True))
        return {name for name, kind in described if types.setdefault(name, kind) != kind}

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()

    def ask(self, sql: str, *, limit: int, offset: int) -> Rows:
        """At most `limit` rows of a statement's answer after the first `offset`.

        Raises:
            Refused: the statement may not run, or cannot.
            MemoryError: it needs more memory than there is.
        """
        import duckdb

        try:
            statement = self._one_statement(sql)
            tree = self._tree(f"FROM (\n{statement}\n) AS answer SELECT 0")
            named = check(tree, self.columns)
            columns, types = self._described(f"FROM (\n{statement}\n) AS answer")
            if len(columns) > _MOST_COLUMNS:
                raise Refused(f"The answer has {len(columns)} columns; {_MOST_COLUMNS} are allowed.", "Select fewer.")
            scanned = self._scanned(statement)
            ordered = without_ties(statement, tree, columns=len(columns), is_readable=self._is_readable)
            rows, more = self._page(ordered, types, limit=limit, offset=offset, between=named.goes_between)
        except (duckdb.OutOfMemoryException, duckdb.SerializationException) as error:
            raise MemoryError from error  # the second is said of a plan of a hundred megabytes
        except UnicodeDecodeError as error:  # the engine's own words end within a letter of the statement
            raise explained(duckdb.Error(error.object.decode(errors="replace")), self.columns) from error
        except duckdb.Error as error:
            raise explained(error, self.columns) from error
        known = frozenset(name for names in self.columns.values() for name in names)
        return Rows(
            columns=columns,
            types=types,
            rows=rows,
            more=more,
            statement=replace(named, columns_read=known & {*named.columns_read, *columns, *scanned}),
        )

    def _one_statement(self, sql: str) -> str:
        """The text of the only statement, without the semicolon behind it."""
        import duckdb

        statement = _without_last_semicolon(sql)
        found = self._db.extract_statements(statement)
        if len(found) != 1:
            raise Refused(f"This is not one statement but {len(found)}.", "Send exactly one SELECT.")
        if (kind := _kind(found[0])) == _PIVOT:
            raise no_pivot()
        if kind != duckdb.StatementType.SELECT.name:
            hint = f"Send exactly one SELECT. {tables_hint(self.columns)}"
            raise Refused(f"{kind} is not available here: reports are only read.", hint)
        return statement

    def _is_readable(self, sql: str) -> bool:
        import duckdb

        try:
            return len(self._db.extract_statements(sql)) == 1
        except duckdb.ParserException:
            return False

    def _tree(self, sql: str) -> object:
        if len(self._db.extract_statements(sql)) != 1:
            raise Refused("This is not one statement.", "Send exactly one SELECT.")
        found = self._db.execute("SELECT json_serialize_sql($sql::VARCHAR)", {"sql": sql}).fetchone()
        tree = cast("_Tree", _read(found))
        if tree.get("error"):
            raise Refused("Only SELECT is available here.", "Send exactly one SELECT.")
        return tree["statements"]

    def _scanned(self, statement: str) -> set[str]:
        """The columns that the engine reads for a statement, by its plan: no whole row and no new name hides one."""
        asked = f"{_unknown_rows(self.columns)} FROM (\n{statement}\n) AS answer"
        found = self._db.execute(f"EXPLAIN (FORMAT json) {asked}").fetchone()
        nodes = cast("list[_Step]", _read(found))
        columns: set[str] = set()
        while nodes:
            step = nodes.pop()
            nodes += step["children"]
            if step["extra_info"].get("Function") == _SCAN:
                projected = step["extra_info"].get("Projections", [])
                columns.update([projected] if isinstance(projected, str) else projected)
        return columns

    def _described(self, sql: str) -> tuple[list[str], list[str]]:
        """Names and types of the columns."""
        described = self._db.execute(f"{sql} LIMIT 0").description or []
        return [str(column[0]) for column in described], [str(column[1]) for column in described]

    def _page(
        self, statement: str, types: Sequence[str], *, limit: int, offset: int, between: bool
    ) -> tuple[list[list[Cell]], bool]:
        """The rows, as many as the limits of bytes allow, and whether there are more; `between` as of `cell`."""
        names = [f"c{place}" for place in range(len(types))]
        cells = ", ".join(cell_sql(name, kind) for name, kind in zip(names, types, strict=True))
        self._db.execute(
            f"FROM (\n{statement}\n) AS answer({', '.join(names)}) SELECT {cells} LIMIT {limit + 1} OFFSET {offset}"
        )
        rows: list[list[Cell]] = []
        room = _MOST_BYTES
        for record in self._fetched():
            row = [cell(value, kind, between=between) for value, kind in zip(record, types, strict=True)]
            room -= written_bytes(row)
            if len(rows) == limit or (rows and room < 0):
                return rows, True
            rows.append(row)
        return rows, False

    def _fetched(self) -> Iterator[Sequence[object]]:
        while records := self._db.fetchmany(_ROWS_AT_ONCE):
            yield from records


def _sealed(paths: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A connection that reaches these files only; its configuration is not locked yet."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": f"{MEMORY_MB}MB",
            "threads": 1,
            "async_threads": 0,
            "temp_directory": "",
            "max_temp_directory_size": "0B",
        },
    )
    reachable = [reached for path in paths for reached in reach(Path(path))]
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET max_expression_depth = {_DEPTH}")
    connection.execute("SET allowed_paths = ?", [reachable])
    connection.execute("SET enable_external_access = false")
    return connection


def _read(record: Sequence[object] | None) -> object:
    """The JSON that the engine wrote behind everything else in a record."""
    try:
        return json.loads(str(record[-1] if record else ""))
    except RecursionError:
        raise Refused("The statement is too deeply nested.", "Nest less.") from None


def _read_sql(report: Report) -> str:
    # By name, so that of all its files the widest type of a column counts.
    path = literal(typed_table(Path(report.path)))
    return f"FROM read_parquet({path}, hive_partitioning=false, union_by_name=true)"


def _with(names: Iterable[str], kind: str) -> str:
    """What stands behind a `*` so that these columns are of the kind."""
    casts = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name in names)
    return f" REPLACE ({casts})" if casts else ""


def _unknown_rows(tables: Collection[str]) -> str:
    """A WITH by which the engine must read the tables.

    Of whole tables it knows the largest value of a column and plans that instead of the reading.
    """
    return "WITH " + ", ".join(f"{name} AS NOT MATERIALIZED (FROM main.{name} WHERE random() >= 0)" for name in tables)


def _free_name(wanted: str, columns: Mapping[str, Sequence[str]]) -> str:
    """The wanted name, or one with strokes behind it that no table has as a column."""
    while any(wanted in names for names in columns.values()):
        wanted += "_"
    return quoted(wanted)


def _kind(statement: duckdb.Statement) -> str:
    """What kind of statement it is, as people call it; the engine knows kinds that its Python has no name for."""
    try:
        name = statement.type.name
    except ValueError:
        return "This kind of statement"
    return name.replace("_", " ")


def _without_last_semicolon(sql: str) -> str:
    """The text up to the semicolon that ends it; comments may follow that."""
    import duckdb

    try:
        text = sql.encode()
    except UnicodeEncodeError:
        raise Refused("The statement holds characters that are none.", "Send it as plain text.") from None
    end = len(text)
    for place, kind in reversed(duckdb.tokenize(sql)):
        if text[place : place + 1] == b";":
            end = place
        elif kind is not duckdb.token_type.comment:
            break
    return text[:end].decode()
