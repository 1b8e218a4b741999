"""Other people's SQL: what reads the reports works, whatever reaches for more is refused, and nothing hurts the server.

Statements that are answered or refused run in the sealed engine of this process, where they take a millisecond; that
refusals come from the parse tree and the engine's own locks makes no difference to where it runs. What only a child
can survive, and how children come and go, is asked of the pool.
"""

import csv
import io
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from analysis.reading import column, report_type
from unique_analytics_mcp.analysis import intake
from unique_analytics_mcp.analysis.parts import part_path
from unique_analytics_mcp.analysis.sealed.gate import Refused
from unique_analytics_mcp.analysis.sealed.pool import Found, Question, SealedPool
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables
from unique_analytics_mcp.domain.report import ColumnKind
from unique_analytics_mcp.errors import InvalidRequest, QueryEnded

pytestmark = pytest.mark.thorough

OCTOBER = (
    b"Email,Date,Assistant,Count,Cost,Moment\r\n"
    b"ada.muster@nordwind.example,05.10.2026,Legal Helper,7,0.10,2026-10-05T08:00:00Z\r\n"
    b"ben.beispiel@nordwind.example,05.10.2026,Legal Helper,2,0.20,2026-10-05T09:30:00.500Z\r\n"
    b"ada.muster@nordwind.example,06.10.2026,Translator,3,0.70,2026-10-06T10:00:00Z\r\n"
    b"cleo.probe@nordwind.example,19.10.2026,Translator,3,,\r\n"
)
NOVEMBER = (
    b"Email,Date,Assistant,Count,Cost,Moment\r\n"
    b"ada.muster@nordwind.example,02.11.2026,Legal Helper,5,1.25,2026-11-02T08:00:00Z\r\n"
    b"dora.dummy@nordwind.example,03.11.2026,Legal Helper,4,2,2026-11-03T08:00:00Z\r\n"
)
USAGE = report_type(
    column("Email", ColumnKind.TEXT),
    column("Date", ColumnKind.DATE),
    column("Assistant", ColumnKind.TEXT),
    column("Count", ColumnKind.INTEGER),
    column("Cost", ColumnKind.DECIMAL),
    column("Moment", ColumnKind.TIMESTAMP),
)
COLUMNS = ["email", "date", "assistant", "count", "cost", "moment"]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """October and November as typed tables, and beside them a report that belongs to nobody here."""
    folder = tmp_path_factory.mktemp("reports")
    paths = list[Path]()
    for name, content in (("october", OCTOBER), ("november", NOVEMBER), ("secret", OCTOBER)):
        source, target = folder / f"{name}.csv", folder / f"{name}.parquet"
        source.write_bytes(content)
        intake.convert(source, target, USAGE)
        paths.append(target)
    return paths


@pytest.fixture(scope="module")
def tables(parquet: list[Path]) -> Iterator[Tables]:
    opened = Tables([Report(str(parquet[0]), "order_1"), Report(str(parquet[1]), "order_2")], stack=True)
    yield opened
    opened.close()


def rows_of(tables: Tables, sql: str, *, limit: int = 100, offset: int = 0) -> list[list[Any]]:
    return tables.ask(sql, limit=limit, offset=offset).rows


def by_python(*contents: bytes) -> list[dict[str, str]]:
    return [row for content in contents for row in csv.DictReader(io.StringIO(content.decode()))]


# What reads the reports works, and says what plain Python says


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
    assert page.types == ["DECIMAL(38,24)", "DECIMAL(38,24)", *["TIMESTAMP WITH TIME ZONE"] * 2, "DATE"]


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
    "values": ("SELECT * FROM (VALUES (1, 'a')) t(x, y)", [[1, "a"]]),
    "lists": ("SELECT list_sum(list(count)), list_transform([1, 2], lambda x: x + 1) FROM r2", [[9, "[2, 3]"]]),
    "median and quantile": ("SELECT median(count), quantile_cont(count, 0.5) FROM r1", [[3.0, 3.0]]),
    "quoted identifiers": ('SELECT "r1"."count" AS "how; many" FROM "r1" LIMIT 1', [[7]]),
    "comments and a semicolon": ("/* x; */ SELECT 1 -- one;\n ; -- done", [[1]]),
    "upper case": ("SELECT COUNT(*) FROM REPORT", [[6]]),
    "nothing found": ("SELECT email FROM r1 WHERE count > 100", []),
    "not a number": ("SELECT 'nan'::DOUBLE, true, NULL, 170141183460469231731687303715884105727::HUGEINT",
                     [["nan", True, None, 2**127 - 1]]),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGITIMATE)
def test_a_reading_statement_is_answered(name: str, tables: Tables) -> None:
    sql, expected = LEGITIMATE[name]
    assert rows_of(tables, sql) == expected


def test_pages_keep_the_order_of_the_statement_and_prove_that_there_is_more(tables: Tables) -> None:
    sql = "SELECT i FROM range(10) t(i) ORDER BY i DESC"
    first, last = tables.ask(sql, limit=4, offset=0), tables.ask(sql, limit=4, offset=6)
    assert ([row[0] for row in first.rows], first.more) == ([9, 8, 7, 6], True)
    assert ([row[0] for row in last.rows], last.more) == ([3, 2, 1, 0], False)


def test_every_page_together_is_the_whole_answer(tables: Tables) -> None:
    sql = "SELECT i, i % 7 AS k FROM range(100) t(i) ORDER BY k DESC, i"
    pages = [rows_of(tables, sql, limit=9, offset=offset) for offset in range(0, 108, 9)]
    assert [row for page in pages for row in page] == rows_of(tables, sql, limit=200)


def test_long_cells_and_large_answers_are_cut_before_they_leave(tables: Tables) -> None:
    page = tables.ask("SELECT repeat('é', 1000000), i FROM range(10) t(i)", limit=10, offset=0)
    assert {len(str(row[0])) for row in page.rows} == {2_000}
    large = tables.ask("SELECT repeat('x', 2000) FROM range(5000)", limit=5_000, offset=0)
    assert (500 < len(large.rows) < 1_000, large.more) == (True, True)


def test_what_a_statement_reads_is_known_wherever_it_reads_it(tables: Tables) -> None:
    def reads(sql: str) -> set[str]:
        return tables.ask(sql, limit=1, offset=0).columns_read

    assert reads("SELECT count(*) FROM r1 WHERE Email LIKE 'a%'") == {"email"}
    assert reads("WITH x AS (SELECT r1.cost AS c FROM r1) SELECT c FROM x") == {"cost"}
    assert reads("SELECT * FROM r1") == {*COLUMNS}
    assert reads("SELECT count(*) FROM r1") == set()


def test_a_column_called_order_id_is_kept_beside_ours(parquet: list[Path], tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "a.parquet"
    source.write_bytes(b"Order Id,Count\r\n7,1\r\n")
    intake.convert(source, target, report_type(column("Count", ColumnKind.INTEGER), open_schema=True))
    opened = Tables([Report(str(target), "order_1")], stack=True)
    try:
        assert rows_of(opened, "SELECT * FROM report")[0][0] == "order_1"
        assert opened.columns["report"] == ["order_id_", "order_id", "count"]
    finally:
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


# What reaches for more is refused, by the name of what it reached for

FILES = """
    SELECT * FROM read_csv('/etc/passwd')
    SELECT * FROM read_csv_auto('/etc/passwd')
    SELECT * FROM read_text('/etc/passwd')
    SELECT * FROM read_blob('/etc/passwd')
    SELECT * FROM read_text('/proc/self/environ')
    SELECT * FROM read_text('/proc/self/maps')
    SELECT * FROM read_parquet('{secret}')
    SELECT * FROM read_parquet('{folder}/*.parquet')
    SELECT * FROM read_parquet('{own}')
    SELECT * FROM parquet_scan('{own}')
    SELECT * FROM parquet_metadata('{own}')
    SELECT * FROM parquet_schema('{own}')
    SELECT * FROM parquet_file_metadata('{own}')
    SELECT * FROM parquet_kv_metadata('{own}')
    SELECT * FROM parquet_bloom_probe('{own}', 'email', 'x')
    SELECT * FROM read_json('/etc/hosts')
    SELECT * FROM read_json_auto('/etc/hosts')
    SELECT * FROM read_ndjson_objects('/etc/hosts')
    SELECT * FROM read_duckdb('/tmp/x.db')
    SELECT * FROM sniff_csv('/etc/passwd')
    SELECT * FROM glob('/*')
    SELECT * FROM glob('{folder}/*')
    SELECT * FROM '/etc/passwd'
    SELECT * FROM '{secret}'
    SELECT * FROM '{folder}/*.parquet'
    SELECT * FROM "{secret}"
    FROM '{own}'
    SELECT * FROM r1 UNION ALL SELECT * FROM '{secret}'
    SELECT (SELECT content FROM read_text('/etc/passwd'))
    SELECT email, (FROM read_csv('/etc/passwd') LIMIT 1) FROM r1
    WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x
    SELECT * FROM r1 WHERE email IN (SELECT content FROM read_text('/etc/passwd'))
    SELECT * FROM r1, LATERAL (SELECT * FROM read_text(r1.email))
    SELECT * FROM r1 ORDER BY (SELECT size FROM read_blob('/etc/passwd'))
    SELECT count(*) FILTER (WHERE EXISTS (FROM read_text('/etc/passwd'))) FROM r1
    SELECT sum(count) OVER (ORDER BY (SELECT size FROM read_blob('/etc/passwd'))) FROM r1
    SELECT * FROM r1 LIMIT (SELECT size FROM read_blob('/etc/passwd'))
    SELECT * FROM (VALUES ((SELECT content FROM read_text('/etc/passwd')))) t(x)
    SELECT CASE WHEN true THEN (SELECT content FROM read_text('/etc/passwd')) END
    SELECT [(SELECT content FROM read_text('/etc/passwd'))]
    SELECT list_transform([1], lambda x: (SELECT content FROM read_text('/etc/passwd')))
    SELECT * REPLACE ((SELECT content FROM read_text('/etc/passwd')) AS email) FROM r1
    SELECT email FROM r1 GROUP BY email, (SELECT content FROM read_text('/etc/passwd'))
    SELECT DISTINCT ON ((SELECT content FROM read_text('/etc/passwd'))) email FROM r1
    SELECT * FROM r1 JOIN r2 ON r1.email = (SELECT content FROM read_text('/etc/passwd'))
    SELECT filename FROM r1
    SELECT file_row_number FROM r1
    COPY r1 TO '/tmp/out.csv'
    COPY (SELECT 1) TO '/tmp/out.parquet' (FORMAT parquet)
    COPY r1 FROM '/etc/passwd'
    EXPORT DATABASE '/tmp/out'
    IMPORT DATABASE '/tmp/out'
    SELECT write_log('x')
"""
NETWORK_AND_EXTENSIONS = """
    SELECT * FROM 'https://example.com/x.csv'
    SELECT * FROM read_csv('https://example.com/x.csv')
    SELECT * FROM read_parquet('s3://bucket/x.parquet')
    SELECT * FROM read_text('http://169.254.169.254/latest/meta-data/')
    INSTALL httpfs
    LOAD httpfs
    LOAD '/tmp/evil.duckdb_extension'
    FORCE INSTALL httpfs FROM community
    INSTALL httpfs; LOAD httpfs
    UPDATE EXTENSIONS
    ATTACH '/tmp/x.db' AS x
    ATTACH 'https://example.com/x.db'
    ATTACH ':memory:' AS x
    ATTACH 'dbname=x' AS pg (TYPE postgres)
    DETACH memory
    USE memory
    CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')
    SELECT * FROM which_secret('s3://x', 's3')
    SELECT * FROM duckdb_secrets()
    SELECT * FROM pandas_scan(1)
    SELECT * FROM arrow_scan(1, 2, 3)
    SELECT * FROM python_map_function(1)
    SELECT * FROM sys
    SELECT * FROM tables
    SELECT * FROM parquet
"""
SETTINGS_AND_CATALOGUE = """
    SET memory_limit = '10GB'
    SET GLOBAL enable_external_access = true
    SET lock_configuration = false
    SET allowed_paths = ['/']
    SET VARIABLE x = 1
    RESET memory_limit
    PRAGMA memory_limit='10GB'
    PRAGMA database_list
    PRAGMA table_info('r1')
    PRAGMA show_tables
    PRAGMA version
    SELECT current_setting('temp_directory')
    SELECT current_setting('allowed_paths')
    SELECT getvariable('x')
    SELECT getenv('HOME')
    SELECT version()
    SELECT current_database()
    SELECT current_schemas(true)
    SELECT current_query()
    SELECT current_user
    SELECT session_user
    SELECT current_catalog
    SELECT pg_typeof(1)
    SELECT txid_current()
    SELECT nextval('x')
    SELECT setseed(0.1)
    SELECT inet_client_addr()
    SELECT * FROM duckdb_settings()
    SELECT * FROM duckdb_functions()
    SELECT * FROM duckdb_tables()
    SELECT * FROM duckdb_views()
    SELECT sql FROM duckdb_views
    SELECT * FROM duckdb_columns()
    SELECT * FROM duckdb_databases()
    SELECT * FROM duckdb_extensions()
    SELECT * FROM duckdb_memory()
    SELECT * FROM duckdb_temporary_files()
    SELECT * FROM duckdb_logs
    SELECT * FROM duckdb_variables()
    SELECT * FROM duckdb_external_file_cache()
    SELECT * FROM information_schema.tables
    SELECT * FROM information_schema.columns
    SELECT * FROM system.information_schema.tables
    SELECT * FROM pg_catalog.pg_class
    SELECT * FROM pg_class
    SELECT * FROM pg_tables
    SELECT * FROM pg_settings
    SELECT * FROM sqlite_master
    SELECT * FROM main.sqlite_master
    SELECT * FROM memory.main.r1
    SELECT * FROM temp.r1
    SELECT * FROM pragma_version()
    SELECT * FROM pragma_table_info('r1')
    SELECT * FROM pragma_storage_info('r1')
    SELECT * FROM pragma_database_size()
    SELECT * FROM test_all_types()
    SELECT * FROM seq_scan('r1')
    SHOW TABLES
    SHOW ALL TABLES
    SHOW DATABASES
    DESCRIBE r1
    SUMMARIZE r1
    SELECT * FROM (DESCRIBE r1)
    SELECT * FROM (SUMMARIZE r1)
    SELECT * FROM (SHOW ALL TABLES)
    EXPLAIN SELECT 1
    EXPLAIN ANALYZE SELECT 1
"""
WRITES = """
    SELECT 1; SELECT 2
    SELECT 1; DROP VIEW r1
    SELECT 1;; SELECT 2
    SELECT 1 /* ; */; ATTACH 'x'
    CREATE TABLE x (a INT)
    CREATE TABLE x AS SELECT * FROM r1
    CREATE TEMP TABLE x AS SELECT 1
    CREATE OR REPLACE VIEW r1 AS SELECT 1
    CREATE MACRO f(x) AS (SELECT content FROM read_text(x))
    CREATE FUNCTION f(x) AS TABLE SELECT * FROM read_text(x)
    CREATE TYPE t AS ENUM ('a')
    CREATE SEQUENCE s
    CREATE SCHEMA s
    CREATE INDEX i ON r1 (count)
    DROP VIEW r1
    ALTER VIEW r1 RENAME TO r9
    INSERT INTO r1 SELECT * FROM r1
    UPDATE r1 SET count = 1
    DELETE FROM r1
    TRUNCATE r1
    MERGE INTO r1 USING r2 ON r1.email = r2.email WHEN MATCHED THEN DELETE
    WITH x AS (INSERT INTO r1 SELECT * FROM r2 RETURNING *) SELECT * FROM x
    WITH x AS (DELETE FROM r1 RETURNING *) SELECT * FROM x
    WITH x AS (UPDATE r1 SET count = 1 RETURNING *) SELECT * FROM x
    BEGIN TRANSACTION
    COMMIT
    ROLLBACK
    CHECKPOINT
    FORCE CHECKPOINT
    VACUUM
    ANALYZE
    PREPARE p AS SELECT 1
    EXECUTE p
    DEALLOCATE p
    CALL pragma_version()
    COMMENT ON VIEW r1 IS 'x'
    PIVOT r1 ON assistant USING sum(count)
    SELECT * FROM (PIVOT r1 ON assistant USING sum(count))
    UNPIVOT r1 ON count, cost INTO NAME n VALUE v
    SELECT 1 INTO x
"""
TRICKS = """
    SELECT * FROM query('SELECT * FROM duckdb_settings()')
    SELECT * FROM query_table('duckdb_settings')
    SELECT * FROM query_table(['r1', 'r2'])
    SELECT * FROM json_execute_serialized_sql('{}')
    SELECT json_serialize_sql('SELECT 1')
    SELECT json_deserialize_sql('{}')
    SELECT json_serialize_plan('SELECT 1')
    SELECT error('x')
    SELECT sleep_ms(100000)
    SELECT pg_sleep(100)
    SELECT gen_random_uuid()
    SELECT random()
    SELECT system.main.read_text('/etc/passwd')
    SELECT main.abs(1)
    SELECT * FROM system.main.read_text('/etc/passwd')
    SELECT '/etc/passwd'.read_text()
    SELECT * FROM READ_TEXT('/etc/passwd')
    SELECT * FROM "read_text"('/etc/passwd')
    SELECT * FROM/**/read_text/**/('/etc/passwd')
    SELECT * FROM read_text -- x
    WITH pg_class AS (SELECT * FROM pg_class) SELECT * FROM pg_class
    SELECT * FROM (WITH pg_class AS (SELECT 1) SELECT * FROM pg_class), pg_class
    WITH a AS (SELECT * FROM pg_class), pg_class AS (SELECT 1) SELECT * FROM a
    WITH r1 AS (SELECT * FROM duckdb_views) SELECT * FROM r1
    WITH duckdb_views AS (SELECT 1) SELECT * FROM duckdb_views
    WITH main AS (SELECT 1), r9 AS (SELECT 1), "main.r9" AS (SELECT 1) SELECT * FROM main.r9
    WITH system AS (SELECT 1), x AS (SELECT 1), "system.x" AS (SELECT 1) SELECT * FROM system.x
    WITH RECURSIVE t AS (SELECT * FROM t UNION ALL SELECT 1) SELECT * FROM t
    WITH RECURSIVE pg_class AS (SELECT * FROM pg_class UNION ALL SELECT * FROM pg_class) SELECT * FROM pg_class
    SELECT 1) AS answer(c0); DROP VIEW r1; --
    SELECT 1) AS answer, (SELECT content FROM read_text('/etc/passwd')
    SELECT 1) UNION ALL (SELECT 2
    SELECT 1 /*
    SELECT 'x
    SELECT $1
    SELECT ?
    SELECT $name
    SELECT DEFAULT
    SELECT * FROM r3
    SELECT * FROM \uff521
    \uff33\uff25\uff2c\uff25\uff23\uff34 1
    ;
    --
    SELECT * FROM r1 TABLESAMPLE reservoir(
    SELECT * FROM unnest(duckdb_settings())
    SELECT COLUMNS(x -> x.read_text()) FROM r1
    SELECT histogram FROM histogram_values('r1', 'count')
    SELECT * FROM r1 AT (VERSION => 1)
"""


def statements(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


ATTACKS = [
    sql
    for group in (FILES, NETWORK_AND_EXTENSIONS, SETTINGS_AND_CATALOGUE, WRITES, TRICKS)
    for sql in statements(group)
]


def test_the_attacks_are_many_and_different() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 200


@pytest.mark.parametrize("sql", ATTACKS)
def test_what_reaches_for_more_is_refused(sql: str, tables: Tables, parquet: list[Path]) -> None:
    own, _, secret = parquet
    sql = sql.replace("{own}", str(own)).replace("{secret}", str(secret)).replace("{folder}", str(own.parent))
    with pytest.raises(Refused) as refusal:
        tables.ask(sql, limit=10, offset=0)
    said = f"{refusal.value.message} {refusal.value.hint}"
    assert len(said) < 600
    assert "Exception" not in said
    assert str(own.parent) in sql or str(own.parent) not in said


def test_after_all_attacks_the_tables_are_as_they_were(tables: Tables) -> None:
    assert rows_of(tables, "SELECT count(*), sum(count) FROM report") == [[6, 24]]


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        (
            "SELECT * FROM read_csv('x')",
            "The function read_csv is not available here",
            "Columns of r1, r2: email, date",
        ),
        (
            "SELECT emial FROM r1",
            "There is no column or table emial.",
            "Did you mean email? Columns of report: order_id",
        ),
        ("SELECT r1.when FROM r1", "There is no column or table when.", "Columns of r1, r2: email, date, assistant"),
        ("SELECT * FROM november", "The table november is not available here", "report, r1, r2"),
        ("SELECT 1; SELECT 2", "This is not one statement but 2.", "Send exactly one SELECT."),
        ("DELETE FROM r1", "DELETE is not available here: reports are only read.", "Send exactly one SELECT."),
        ("WITH x AS (DELETE FROM r1 RETURNING *) FROM x", "DELETE is not available here", "only reads the tables"),
        ("SELECT email, sum(count) FROM r1", "email is neither grouped nor aggregated.", "Add it to GROUP BY"),
        ("SELECT email FROM r1, r2", "email is in more than one of the tables.", "such as r1.email"),
        ("SELECT sum(email) FROM r1", "There is no sum(VARCHAR): the values are of other types.", "Cast them"),
        ("SELECT abs(count, 1) FROM r1", "There is no abs(BIGINT, INTEGER_LITERAL)", "Cast them"),
        ("SELECT email::INT FROM r1", "A value cannot be read as the type asked for.", "Use TRY_CAST"),
        ("SELECT email::DATE FROM r1", "A value cannot be read as a day or a moment.", "DATE '2026-10-05'; strptime"),
        ("SELECT * FROM r1 WHERE date > '05.10.2026'", "cannot be read as a day", "strptime(x, '%d.%m.%Y')"),
        ("SELECT * FROM r1 WHERE date > '2026-13-01'", "cannot be read as a day", "DATE '2026-10-05'"),
        ("SELECT * FROM r1 WHERE moment > '5 Oct 2026'", "as a day or a moment", "DATE '2026-10-05'"),
        ("PIVOT r1 ON assistant USING sum(count)", "PIVOT and UNPIVOT are not available", "sum(x) FILTER (WHERE"),
        ("FROM (PIVOT r1 ON assistant USING sum(count))", "PIVOT and UNPIVOT are not", "sum(x) FILTER (WHERE"),
        ("UNPIVOT r1 ON count, cost INTO NAME n VALUE v", "PIVOT and UNPIVOT are not", "UNION ALL"),
        ("SELECT user, sum(count) FROM r1 GROUP BY 1", "user is not available here", "Columns of r1, r2: email"),
        ("SELECT list_filter([1, 2], x -> x > 1)", "A lambda is not written with an arrow", "lambda x: x > 1"),
        ("SELECT sum(COLUMNS(c -> c = 'count')) FROM r1", "not written with an arrow", "lambda x: x > 1"),
        ("SELECT email FROM r1 WHERE sum(count) > 1 GROUP BY 1", "WHERE cannot hold aggregates.", "HAVING"),
        ("SELECT email FROM r1 WHERE row_number() OVER () = 1", "WHERE cannot hold window functions.", "QUALIFY"),
        ("SELECT printf('%.1f', count) FROM r1", "A format does not suit its value.", "round(x, 1)"),
        ("SELECT format('{:.1f}', count) FROM r1", "A format does not suit its value.", "round(x, 1)"),
        ("SELECT (SELECT email FROM r1)", "A subquery that stands for one value gives several rows.", "Use IN"),
        ("SELECT date_trunc('week', '2026-10-05')", "do not say which function is meant", "CAST(x AS DATE)"),
        ("SELECT date_part('isoweek', date) FROM r1", "There is no such part of a date.", "isodow"),
        ("SELEC email FROM r1", "The statement cannot be read from 'SELEC' on.", "DuckDB's"),
        ("SELECT 9223372036854775807 * 2 FROM r1", "A number becomes too large.", "Cast to DOUBLE"),
    ],
)
def test_a_refusal_says_what_was_wrong_and_what_there_is(sql: str, message: str, hint: str, tables: Tables) -> None:
    with pytest.raises(Refused) as refusal:
        tables.ask(sql, limit=10, offset=0)
    assert message in refusal.value.message
    assert hint in f"{refusal.value.message} {refusal.value.hint}"


def test_reports_of_different_types_are_not_stacked(parquet: list[Path]) -> None:
    opened = Tables([Report(str(parquet[0]), "a"), Report(str(parquet[1]), "b")], stack=False)
    try:
        with pytest.raises(Refused, match="The table report is not available here"):
            opened.ask("SELECT * FROM report", limit=1, offset=0)
    finally:
        opened.close()


# The child: what only a process can survive


@asynccontextmanager
async def pool_of() -> AsyncGenerator[SealedPool]:
    pool = SealedPool()
    try:
        with anyio.fail_after(20):
            yield pool
    finally:
        await pool.aclose()


async def ask(pool: SealedPool, parquet: list[Path], sql: str, *, limit_s: float = 10.0) -> Found:
    question = Question(reports=[(parquet[0], "order_1")], stack=True, sql=sql, limit=10, offset=0)
    return await pool.ask(question, limit_s=limit_s)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "sealed.child" in " ".join(child.cmdline())]


EXHAUSTING = (
    "SELECT repeat('x', 10000000000)",
    "SELECT lpad('x', 2000000000, 'y')",
    "SELECT array_agg(repeat('x', 1000000)) FROM range(100000)",
    "SELECT range(10000000000)",
    "SELECT [range(100000000)]",
    "SELECT len(regexp_replace(repeat('x', 10000000), 'x', repeat('y', 10000), 'g'))",
    "SELECT i FROM range(1000000000) t(i) ORDER BY hash(i) LIMIT 1 OFFSET 999999990",
    f"SELECT {'(' * 3000}1{')' * 3000}",
    f"SELECT {'[' * 1500}1{']' * 1500}",
    f"SELECT {' + '.join(['1'] * 3900)}",
    f"SELECT CAST(NULL AS {'STRUCT(a ' * 700}INT{')' * 700})",
    f"SELECT {'NOT ' * 1900} true",
    f"SELECT {', '.join(['*'] * 2000)} FROM r1",
    f"WITH c0 AS (FROM r1), {', '.join(f'c{n} AS (FROM c{n - 1} a, c{n - 1} b)' for n in range(1, 60))} FROM c59",
)  # fmt: skip
ENDLESS = (
    "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b WHERE a.range + b.range < 0",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT levenshtein(repeat('x', 200000), repeat('y', 200000))",
)


async def test_what_exhausts_the_machine_ends_cleanly_and_the_next_question_is_answered(parquet: list[Path]) -> None:
    ended = list[str]()
    async with pool_of() as pool:
        for sql in EXHAUSTING:
            try:
                await ask(pool, parquet, sql, limit_s=0.2)
            except (QueryEnded, InvalidRequest) as error:
                ended.append(error.hint)
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]
    assert len([hint for hint in ended if hint]) == len(EXHAUSTING)


async def test_an_endless_statement_ends_at_its_limit_and_says_what_to_narrow(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        for sql in ENDLESS:
            with pytest.raises(QueryEnded, match=r"ended after 0\.2 seconds\. Narrow it"):
                await ask(pool, parquet, sql, limit_s=0.2)
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]


async def test_others_are_answered_while_a_statement_runs(parquet: list[Path]) -> None:
    async with pool_of() as pool, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, pool, parquet, ENDLESS[0])
        await anyio.lowlevel.checkpoint()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]
        assert len(children()) == 2
        tasks.cancel_scope.cancel()
    assert children() == []


async def test_cancelling_a_question_ends_its_child(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (busy,) = children()
        with anyio.move_on_after(0.1) as scope:
            await ask(pool, parquet, ENDLESS[0])
        assert scope.cancelled_caught
        assert not busy.is_running()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_no_more_than_one_idle_child_remains_whatever_ends_together(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        async with anyio.create_task_group() as tasks:
            for sql in ("SELECT 1", ENDLESS[0], "SELECT 2", ENDLESS[1]):
                tasks.start_soon(_ask_anyhow, pool, parquet, sql)
        assert len(children()) == 1
    assert children() == []


async def _ask_anyhow(pool: SealedPool, parquet: list[Path], sql: str) -> None:
    with suppress(QueryEnded):
        await ask(pool, parquet, sql, limit_s=0.1)


async def test_a_child_that_died_while_it_was_idle_is_replaced(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (idle,) = children()
        idle.kill()
        while idle.is_running():
            await anyio.lowlevel.checkpoint()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_a_child_is_kept_warm_for_one_set_of_reports_after_another(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (first,) = children()
        other = Question(reports=[(parquet[1], "o2")], stack=True, sql="SELECT DISTINCT order_id FROM report",
                         limit=5, offset=0)  # fmt: skip
        assert (await pool.ask(other, limit_s=10)).rows == [["o2"]]
        with pytest.raises(InvalidRequest, match="The table r2 is not available"):
            await ask(pool, parquet, "SELECT * FROM r2")
        assert children() == [first]
    assert children() == []


async def test_a_report_that_is_gone_is_said_to_be_gone_and_its_place_is_not(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        with pytest.raises(InvalidRequest, match=r"cannot be read any more\. Call download_report_summary") as gone:
            await ask(pool, [parquet[0].with_name("gone.parquet")], "SELECT 1")
        assert "gone" not in str(gone.value)
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_a_child_holds_no_secret_and_is_limited(parquet: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_APP_KEY", "ukey_invented")
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT count(*) FROM r1")
        (child,) = children()
        assert "UNIQUE_APP_KEY" not in child.environ()
        assert child.rlimit(psutil.RLIMIT_AS) == (2**30, 2**30)
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_CPU)[0] < 60
        assert child.num_threads() == 1
