"""What a refused statement is told: what was wrong with it, and what there is instead.

Statements run in the sealed engine of this process.
"""

from pathlib import Path

import duckdb
import pytest

from unique_analytics_mcp.analysis.sealed.gate import Refused
from unique_analytics_mcp.analysis.sealed.tables import Report, Tables

pytestmark = pytest.mark.thorough


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
        (
            "WITH RECURSIVE t AS (FROM t UNION ALL SELECT 1) FROM t",
            "The table t is not available here",
            "report, r1, r2",
        ),
        ("SELECT * FROM november", "The table november is not available here", "report, r1, r2"),
        ("SELECT 1; SELECT 2", "This is not one statement but 2.", "Send exactly one SELECT."),
        ("DELETE FROM r1", "DELETE is not available here: reports are only read.", "Send exactly one SELECT."),
        ("WITH x AS (DELETE FROM r1 RETURNING *) FROM x", "DELETE is not available here", "only reads the tables"),
        ("SELECT email, sum(count) FROM r1", "email is neither grouped nor aggregated.", "Add it to GROUP BY"),
        ("SELECT email FROM r1, r2", "email is in more than one of the tables.", "such as r1.email"),
        ("SELECT sum(email) FROM r1", "There is no sum(VARCHAR): it takes values of other types", "of them. Cast them"),
        ("SELECT abs(count, 1) FROM r1", "There is no abs(BIGINT, INTEGER_LITERAL)", "Cast them"),
        ("SELECT email::INT FROM r1", "A value cannot be read as the type asked for.", "TRY_CAST gives NULL"),
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
        ("SELECT 1 # one\nFROM r1", "cannot be read from '#' on", "names in double quotes, texts in single"),
        ("SELECT TOP 5 email FROM r1", "cannot be read from '5' on", "LIMIT 10 at the end instead of TOP"),
        ("SELECT email FROM r1 ORDER BY 1 LIMIT 5 WITH TIES", "from 'WITH' on", "QUALIFY rank() OVER"),
        ("SELECT email FROM r1 MINUS SELECT email FROM r2", "from 'SELECT' on", "EXCEPT instead of MINUS"),
        ("SELECT email FROM r1 WHERE email REGEXP 'a'", "from 'REGEXP' on", "regexp_matches(x, 'a.*')"),
        ('SELECT email FROM r1 WHERE email = "ada"', "no column or table ada", "Texts stand in 'single quotes'."),
        ("SELECT to_char(date, 'YYYY-MM') FROM r1", "The function to_char", "Write strftime(x, '%Y-%m-%d') instead."),
        ("SELECT 'by ' + email FROM r1", "There is no +(STRING_LITERAL, VARCHAR)", "Write concat(x, y) for texts"),
        ("SELECT moment + 1 FROM r1", "There is no +(TIMESTAMP WITH TIME ZONE", "x + INTERVAL 1 DAY for days"),
        ("SELECT percentile_cont(count, 0.95) FROM r1", "The function percentile_cont", "quantile_cont(x, 0.9)"),
        ("SELECT convert_tz(moment, 'UTC', 'CET') FROM r1", "convert_tz", "x AT TIME ZONE 'Europe/Zurich'"),
        ("SELECT email FROM r1 ORDER BY random()", "The function random", "TABLESAMPLE reservoir(5 ROWS)"),
        ("SELECT timestamp_diff(moment, moment, HOUR)", "timestamp_diff is not", "date_diff('day', a, b)"),
        ("SELECT NVL(cost, 0) FROM r1", "The function nvl is not available", "Write coalesce(x, y) instead."),
        ("SELECT regex_matches(email, 'a') FROM r1", "The function regex_matches", "Did you mean regexp_matches?"),
        ("SELECT DATEDIFF(date, DATE '2026-10-01') FROM r1", "no datediff(DATE, DATE)", "date_diff('day', a, b)"),
        ("SELECT DATE_SUB(date, INTERVAL 1 DAY) FROM r1", "no date_sub(DATE, INTERVAL)", "x - INTERVAL 7 DAY"),
        ("SELECT count(DISTINCT email, date) FROM r1", "no count(VARCHAR, DATE)", "count(DISTINCT (a, b))"),
        ("SELECT 1 FROM r1 WHERE date LIKE '2026-10%'", "no LIKE(DATE", "x BETWEEN DATE '2026-10-01'"),
        ("SELECT left(date, 7) FROM r1", "There is no left(DATE", "Write strftime(x, '%Y-%m') for days instead."),
        ("SELECT substr(date, 1, 7) FROM r1", "no substr(DATE", "Write strftime(x, '%Y-%m') for days"),
        ("SELECT format(moment, 'yyyy-MM') FROM r1", "no format(TIMESTAMP", "Write strftime(x, '%Y-%m') for days"),
        ("SELECT datepart(month, date) FROM r1", "no column or table month.", "texts: date_trunc('month', x)"),
        ("SELECT DATE_TRUNC(date, WEEK) FROM r1", "no column or table WEEK.", "texts: date_trunc('month', x)"),
        ("SELECT datediff(day, date, moment) FROM r1", "no column or table day.", "date_diff('day', a, b)"),
        ("SELECT list_aggregate([1], 'mode_of')", "The function mode_of is not available", "Columns of"),
        ("DESCRIBE r1", "DESCRIBE, SHOW or SUMMARIZE is not available", "Columns of r1, r2: email"),
        ("PRAGMA table_info('r1')", "PRAGMA is not available", "Columns of r1, r2: email"),
        (
            "SELECT date, rank() OVER (PARTITION BY email ORDER BY sum(count)) FROM r1 GROUP BY ALL",
            "GROUP BY ALL does not group",
            "GROUP BY email, assistant",
        ),
        ("SELECT sum(avg(count)) FROM r1", "An aggregate cannot hold another.", "sum(sum(x)) OVER ()"),
        ("SELECT lag(count) FROM r1", "A window function stands without OVER", "Write OVER (ORDER BY x)"),
        ("SELECT email FROM r1 GROUP BY 1 QUALIFY sum(count) > 5", "QUALIFY stands without", "groups into HAVING"),
        (
            "SELECT email FROM r1 GROUP BY ALL QUALIFY rank() OVER (ORDER BY email) < 5",
            "GROUP BY ALL",
            "GROUP BY email",
        ),
        ("SELECT email FROM r1 WHERE cost > '10,5'", "cannot be read as the type asked for", "a point, as in 10.5"),
        ("SELECT count(*) OVER w FROM r1", "There is no window w.", "WINDOW w AS (ORDER BY x)"),
        ("SELECT string_agg(email) WITHIN GROUP (ORDER BY 1) FROM r1", "takes no WITHIN GROUP", "' ORDER BY x)"),
        ("SELECT email FROM r1 WHERE count = (SELECT 1, 2)", "gives several columns", "Select one column"),
        ("SELECT email FROM r1 UNION SELECT 1, 2", "differ in their number of columns", "equally many"),
        ("SELECT email FROM r1 ORDER BY 5", "ORDER names a column by a place", "Name the column"),
        ("SELECT email FROM r1 JOIN r2 USING (email, emial)", "no column or table emial", "Did you mean email?"),
        (
            "SELECT Email FROM (SELECT count FROM r1)",
            "Only report, r1, r2 have a column Email,",
            "Take it from there",
        ),
        (
            "SELECT r1.email FROM (SELECT count FROM r1)",
            "A column is read from r1, and no table or subquery of the same SELECT is called so.",
            "AS r1 behind the one that is meant. Columns of report:",
        ),
        (
            "SELECT r1.email FROM r1 AS a",
            "A column is read from r1, and no table or subquery of the same SELECT is called so.",
            "by its alias, or else",
        ),
        (
            "SELECT a.email FROM (FROM r1 AS a)",
            "A column is read from a, and no table or subquery of the same SELECT is called so.",
            "Columns of r1, r2",
        ),
        ("SELECT quantile_cont(count, 90) FROM r1", "A quantile is a number from 0 to 1.", "Write 0.9"),
        ("SELECT count % 0 FROM r1", "A whole number is divided by zero.", "nullif(x, 0)"),
        ("SELECT count::NUMBER FROM r1", "There is no type NUMBER.", "DECIMAL(18,2)"),
        ("SELECT moment AT TIME ZONE 'Zurich' FROM r1", "There is no such time zone.", "Europe/Zurich"),
        ("SELECT strftime(date, '%Q') FROM r1", "A format of days", "%G-W%V for weeks"),
        ("SELECT strptime(email, '%Y') FROM r1", "cannot be read as a day or a moment", "try_strptime"),
        ("SELECT email FROM r1 WHERE regexp_matches(email, '(?<=a)b')", "A regular expression", "no look-arounds"),
        ("SELECT email FROM r1 LIMIT -1", "LIMIT and OFFSET cannot be negative.", "limit and offset beside sql"),
        (
            "SELECT json_extract_string(email, '$.a') FROM r1",
            "json_extract_string is",
            "Write TRY_CAST(x AS JSON) ->> 'a'",
        ),
        ("SELECT json_valid(email) FROM r1", "The function json_valid", "TRY_CAST(x AS JSON) IS NOT NULL"),
        ("SELECT to_json(email) FROM r1", "The function to_json", "Write CAST({'a': x} AS JSON) instead."),
        (
            "SELECT email ->> 'a' FROM r1",
            "A text is read as JSON that is none.",
            "TRY_CAST(x AS JSON) ->> 'a' gives NULL",
        ),
        ("SELECT r1.email.a FROM r1", "A value is asked for a field that has none.", "TRY_CAST(x AS JSON) ->> 'a'"),
        ("SELECT regexp_count(email, 'a') FROM r1", "regexp_count", "Write len(regexp_extract_all(x, 'a.*')) instead."),
        (f"SELECT 1 IN ({'1, ' * 20_000}1)", "The statement is too long.", "Send a shorter one."),
        (f"SELECT {' + '.join(['1'] * 210)}", "The statement is too deeply nested.", "list_sum([a, b])"),
        (f"{'FROM (' * 250}SELECT 1{')' * 250}", "The statement is too deeply nested.", "Nest less"),
        (f"{'FROM (' * 600}SELECT 1{')' * 600}", "The statement is too deeply nested.", "Nest less"),
        (f"SELECT {', '.join(['1'] * 101)}", "The answer has 101 columns; 100 are allowed.", "Select fewer."),
        ("SELECT '\ud800'", "The statement holds characters that are none.", "Send it as plain text."),
        ("UPDATE EXTENSIONS", "This kind of statement is not available here", "Send exactly one SELECT."),
        (f"SELECT {'f' * 61}(email) FROM r1", f"The function {'f' * 60}… is not", "available here"),
        (f"SELECT {'f' * 60}(email) FROM r1", f"The function {'f' * 60} is not", "available here"),
        ("SELECT list_aggregate([count], email) FROM r1", "The function of a computed name is not", "available here"),
        ("SELECT * FROM main.sqlite_master", "The table main.sqlite_master is not", "Columns of r1, r2: email"),
        ("FROM repeat('x', 3)", "The function repeat is not available", "Columns of r1, r2: email"),
        ("FROM generate_serie(1, 3)", "The function generate_serie is not", "Did you mean generate_series?"),
        ("SELECT coalesce(email, 0) FROM r1", "Values of VARCHAR and of INTEGER_LITERAL stand where", "AS VARCHAR)"),
        ("SELECT greatest(count, email) FROM r1", "Values of BIGINT and of VARCHAR stand where", "CAST(x AS VARCHAR)"),
        ("SELECT if(count > 2, count, 'few') FROM r1", "cannot be read as the type", "beside texts CAST(x AS"),
        ("SELECT split_part(email, '@') FROM r1", "split_part takes another number", "split_part(x, '@', 1)"),
        ("SELECT email, sum(count) FROM r1 GROUP BY 1, 2", "GROUP BY cannot hold aggregates.", "GROUP BY ALL"),
        ("SELECT email FROM r1 ORDER BY 'email'", "A text stands in ORDER BY", "in double ones"),
        ("SELECT string_agg(DISTINCT email ORDER BY count) FROM r1", "DISTINCT values is ordered", "', ' ORDER BY x)"),
        ("SELECT sum(rank() OVER (ORDER BY count)) FROM r1", "within an aggregate or another", "in a subquery first"),
        ("SELECT rank() OVER (ORDER BY rank() OVER ()) FROM r1", "within an aggregate or another", "subquery first"),
        ("SELECT unnest(email) FROM r1", "A list is needed where there is none.", "string_split(x, ',')"),
        ("SELECT list_filter(email, lambda x: x > 'a') FROM r1", "A list is needed", "string_split(x, ',')"),
        ("SELECT regexp_matches(email, 'a', 'q') FROM r1", "an option that there is not", "'i' for any case"),
        ("SELECT regexp_replace(email, 'a', 'b', 'é') FROM r1", "an option that there is not", "'g' to replace each"),
        ("SELECT 9223372036854775807 * 2 FROM r1", "A number becomes too large.", "Cast to DOUBLE"),
    ],
)
def test_a_refusal_says_what_was_wrong_and_what_there_is(sql: str, message: str, hint: str, tables: Tables) -> None:
    with pytest.raises(Refused) as refusal:
        tables.ask(sql, limit=10, offset=0)
    assert message in refusal.value.message
    assert hint in f"{refusal.value.message} {refusal.value.hint}"


def test_a_column_that_only_one_of_two_reports_has_is_said_to_be_there_alone(tmp_path: Path) -> None:
    people, models = tmp_path / "people.parquet", tmp_path / "models.parquet"
    with duckdb.connect() as db:
        db.execute(f"COPY (SELECT 'ada' AS email, 1 AS user_id) TO '{people}'")
        db.execute(f"COPY (SELECT 1 AS user_id, 2 AS spent) TO '{models}'")
    opened = Tables([Report(str(people), "a"), Report(str(models), "b")], stack=False)
    try:
        with pytest.raises(Refused, match="Only r1 has a column email, and the statement reads it elsewhere"):
            opened.ask("SELECT * FROM r1 JOIN r2 USING (email)", limit=1, offset=0)
    finally:
        opened.close()


def test_reports_of_different_types_are_not_stacked(parquet: list[Path]) -> None:
    opened = Tables([Report(str(parquet[0]), "a"), Report(str(parquet[1]), "b")], stack=False)
    try:
        with pytest.raises(Refused, match="The table report is not available here"):
            opened.ask("SELECT * FROM report", limit=1, offset=0)
    finally:
        opened.close()
