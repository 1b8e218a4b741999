"""What is forbidden is refused in every place of a statement where an expression or a table can stand."""

import duckdb
import pytest

from analysis.usage import statements
from unique_analytics_mcp.analysis.sealed.gate import Refused
from unique_analytics_mcp.analysis.sealed.tables import Tables

pytestmark = pytest.mark.thorough

EXPRESSION_PLACES = """
    SELECT {}
    SELECT * REPLACE ({} AS email) FROM r1
    SELECT COLUMNS(lambda c: {}) FROM r1
    SELECT DISTINCT ON ({}) email FROM r1
    SELECT email FROM r1 WHERE {}
    SELECT email FROM r1 GROUP BY email, {}
    SELECT email FROM r1 GROUP BY GROUPING SETS ((email), ({}))
    SELECT email FROM r1 GROUP BY CUBE (email, {})
    SELECT email FROM r1 GROUP BY email HAVING {}
    SELECT email FROM r1 QUALIFY row_number() OVER (ORDER BY {}) = 1
    SELECT email FROM r1 ORDER BY email COLLATE NOCASE, {} DESC NULLS LAST LIMIT 3
    SELECT email FROM r1 LIMIT 3 OFFSET {}
    SELECT email FROM r1 LIMIT ({}) %
    SELECT sum(count) OVER (PARTITION BY {}) FROM r1
    SELECT sum(count) OVER w FROM r1 WINDOW w AS (ORDER BY {})
    SELECT sum(count) OVER (ORDER BY count RANGE BETWEEN {} PRECEDING AND CURRENT ROW) FROM r1
    SELECT lead(count, 1, {}) OVER (ORDER BY date) FROM r1
    SELECT first(count ORDER BY {}) OVER () FROM r1
    SELECT sum(count) FILTER (WHERE {}) FROM r1
    SELECT array_agg(count ORDER BY {}) FROM r1
    SELECT quantile_cont(count, 0.5 ORDER BY {}) FROM r1
    SELECT list_filter([1], lambda x: {}) FROM r1
    SELECT [x + 1 FOR x IN [1, 2] IF {}]
    SELECT {'a': {}} FROM r1
    SELECT MAP {'a': {}} FROM r1
    SELECT (1, [{}, 2]) FROM r1
    SELECT [1, 2][{}:2] FROM r1
    SELECT CASE WHEN {} THEN 1 ELSE 2 END FROM r1
    SELECT CASE 1 WHEN 2 THEN 3 ELSE {} END FROM r1
    SELECT count IN (1, {}) FROM r1
    SELECT count BETWEEN {} AND 3 FROM r1
    SELECT TRY_CAST({} AS VARCHAR) AT TIME ZONE 'UTC' FROM r1
    SELECT email LIKE 'a' ESCAPE ({}) FROM r1
    VALUES (1, 2), (3, {})
    FROM range(1, {})
    FROM unnest([{}])
    FROM r1 LEFT JOIN r2 ON r1.email = r2.email AND {}
    FROM r1 ASOF JOIN r2 ON r1.count >= r2.count AND r1.email = {}
    SELECT 1 UNION BY NAME SELECT {}
    SELECT 1 UNION SELECT 2 ORDER BY {}
    WITH a AS MATERIALIZED (SELECT {}) SELECT 1
    WITH RECURSIVE a(x) AS (SELECT {} UNION SELECT 1 FROM a) FROM a
    WITH RECURSIVE a(x, y) USING KEY (x) AS (SELECT 1, 1 UNION SELECT x, {} FROM a) FROM a
    WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL (WITH b AS (SELECT {}) FROM a, b)) FROM a
    SELECT 1 WHERE ({}, 1) IN (SELECT 1, 2)
    SELECT INTERVAL ({}) DAY
"""
TABLE_PLACES = """
    FROM {}
    SELECT 1 FROM {} AS x, r1
    SELECT 1 FROM {} TABLESAMPLE 10%
    SELECT 1 FROM r1 NATURAL JOIN {}
    SELECT 1 FROM r1 SEMI JOIN {} USING (email)
    SELECT 1 FROM r1 POSITIONAL JOIN {}
    SELECT 1 FROM (r1 CROSS JOIN {})
    SELECT 1 FROM r1, LATERAL (FROM {})
    SELECT (SELECT 1 FROM {})
    SELECT 1 = ANY (FROM {})
    SELECT ARRAY (SELECT 1 FROM {})
    SELECT 1 FROM r1 ORDER BY EXISTS (FROM {})
    SELECT 1 EXCEPT ALL SELECT 1 FROM {}
    WITH a AS (SELECT 1), b AS (SELECT 1 FROM {}) FROM a
    WITH r1 AS (FROM {}) FROM r1
    WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT 1 FROM a, {}) FROM a
    SELECT list_transform([1], lambda x: (SELECT 1 FROM {}))
"""
EXPRESSIONS = """
    getenv('HOME')
    email.getenv()
    "version"()
    main.abs(1)
    current_user
    median(random()) OVER ()
    list_aggregate([1], 'su' || 'm')
    [getenv(x) FOR x IN ['HOME']]
    (FROM duckdb_settings() SELECT name)
    EXISTS (FROM pg_class)
    $1
"""
SOURCES = """
    duckdb_settings()
    duckdb_views
    '/etc/passwd'
    memory.main.r1
    query('SELECT 1')
    unnest([version()])
    (DESCRIBE r1)
    (VALUES (getenv('HOME')))
    (WITH a AS (FROM pg_class) FROM a)
"""
QUERIES_WITHIN = """
    {}
    SELECT 1 FROM r1, LATERAL ({})
    WITH z AS ({}) SELECT 1
    SELECT sum(1) FILTER (WHERE EXISTS ({})) FROM r1
    SELECT list_transform([1], lambda x: CASE WHEN EXISTS ({}) THEN x END)
    (({}) LIMIT 1) UNION ALL SELECT 1
"""
PLACES = {
    place: (harmless, statements(forbidden))
    for places, harmless, forbidden in ((EXPRESSION_PLACES, "1", EXPRESSIONS), (TABLE_PLACES, "r1", SOURCES))
    for place in statements(places)
}
"""To each place in a statement what may stand there, and what may not."""


def refused(sql: str, tables: Tables) -> Refused | None:
    try:
        tables.ask(sql, limit=1, offset=0)
    except Refused as refusal:
        return refusal
    return None


def by_gate(refusal: Refused) -> bool:
    """True where the engine was asked to read the statement at most, not to run it."""
    return refusal.__cause__ is None or isinstance(refusal.__cause__, duckdb.ParserException)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_passes_the_gate_in_any_place_of_a_statement(place: str, tables: Tables) -> None:
    harmless, forbidden = PLACES[place]
    for within in statements(QUERIES_WITHIN):
        whole = within.replace("{}", place, 1)
        unsuited = refused(whole.replace("{}", harmless), tables)
        assert unsuited is None or not by_gate(unsuited), whole
        for each in forbidden:
            refusal = refused(whole.replace("{}", each), tables)
            assert refusal is not None, each
            assert by_gate(refusal), each
