"""What other databases' functions are called here, so that a refusal names the way that works.

Only hints: what may run is `allowed.py`. Names that DuckDB has too, but takes otherwise, are here as well.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from unique_analytics_mcp.analysis.sealed.allowed import FUNCTIONS

_AFTER: Final = "x + INTERVAL 7 DAY"
_BETWEEN: Final = "date_diff('day', a, b)"
_READ: Final = "CAST(x AS DATE), or strptime(x, '%d.%m.%Y')"
_WRITTEN: Final = "strftime(x, '%Y-%m-%d')"
_CUT: Final = "strftime(x, '%Y-%m') for days"
_DAYS: Final = "x BETWEEN DATE '2026-10-01' AND DATE '2026-10-31', or CAST(x AS VARCHAR)"
_QUANTILE: Final = "quantile_cont(x, 0.9)"
_PART: Final = "split_part(x, '@', 1)"
_MATCHES: Final = "regexp_matches(x, 'a.*')"
_AS_JSON: Final = "CAST({'a': x} AS JSON)"
_SOME: Final = "FROM report TABLESAMPLE reservoir(5 ROWS)"

FIELD: Final = "TRY_CAST(x AS JSON) ->> 'a'"
"""The field of that name of a text in JSON; nothing where the text is none."""

INSTEAD: Final = {
    "+": "concat(x, y) for texts, x + INTERVAL 1 DAY for days",
    "add_months": "x + INTERVAL 1 MONTH",
    "approx_percentile": _QUANTILE,
    "approx_quantiles": _QUANTILE,
    "average": "avg(x)",
    "charindex": "strpos(text, part)",
    "convert": "CAST(x AS VARCHAR)",
    "convert_tz": "x AT TIME ZONE 'Europe/Zurich'",
    "count": "count(DISTINCT (a, b))",
    "curdate": "current_date",
    "date_add": _AFTER,
    "date_bin": "time_bucket(INTERVAL 7 DAY, x)",
    "date_diff": _BETWEEN,
    "date_format": _WRITTEN,
    "date_sub": "x - INTERVAL 7 DAY",
    "dateadd": _AFTER,
    "datediff": _BETWEEN,
    "datename": "dayname(x)",
    "day_of_week": "isodow(x)",
    "decode": "CASE x WHEN 1 THEN 'a' ELSE 'b' END",
    "div0": "x / nullif(y, 0)",
    "eomonth": "last_day(x)",
    "format": f"{_CUT}, round(x, 2) for numbers",
    "format_date": _WRITTEN,
    "from_unixtime": "to_timestamp(x)",
    "get_json_object": FIELD,
    "getdate": "current_date",
    "iif": "if(x, y, z)",
    "isnull": "coalesce(x, y)",
    "isoweek": "week(x)",
    "json_agg": "list(x)",
    "json_build_object": _AS_JSON,
    "json_extract": FIELD,
    "json_extract_path_text": FIELD,
    "json_extract_scalar": FIELD,
    "json_extract_string": FIELD,
    "json_group_array": "list(x)",
    "json_object": _AS_JSON,
    "json_query": FIELD,
    "json_valid": "TRY_CAST(x AS JSON) IS NOT NULL",
    "json_value": FIELD,
    "jsonb_extract_path_text": FIELD,
    "left": _CUT,
    "locate": "strpos(text, part)",
    "months_between": "date_diff('month', a, b)",
    "nvl": "coalesce(x, y)",
    "parse_date": _READ,
    "parse_json": "TRY_CAST(x AS JSON)",
    "percentile": _QUANTILE,
    "percentile_approx": _QUANTILE,
    "percentile_cont": _QUANTILE,
    "percentile_disc": _QUANTILE,
    "rand": _SOME,
    "random": _SOME,
    "regexp_contains": _MATCHES,
    "regexp_count": "len(regexp_extract_all(x, 'a.*'))",
    "regexp_like": _MATCHES,
    "regexp_substr": "regexp_extract(x, 'a.*')",
    "right": _CUT,
    "row_to_json": _AS_JSON,
    "safe_divide": "x / nullif(y, 0)",
    "split": _PART,
    "stdev": "stddev(x)",
    "str_to_date": _READ,
    "substr": _CUT,
    "substring": _CUT,
    "substring_index": _PART,
    "sysdate": "current_date",
    "timestamp_diff": _BETWEEN,
    "timestampadd": _AFTER,
    "timestampdiff": _BETWEEN,
    "to_char": _WRITTEN,
    "to_date": _READ,
    "to_json": _AS_JSON,
    "to_number": "CAST(x AS DOUBLE)",
    "trunc": "date_trunc('month', x) for days",
    "truncate": "trunc(x)",
    "unix_timestamp": "epoch(x)",
    "width_bucket": "floor(x / 10) * 10",
    "~~": _DAYS,
    "~~*": _DAYS,
    "!~~": _DAYS,
    "!~~*": _DAYS,
}
"""To a name in lower case an expression that does what was meant."""

DATE_PARTS: Final = frozenset(
    {"day", "dayofweek", "hour", "isoweek", "minute", "month", "quarter", "week", "weekday", "year"}
)
"""Words that other dialects put bare between the brackets of functions of dates."""


def instead_of(function: str) -> str:
    """A sentence on what to write for it, a space behind it; empty where nothing is like it."""
    if known := INSTEAD.get(function.lower()):
        return f"Write {known} instead. "
    near = get_close_matches(function.lower(), sorted(FUNCTIONS), n=1, cutoff=0.8)
    return f"Did you mean {near[0]}? " if near else ""
