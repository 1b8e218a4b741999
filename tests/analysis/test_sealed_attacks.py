"""Other people's SQL that reaches for more is refused, by the name of what it reached for.

That refusals come from the parse tree and the engine's own locks makes no difference to where it runs: here it runs in
the sealed engine of this process.
"""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analysis.usage import rows_of, statements
from unique_analytics_mcp.analysis.sealed.gate import Refused, check
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables
from unique_analytics_mcp.domain.statement import Statement

pytestmark = pytest.mark.thorough


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
    SELECT * FROM read_single_csv_file('/etc/passwd')
    SELECT * FROM read_single_parquet_file('{secret}')
    SELECT * FROM read_single_json_file('/etc/hosts')
    SELECT * FROM parquet_full_metadata('{own}')
    SELECT * FROM (VALUES (read_text('/etc/passwd')))
    SELECT CAST('x' AS ENUM(SELECT content FROM read_text('/etc/passwd')))
    SELECT COLUMNS(lambda c: read_text(c)) FROM r1
    SELECT [x FOR x IN (SELECT content FROM read_text('/etc/passwd'))]
    SELECT sum(count ORDER BY (SELECT size FROM read_blob('/etc/passwd'))) FROM r1
    SELECT * FROM range(1, (SELECT size FROM read_blob('/etc/passwd')))
    WITH RECURSIVE t(x) AS (SELECT 'x' UNION ALL SELECT content FROM t, read_text('/etc/passwd')) FROM t
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
    SELECT * FROM register_external_resource_type('x', 'y')
    SELECT * FROM create_external_resource('x', 'y')
    SELECT * FROM duckdb_external_resources()
    SELECT * FROM duckdb_extension_repositories()
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
    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < current_setting('threads')) FROM t
    SELECT getenv('HOME')
    SELECT version()
    SELECT current_database()
    SELECT current_schemas(true)
    SELECT current_query()
    SELECT current_user
    SELECT current_role
    SELECT current_schema
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
    SELECT * FROM duckdb_dialects()
    SELECT * FROM duckdb_prepared_statements()
    SELECT * FROM duckdb_log_contexts()
    SELECT * FROM duckdb_logs_parsed('HTTP')
    SELECT * FROM enable_logging()
    SELECT * FROM truncate_duckdb_logs()
    SELECT * FROM force_checkpoint()
    SELECT * FROM summary((SELECT 1))
    SELECT current_connection_id()
    SELECT current_transaction_id()
    SELECT stats(email) FROM r1
    SELECT get_block_size('memory')
    SELECT obj_description(1, 'x')
    SELECT @@version
    TABLE duckdb_settings
    SELECT (TABLE pg_class)
    FROM (PRAGMA version)
    FROM (CALL pragma_version())
    SELECT * FROM memory.information_schema.tables
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
    CREATE TRIGGER t AFTER INSERT ON r1 FOR EACH ROW DELETE FROM r2
    CREATE TEMP MACRO abs(x) AS 1
    FROM (INSERT INTO r1 SELECT * FROM r2 RETURNING *)
    FROM (DELETE FROM r1 RETURNING *)
    WITH x AS (MERGE INTO r1 USING r2 USING (email) WHEN MATCHED THEN DELETE RETURNING *) FROM x
"""
TRICKS = """
    SELECT * FROM query('SELECT * FROM duckdb_settings()')
    SELECT * FROM query_table('duckdb_settings')
    SELECT list_aggregate([count]) FROM r1
    SELECT list_aggregate([count], email) FROM r1
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
    WITH pg_tables AS (SELECT 1) SELECT * FROM pg_tables
    WITH sqlite_schema AS (SELECT 1) SELECT * FROM sqlite_schema
    WITH pragma_database_list AS (SELECT 1) SELECT * FROM pragma_database_list
    WITH information_schema AS (SELECT 1) SELECT * FROM information_schema
    SELECT * FROM histogram(duckdb_settings, name)
    SELECT * FROM histogram('duckdb_settings', 'name')
    SELECT * FROM repeat('x', 3)
    SELECT approx_top_k(count, 1) OVER () FROM r1
    SELECT median(random()) OVER () FROM r1
    WITH main AS (SELECT 1) SELECT * FROM main.r1
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
    SELECT list_aggregate([1], 'approx_top_k', 1)
    SELECT array_aggregate([1], 'sum_no_overflow')
    SELECT list_aggregate([1], 'su' || 'm')
    SELECT list_aggregate([1], (SELECT 'sum'))
    SELECT [1].list_aggregate('reservoir_quantile', 0.5)
    SELECT make_type('INTEGER')
    SELECT cast_to_type('1', NULL::INT)
    SELECT variant_bytes_to_variant('x'::BLOB)
    SELECT to_aggregate_state('sum', 1)
    SELECT finalize(NULL)
    SELECT '/etc/passwd'.read_text().content
    SELECT r1.email.read_text() FROM r1
    WITH RECURSIVE t(n) USING KEY (n) AS (SELECT 1 UNION SELECT n FROM recurring.pg_class) FROM t
    WITH RECURSIVE t(n) USING KEY ((SELECT 1 FROM pg_class)) AS (SELECT 1 UNION SELECT n FROM t) FROM t
    FROM r1 a, (WITH b AS (FROM a) FROM b)
    FROM (FROM (WITH a AS (SELECT 1) FROM a)), a
    SELECT * FROM r1 LIMIT (SELECT 1 FROM pg_class) %
    SELECT sum(count) OVER (ROWS BETWEEN (SELECT 1 FROM pg_class) PRECEDING AND CURRENT ROW) FROM r1
"""


ATTACKS = [
    sql
    for group in (FILES, NETWORK_AND_EXTENSIONS, SETTINGS_AND_CATALOGUE, WRITES, TRICKS)
    for sql in statements(group)
]


def test_the_attacks_are_many_and_different() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) >= 200


def aimed(sql: str, parquet: list[Path]) -> str:
    """The statement with the files that there are here."""
    own, _, secret = parquet
    return sql.replace("{own}", str(own)).replace("{secret}", str(secret)).replace("{folder}", str(own.parent))


@pytest.mark.parametrize("sql", ATTACKS)
def test_what_reaches_for_more_is_refused(sql: str, tables: Tables, parquet: list[Path]) -> None:
    own, sql = parquet[0], aimed(sql, parquet)
    with pytest.raises(Refused) as refusal:
        tables.ask(sql, limit=10, offset=0)
    said = f"{refusal.value.message} {refusal.value.hint}"
    assert len(said) < 600
    assert "Exception" not in said
    assert str(own.parent) in sql or str(own.parent) not in said
    assert "cannot be read any more" not in said  # what the engine's own lock would say, had the gate let it pass


def lets_pass(*_: object) -> Statement:
    """A gate that stands open."""
    return Statement(
        columns_read=frozenset(),
        names_sought=frozenset(),
        asks_clock=False,
        draws_rows=False,
        repeats_rows=False,
        goes_between=False,
        counts_rows=False,
    )


@pytest.mark.parametrize("sql", [sql for sql in statements(FILES) if "{own}" not in sql and "write_log" not in sql])
def test_the_engine_reaches_no_file_even_if_the_gate_let_everything_pass(
    sql: str, tables: Tables, parquet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.tables.check", lets_pass)
    with pytest.raises(Refused):
        tables.ask(aimed(sql, parquet), limit=10, offset=0)


CLOSED = {
    "TimeZone": "UTC",
    "allow_community_extensions": "false",
    "async_threads": "0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "enable_progress_bar": "false",
    "lock_configuration": "true",
    "max_expression_depth": "200",
    "max_temp_directory_size": "0 bytes",
    "memory_limit": "488.2 MiB",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "threads": "1",
}
ASKING = """
import json, sys
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables
opened = Tables([Report(sys.argv[1], "order_1")], stack=True)
print(json.dumps(dict(opened._db.execute("SELECT name, value FROM duckdb_settings()").fetchall())))
"""


def test_the_engine_is_closed_and_its_clock_is_utc_wherever_it_is_started(parquet: list[Path]) -> None:
    here = {"PYTHONPATH": ":".join(sys.path), "TZ": "Asia/Tokyo"}
    found = subprocess.run([sys.executable, "-c", ASKING, parquet[0]], env=here, capture_output=True, check=True)
    settings = json.loads(found.stdout)
    assert {name: settings[name] for name in CLOSED} == CLOSED


@pytest.mark.parametrize(
    "sql", ["SET memory_limit = '10GB'", "SET allowed_paths = ['/']", "SET lock_configuration = false", "RESET threads"]
)
def test_no_setting_could_be_changed_even_behind_the_gate(sql: str, tables: Tables) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="the configuration has been locked"):
        tables._db.execute(sql)


def test_what_needs_more_memory_than_the_engine_has_ends_as_that(
    parquet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.tables.MEMORY_MB", 32)
    opened = Tables([Report(str(parquet[0]), "order_1")], stack=True)
    with pytest.raises(MemoryError):
        opened.ask("SELECT array_agg(repeat('x', 1000000)) FROM range(100)", limit=1, offset=0)
    opened.close()


def test_after_all_attacks_the_tables_are_as_they_were(tables: Tables) -> None:
    assert rows_of(tables, "SELECT count(*), sum(count) FROM report") == [[6, 24]]


@pytest.mark.parametrize(
    "told",
    [
        {"catalog_name": "elsewhere"},
        {"catalog": "elsewhere"},
        {"schema_name": "main"},
        {"schema": "main"},
        {"qualified_name": {"path": ["main", "r1"]}},
        {"qualified_name": {"path": ["R1", "R1"]}},
        {"qualified_name": {"path": ["another"]}},
        {"table_name": "pg_class"},
    ],
    ids=str,
)
def test_a_name_is_of_no_report_when_one_place_of_the_tree_alone_tells_of_another(told: dict[str, object]) -> None:
    table = {"type": "BASE_TABLE", "table_name": "R1", "qualified_name": {"path": ["R1"]}}
    check(table, {"r1": ()})
    with pytest.raises(Refused, match="is not available here"):
        check(table | told, {"r1": ()})


@pytest.mark.parametrize(
    "unknown", [{"class": "NOVEL", "type": "NOVEL"}, {"type": "NOVEL_NODE"}, {"class": "PARAMETER"}], ids=str
)
def test_what_the_tree_has_no_known_word_for_is_refused(unknown: dict[str, object]) -> None:
    with pytest.raises(Refused, match="is not available here"):
        check([{"type": "SELECT_NODE", "select_list": [unknown], "from_table": {"type": "EMPTY"}}], {"r1": ()})


def test_a_word_of_the_session_is_a_column_where_one_of_the_reports_is_called_so() -> None:
    word = {"class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": ["User"]}
    assert check(word, {"r1": ("email",), "r2": ("USER",)}).columns_read == {"user"}
    with pytest.raises(Refused, match="is not available here"):
        check(word, {"r1": ("email",)})
