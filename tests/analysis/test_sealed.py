"""Other people's SQL that reads the reports works, and says what plain Python says.

Statements run in the sealed engine of this process, where they take a millisecond.
"""

import re
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from analysis.reading import column, report_type
from analysis.usage import COLUMNS, NOVEMBER, OCTOBER, by_python, rows_of
from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.parts import part_path
from unique_analytics_mcp.analysis.sealed.dialects import INSTEAD
from unique_analytics_mcp.analysis.sealed.gate import Refused
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables
from unique_analytics_mcp.domain.headers import RESERVED, as_written
from unique_analytics_mcp.domain.report import ColumnKind

pytestmark = pytest.mark.thorough


def test_a_ranking_equals_plain_python(tables: Tables) -> None:
    counts = Counter[str]()
    for row in by_python(OCTOBER, NOVEMBER):
        counts[row["Email"]] += int(row["Count"])
    found = rows_of(tables, "SELECT email, sum(count) AS n FROM report GROUP BY email ORDER BY n DESC, email")
    assert found == [[person, n] for person, n in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]


def test_decimals_are_added_exactly_and_shown_without_trailing_zeros(tables: Tables) -> None:
    exact = sum(Decimal(row["Cost"] or 0) for row in by_python(OCTOBER))
    page = tables.ask("SELECT sum(cost), max(cost), min(moment), max(moment), min(date) FROM r1", limit=1, offset=0)
    assert page.rows == [["1", "0.7", "2026-10-05T08:00:00+00:00", "2026-10-06T10:00:00+00:00", "2026-10-05"]]
    assert Decimal(str(page.rows[0][0])) == exact
    assert page.types == [*["DECIMAL(38,24)"] * 2, *["TIMESTAMP WITH TIME ZONE"] * 2, "DATE"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("max(cost) * 1000000", "12500000"), ("max(cost * 0.92 * 1.081 * 1.5)", "18.6472500")],
    ids=["by the million", "at several rates"],
)
def test_prices_may_be_multiplied(tmp_path: Path, asked: str, found: str) -> None:
    source, report = tmp_path / "prices.csv", Report(str(tmp_path / "prices.parquet"), "order")
    source.write_text("Cost\n12.5\n")
    intake.convert(source, Path(report.path), report_type(column("Cost", ColumnKind.DECIMAL)))
    opened = Tables([report], stack=True)
    assert Decimal(str(rows_of(opened, f"SELECT {asked} FROM report")[0][0])) == Decimal(found)
    opened.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("quantile_cont(cost, 0.9)", "0.01414707"),
        ("[quantile_cont(cost, 0.9), NULL, 0]", "[0.01414707, NULL, 0]"),
        ("percentile_cont(0.9) WITHIN GROUP (ORDER BY cost)", "0.01414707"),
        ("mad(cost)", "0.004395"),
        ("list_aggregate(list(cost), 'median')", "0.00833"),
        ("(SELECT median(cost) FROM r1) AS m", "0.00833"),
        ("quantile_cont(cost + 12345678901234, 0.9)", "12345678901234"),
    ],
)
def test_what_lies_between_prices_has_no_digits_of_the_engines_floating_point(
    tmp_path: Path, asked: str, found: str
) -> None:
    source, report = tmp_path / "prices.csv", Report(str(tmp_path / "prices.parquet"), "order")
    source.write_text("Cost\n0.00206\n0.00581\n0.01085\n0.0155601\n")
    intake.convert(source, Path(report.path), report_type(column("Cost", ColumnKind.DECIMAL)))
    opened = Tables([report], stack=True)
    exact = ("12345678901234.034280", "12345678901234.03428")
    assert rows_of(opened, f"SELECT {asked}, {exact[0]} + min(cost) - min(cost) FROM report") == [[found, exact[1]]]
    opened.close()


@pytest.mark.parametrize(
    "asked",
    [
        "MEDIAN(cost)",
        "list_median(list(cost))",
        "list_aggregate(list(cost), 'Median')",
        "approx_quantile(cost, 0.5)",
        "* FROM (SELECT fill(if(i = 2, NULL, cost)) OVER (ORDER BY i) AS c",
    ],
)
def test_the_middle_of_two_prices_has_no_digits_of_the_engines_floating_point(asked: str, tables: Tables) -> None:
    prices = "FROM (VALUES (1, 0.1::DECIMAL(38, 24)), (2, NULL), (3, 0.2)) prices(i, cost)"
    ending = ") WHERE c BETWEEN 0.12 AND 0.18" if asked.startswith("*") else ""
    assert rows_of(tables, f"SELECT {asked} {prices}{ending}") == [["0.15"]]


@pytest.mark.usefixtures("as_if_large")
def test_decimals_are_added_exactly_over_parts_and_reports_with_other_numbers_of_digits(tmp_path: Path) -> None:
    costs = [["0.5"] * 200 + ["12345678.000000000000000001"] + ["0.25"] * 200, ["0.125"]]
    reports = [Report(str(tmp_path / f"{order}.parquet"), order) for order in ("long", "short")]
    for report, cells in zip(reports, costs, strict=True):
        source = tmp_path / f"{report.order_id}.csv"
        source.write_text("\n".join(["Cost", *cells, ""]))
        intake.convert(source, Path(report.path), report_type(column("Cost", ColumnKind.DECIMAL)))
    opened = Tables(reports, stack=True)
    together = "(SELECT sum(cost) AS cost FROM r2 UNION ALL SELECT sum(cost) FROM r1)"
    every = [*costs[0], *costs[1]]
    for table, cells in (("r1", costs[0]), ("r2", costs[1]), ("report", every), (together, every)):
        assert rows_of(opened, f"SELECT sum(cost) FROM {table}") == [[str(sum(map(Decimal, cells)))]]
    opened.close()


def test_stacked_rows_say_which_order_they_come_from(tables: Tables) -> None:
    assert tables.columns == {"report": ["order_id", *COLUMNS], "r1": COLUMNS, "r2": COLUMNS}
    found = rows_of(tables, "SELECT order_id, count(*) FROM report GROUP BY ALL ORDER BY ALL")
    assert found == [["order_1", 4], ["order_2", 2]]


LEGITIMATE = {
    "star": ("FROM r2 SELECT email", [["ada.muster@nordwind.example"], ["dora.dummy@nordwind.example"]]),
    "join of two reports": (
        "SELECT a.email, sum(a.count), any_value(b.count) FROM r1 a JOIN r2 b USING (email) GROUP BY 1",
        [["ada.muster@nordwind.example", 10, 5]],
    ),
    "new people": (
        "SELECT email FROM r2 ANTI JOIN r1 USING (email)", [["dora.dummy@nordwind.example"]],
    ),
    "window function": (
        "SELECT count, sum(count) OVER (ORDER BY date, count ROWS UNBOUNDED PRECEDING) FROM r1 ORDER BY date, count",
        [[2, 2], [7, 9], [3, 12], [3, 15]],
    ),
    "rank with qualify": (
        "SELECT count FROM r1 QUALIFY row_number() OVER (PARTITION BY assistant ORDER BY count DESC) = 1 ORDER BY 1",
        [[3], [7]],
    ),
    "with": (
        (
            "WITH days AS (SELECT date, sum(count) AS n FROM report GROUP BY date), best AS (SELECT max(n) AS n FROM "
            "days) SELECT date, days.n FROM days, best WHERE days.n = best.n"
        ),
        [["2026-10-05", 9]],
    ),
    "recursive with": (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t", [[1], [2], [3]],
    ),
    "recursive with in other letters": (
        "WITH RECURSIVE Ns(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM NS WHERE n < 2) FROM ns", [[1], [2]],
    ),
    "days without rows": (
        ("SELECT d::DATE AS day, coalesce(sum(count), 0) FROM range(DATE '2026-10-05', DATE '2026-10-08', "
        "INTERVAL 1 DAY) t(d) LEFT JOIN r1 ON r1.date = d::DATE GROUP BY day ORDER BY day"),
        [["2026-10-05", 9], ["2026-10-06", 3], ["2026-10-07", 0]],
    ),
    "dates": (
        ("SELECT dayname(date), strftime(date, '%G-W%V'), date_trunc('month', date)::DATE, datediff('day', date, DATE "
        "'2026-11-01'), extract(hour FROM moment) FROM r1 LIMIT 1"),
        [["Monday", "2026-W41", "2026-10-01", 27, 8]],
    ),
    "case and regexp": (
        ("SELECT CASE WHEN count >= 5 THEN 'many' ELSE 'few' END AS how, count(*) FILTER (WHERE assistant LIKE 'L%'), "
        "string_agg(regexp_extract(email, '^[a-z]+'), ', ' ORDER BY email) FROM r1 GROUP BY 1 ORDER BY 1"),
        [["few", 1, "ada, ben, cleo"], ["many", 1, "ada"]],
    ),
    "set operation": ("SELECT email FROM r1 INTERSECT SELECT email FROM r2", [["ada.muster@nordwind.example"]]),
    "subqueries": (
        ("SELECT email, (SELECT count(*) FROM r2 WHERE r2.email = r1.email) FROM r1 WHERE email IN (SELECT email FROM "
        "r2) AND EXISTS (SELECT 1) AND count BETWEEN 4 AND 9"),
        [["ada.muster@nordwind.example", 1]],
    ),
    "rollup": (
        "SELECT assistant, sum(count) FROM r1 GROUP BY ROLLUP (assistant) HAVING sum(count) > 6 ORDER BY 2",
        [["Legal Helper", 9], [None, 15]],
    ),
    "part of an order": ("SELECT count FROM r1 ORDER BY count ASC, email COLLATE NOCASE LIMIT 50%", [[2], [3]]),
    "values": ("SELECT * FROM (VALUES (1, 'a')) t(x, y)", [[1, "a"]]),
    "lists": ("SELECT list_sum(list(count)), list_transform([1, 2], lambda x: x + 1) FROM r2", [[9, "[2, 3]"]]),
    "functions over lists by name": ("SELECT list_aggregate([1, 2], 'sum'), [3].list_aggregate('MAX')", [[3, 3]]),
    "lists and maps made longer": (
        "SELECT list_append([1], 2), list_prepend(0, [1]), map_contains(map_concat(MAP {'a': 1}, MAP {'b': 2}), 'b')",
        [["[1, 2]", "[0, 1]", True]],
    ),
    "lists compared": (
        "SELECT array_has_any([1, 2], [2, 3]), array_has_all([1, 2], [2, 3]), array_unique([1, 1, 2])",
        [[True, False, 2]],
    ),
    "names of files and texts that are nearly alike": (
        (
            "SELECT parse_filename('a/b.pdf', true), damerau_levenshtein('ab', 'ba'), hamming('ab', 'aa'), "
            "overlay('abc' PLACING 'x' FROM 2 FOR 1), nfc_normalize('u' || chr(776))"
        ),
        [["b", 1, 1, "axc", "ü"]],
    ),
    "gaps filled": (
        "SELECT fill(n) OVER (ORDER BY i) FROM (VALUES (1, 2.0::DOUBLE), (2, NULL), (3, 4.0)) t(i, n) ORDER BY i",
        [[2.0], [3.0], [4.0]],
    ),
    "moments of parts": (
        "SELECT make_timestamptz(2026, 10, 5, 8, 0, 0), epoch_us(TIMESTAMP '1970-01-01 00:00:01')",
        [["2026-10-05T08:00:00+00:00", 1000000]],
    ),
    "median and quantile": ("SELECT median(count), quantile_cont(count, 0.5) FROM r1", [[3.0, 3.0]]),
    "sums and shares of what has no exact double": (
        "SELECT 0.1::DOUBLE + 0.2, 0.1::FLOAT, 1::DOUBLE / 3, -2::DOUBLE / 3, 9007199254740991::DOUBLE, 1e300::DOUBLE",
        [[0.3, 0.1, 0.333333333333333, -0.666666666666667, 9007199254740991.0, 1e300]],
    ),
    "exact digits of decimals": (
        "SELECT sum(x), [max(x), 2.500] FROM (SELECT 0.014147100000000000818432::DECIMAL(38, 24) AS x)",
        [["0.014147100000000000818432", "[0.014147100000000000818432, 2.5]"]],
    ),
    "quoted identifiers": ('SELECT "r1"."count" AS "how; many" FROM "r1" LIMIT 1', [[7]]),
    "comments and a semicolon": ("/* x; */ SELECT 1 -- one;\n ; -- done", [[1]]),
    "upper case": ("SELECT COUNT(*) FROM REPORT", [[6]]),
    "nothing found": ("SELECT email FROM r1 WHERE count > 100", []),
    "decimals without places": ("SELECT 100::DECIMAL(18, 0), 250.500::DECIMAL(18, 3)", [["100", "250.5"]]),
    "as many columns as there may be": (f"SELECT {', '.join(['1'] * 100)}", [[1] * 100]),
    "not a number": ("SELECT 'nan'::DOUBLE, true, NULL, 170141183460469231731687303715884105727::HUGEINT",
                     [["nan", True, None, 2**127 - 1]]),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGITIMATE)
def test_a_reading_statement_is_answered(name: str, tables: Tables) -> None:
    sql, expected = LEGITIMATE[name]
    assert rows_of(tables, sql) == expected


VALUES = ("DATE '2026-10-05'", "TIMESTAMP '2026-10-05 08:00:00'", "2", "'2026-10-05'", "'05.10.2026'", "true")


def runs(tables: Tables, asked: str) -> bool:
    """True where a statement that holds what is asked is answered for values of some kind."""
    for value in VALUES:
        row = ", ".join(f"{value} AS {name}" for name in ("x", "y", "z", "a", "b", "text", "part"))
        sql = f"SELECT 1 {asked}" if asked.startswith("FROM") else f"SELECT {asked} FROM (SELECT {row})"
        with suppress(Refused):
            tables.ask(sql, limit=1, offset=0)
            return True
    return False


def test_a_column_of_any_name_is_read_as_answers_write_it(tmp_path: Path) -> None:
    path = tmp_path / "report.parquet"
    with duckdb.connect() as db:
        words = [str(word) for (word,) in db.execute("SELECT DISTINCT keyword_name FROM duckdb_keywords()").fetchall()]
        names = [*words, "email", "größe", "2nd_login"]
        columns = ", ".join(f'7 AS "{name}"' for name in names)
        db.execute(f"COPY (SELECT {columns}) TO '{path}'")
    opened = Tables([Report(str(path), "a")], stack=False)
    try:
        rows = {name: rows_of(opened, f"SELECT {as_written(name)} FROM r1", limit=1) for name in names}
    finally:
        opened.close()
    assert set(words) > RESERVED
    assert [name for name, found in rows.items() if found != [[7]]] == []


@pytest.mark.parametrize("advice", sorted(set(INSTEAD.values())))
def test_what_is_advised_instead_of_another_databases_function_runs(advice: str, tables: Tables) -> None:
    ways = [way for way in re.split(r" for \w+(?:, )?|, or ", advice) if way]
    assert [way for way in ways if not runs(tables, way)] == []


def test_pages_keep_the_order_of_the_statement_and_prove_that_there_is_more(tables: Tables) -> None:
    sql = "SELECT i FROM range(10) t(i) ORDER BY i DESC"
    first, last = tables.ask(sql, limit=4, offset=0), tables.ask(sql, limit=4, offset=6)
    assert ([row[0] for row in first.rows], first.more) == ([9, 8, 7, 6], True)
    assert ([row[0] for row in last.rows], last.more) == ([3, 2, 1, 0], False)


def test_every_page_together_is_the_whole_answer(tables: Tables) -> None:
    sql = "SELECT i, i % 7 AS k FROM range(100) t(i) ORDER BY k DESC, i"
    pages = [rows_of(tables, sql, limit=9, offset=offset) for offset in range(0, 108, 9)]
    assert [row for page in pages for row in page] == rows_of(tables, sql, limit=200)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT i, k FROM equals ORDER BY k",
        "SELECT * FROM equals ORDER BY k DESC NULLS LAST -- largest first",
        "WITH e AS (FROM equals) SELECT i, k FROM e ORDER BY k;",
        "SELECT i, count(*) AS n FROM equals GROUP BY i ORDER BY n",
        "SELECT i FROM equals UNION ALL SELECT i + 5000 FROM equals ORDER BY i % 3",
        "SELECT i, rank() OVER (ORDER BY k) AS place FROM equals ORDER BY place",
        "SELECT i, k FROM equals ORDER BY k LIMIT 1999 + 1",
        "SELECT i, k FROM equals ORDER BY ALL",
        "(SELECT i, k FROM equals ORDER BY k, i)",
        "((SELECT i, k FROM equals ORDER BY k) -- in brackets\n)",
        "(SELECT i, k FROM equals UNION ALL SELECT i + 5000, k FROM equals ORDER BY k)",
        "SELECT * FROM (SELECT i, k FROM equals ORDER BY k) -- within",
        "WITH e AS (SELECT i, k FROM equals ORDER BY k) SELECT i FROM e WHERE k < 5",
        "WITH e AS (SELECT i, k FROM equals ORDER BY k), f AS (FROM e) FROM f LIMIT 1999 + 1",
        "WITH pages AS (FROM equals ORDER BY k) SELECT * FROM pages",
        "SELECT i FROM equals",
    ],
)
def test_pages_of_rows_that_the_order_does_not_part_hold_each_row_once(sql: str, tmp_path: Path) -> None:
    path = tmp_path / "equals.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT i, i % 3 AS k FROM range(2000) t(i)) TO '{path}'")
    opened = Tables([Report(str(path), "a")], stack=False)
    try:
        whole = sql.replace("equals", "r1")
        size = 4_000 if "UNION" in sql else 2_000
        pages = [rows_of(opened, whole, limit=300, offset=offset) for offset in range(0, size, 300)]
    finally:
        opened.close()
    assert len({row[0] for page in pages for row in page}) == size


@pytest.mark.parametrize("sql", ["({})", "SELECT * FROM ({})", "WITH e AS ({}) SELECT * FROM e"])
def test_an_order_within_a_statement_orders_its_pages(sql: str, tables: Tables) -> None:
    ordered = sql.format("SELECT i, i % 7 AS k FROM range(100) t(i) ORDER BY k DESC")
    pages = [rows_of(tables, ordered, limit=9, offset=offset) for offset in range(0, 108, 9)]
    assert [row[1] for page in pages for row in page] == sorted((i % 7 for i in range(100)), reverse=True)


def test_equals_come_in_the_order_of_their_columns(tables: Tables) -> None:
    found = rows_of(tables, "SELECT i, i % 2 AS k FROM (SELECT 6 - i AS i FROM range(6) t(i)) ORDER BY k", limit=6)
    assert found == [[2, 0], [4, 0], [6, 0], [1, 1], [3, 1], [5, 1]]


def test_long_cells_and_large_answers_are_cut_before_they_leave(tables: Tables) -> None:
    page = tables.ask("SELECT repeat('é', 1000000), i FROM range(10) t(i)", limit=10, offset=0)
    assert {len(str(row[0])) for row in page.rows} == {2_000}
    large = tables.ask("SELECT repeat('x', 2000) FROM range(5000)", limit=5_000, offset=0)
    assert (500 < len(large.rows) < 1_000, large.more) == (True, True)
    wide = tables.ask(f"SELECT {', '.join(['repeat(chr(1), 2000)'] * 100)} FROM range(2)", limit=2, offset=0)
    assert (len(wide.rows), wide.more) == (1, True)


MOMENTS = {
    "a day in a zone": ("DATE '2026-10-05' AT TIME ZONE 'Europe/Zurich'", "2026-10-04T22:00:00+00:00"),
    "a moment in a zone": ("moment AT TIME ZONE 'Europe/Zurich'", "2026-10-05T10:00:00"),
    "nanoseconds": ("TIMESTAMP_NS '2026-10-05 08:00:00.5'", "2026-10-05T08:00:00.5"),
    "milliseconds": ("TIMESTAMP_MS '2026-10-05 08:00:00.5'", "2026-10-05T08:00:00.5"),
    "seconds": ("TIMESTAMP_S '2026-10-05 08:00:00'", "2026-10-05T08:00:00"),
    "no end": ("TIMESTAMPTZ 'infinity'", "infinity"),
}


@pytest.mark.parametrize(("sql", "written"), MOMENTS.values(), ids=MOMENTS)
def test_moments_of_every_kind_are_written_by_iso_8601(sql: str, written: str, tables: Tables) -> None:
    assert rows_of(tables, f"SELECT {sql} FROM r1 ORDER BY moment LIMIT 1") == [[written]]


EVERY_COLUMN = {*COLUMNS}
READ = {
    "in a condition": ("SELECT count(*) FROM r1 WHERE Email LIKE 'a%'", {"email"}),
    "by another name": ("WITH x AS (SELECT r1.cost AS c FROM r1) SELECT c FROM x", {"cost"}),
    "by a name of its place": ("SELECT a FROM r1 t(a, b)", {"email"}),
    "the largest by a name of its place": ("SELECT max(a) FROM r1 t(a)", {"email"}),
    "the largest by its place": ("SELECT max(#1) FROM r1", {"email"}),
    "the largest of all": ("SELECT max(b) FROM report t(a, b)", {"email"}),
    "the largest by a name that a WITH gives": ("WITH r1(a) AS (FROM r2) SELECT min(a) FROM r1", {"email"}),
    "by a name that a WITH gives": ("WITH t(a, b, c, d) AS (FROM r1) SELECT a, d FROM t", {"email", "count"}),
    "by its place": ("SELECT #1 FROM r1", {"email"}),
    "in a join": ("SELECT count(*) FROM r1 JOIN r2 USING (email)", {"email"}),
    "all": ("SELECT * FROM r1", EVERY_COLUMN),
    "all but one": ("SELECT * EXCLUDE (email) FROM r1", EVERY_COLUMN - {"email"}),
    "all by a pattern": ("SELECT max(COLUMNS(*)) FROM r1", EVERY_COLUMN),
    "a whole row": ("SELECT r1 FROM r1", EVERY_COLUMN),
    "a whole row by another name": ("SELECT struct_pack(a := x) FROM r1 AS x", EVERY_COLUMN),
    "whole rows in a list": ("SELECT list(r1) FROM report AS r1", EVERY_COLUMN),
    "values in a row": ("SELECT row(email, count) FROM r1", {"email", "count"}),
    "a name of the answer alone": ("SELECT count(*) FROM (SELECT r1.cost AS email FROM r1)", {"cost"}),
    "none": ("SELECT count(*) FROM r1", set[str]()),
}


@pytest.mark.parametrize(("sql", "columns"), READ.values(), ids=READ)
def test_what_a_statement_reads_is_known_however_it_reads_it(sql: str, columns: set[str], tables: Tables) -> None:
    assert tables.ask(sql, limit=1, offset=0).statement.columns_read - {"order_id"} == columns


CLOCK, CHANCE, REPEATS, COUNTS = "asks the clock", "draws rows", "repeats rows", "counts rows"
ASKED = {
    "SELECT current_date": {CLOCK},
    "SELECT count(*) FILTER (WHERE date < today()) FROM r1": {CLOCK, COUNTS},
    "SELECT localtimestamp, now()": {CLOCK},
    "SELECT age(date) FROM r1": {CLOCK},
    "SELECT age(date, DATE '2026-11-01') FROM r1": set[str](),
    "WITH t AS (SELECT 1 AS today) SELECT today FROM t": set[str](),
    "SELECT email FROM r1 USING SAMPLE 2 ROWS": {CHANCE},
    "SELECT count(*) FROM (SELECT * FROM r1 TABLESAMPLE 50%) WHERE date < current_date": {CLOCK, CHANCE},
    "SELECT email FROM r1 TABLESAMPLE reservoir(2 ROWS) REPEATABLE (1)": set[str](),
    "SELECT sum(r1.count) FROM r1 JOIN r2 USING (email)": {REPEATS},
    "SELECT sum(a.count) FROM r1 AS a LEFT JOIN R2 AS b USING (email)": {REPEATS},
    "SELECT sum(r1.count) FROM r1, r2 WHERE r1.email = r2.email": {REPEATS},
    "SELECT sum(count) FROM r1 JOIN (SELECT DISTINCT email FROM r2) USING (email)": set[str](),
    "SELECT sum(count) FROM r1 ANTI JOIN r2 USING (email)": set[str](),
    "SELECT sum(count) FROM r1 WHERE email IN (SELECT email FROM r2)": set[str](),
    "SELECT assistant, COUNT(*) FROM R1 GROUP BY ALL": {COUNTS},
    "SELECT round(100 * count(1) / sum(count(1)) OVER (), 1) FROM r1 AS uses GROUP BY email": {COUNTS},
    "SELECT (SELECT count(email) FROM r1)": {COUNTS},
    "SELECT assistant, avg(count) FROM r1 GROUP BY ALL": {COUNTS},
    "SELECT avg(n) FROM (SELECT email, sum(count) AS n FROM r1 GROUP BY ALL)": set[str](),
    "SELECT count(DISTINCT email), max(count) FROM r1": set[str](),
    "SELECT count(*) FROM (SELECT email FROM r1 GROUP BY email)": set[str](),
    "WITH people AS (SELECT DISTINCT email FROM r1) SELECT count(*) FROM people": set[str](),
    "SELECT (SELECT count(*) FROM (SELECT 1)) FROM r1": set[str](),
}


@pytest.mark.parametrize("sql", ASKED)
def test_what_a_statement_asks_of_the_clock_and_of_chance_and_does_to_rows_is_known(sql: str, tables: Tables) -> None:
    told = tables.ask(sql, limit=1, offset=0).statement
    found = {CLOCK: told.asks_clock, CHANCE: told.draws_rows, REPEATS: told.repeats_rows, COUNTS: told.counts_rows}
    assert {name for name, is_so in found.items() if is_so} == ASKED[sql]


def typed(tmp_path: Path, *selects: str) -> list[Report]:
    """A report of each statement, with the types that the statement gives."""
    reports = [Report(str(tmp_path / f"{place}.parquet"), f"order_{place}") for place in range(1, len(selects) + 1)]
    with duckdb.connect() as db:
        for report, select in zip(reports, selects, strict=True):
            db.execute(f"COPY ({select}) TO '{report.path}'")
    return reports


@pytest.mark.parametrize("with_it", [[1], [2], [1, 2]], ids=["in the first", "in the second", "in both"])
def test_a_column_called_order_id_is_kept_beside_ours(with_it: list[int], tmp_path: Path) -> None:
    selects = [f"SELECT '7' AS order_id, {n} AS count" if n in with_it else f"SELECT {n} AS count" for n in (1, 2)]
    opened = Tables(typed(tmp_path, *selects), stack=True)
    theirs = [["7" if n in with_it else None] for n in (1, 2)]
    assert rows_of(opened, "SELECT order_id_ FROM report ORDER BY count") == [["order_1"], ["order_2"]]
    assert rows_of(opened, "SELECT order_id FROM report ORDER BY count") == theirs
    opened.close()


def test_a_column_that_two_reports_keep_in_different_types_is_text_in_both(tmp_path: Path) -> None:
    opened = Tables(
        typed(tmp_path, "SELECT DATE '2026-10-05' AS due, true AS is_new", "SELECT 7 AS due, 1 AS is_new"), stack=True
    )
    asked = "SELECT due, is_new FROM report ORDER BY order_id"
    assert rows_of(opened, asked) == [["2026-10-05", "true"], ["7", "1"]]
    opened.close()


def test_a_report_in_parts_is_one_table(parquet: list[Path], tables: Tables, tmp_path: Path) -> None:
    target = tmp_path / "a.parquet"
    for number, part in enumerate((parquet[0], parquet[1], parquet[0])):
        part_path(target, number).write_bytes(part.read_bytes())
    (tmp_path / "a.csv").write_bytes(OCTOBER)
    opened = Tables([Report(str(target), "order_1")], stack=True)
    twice = "FROM (FROM r1 UNION ALL FROM r2 UNION ALL FROM r1) SELECT email, count ORDER BY ALL"
    assert rows_of(opened, "SELECT email, count FROM r1 ORDER BY ALL") == rows_of(tables, twice)
    opened.close()


def test_a_folder_with_marks_in_its_name_is_just_a_folder(parquet: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "it's [*] x=1" / "a.parquet"
    target.parent.mkdir()
    target.write_bytes(parquet[1].read_bytes())
    opened = Tables([Report(str(target), "order'1")], stack=True)
    try:
        assert rows_of(opened, "SELECT DISTINCT order_id, columns('email') FROM report ORDER BY ALL LIMIT 1") == [
            ["order'1", "ada.muster@nordwind.example"]
        ]
    finally:
        opened.close()
