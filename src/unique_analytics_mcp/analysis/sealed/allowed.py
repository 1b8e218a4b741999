"""The functions that a statement may use: an allow list by name, everything else is refused.

Chosen from what DuckDB 2.0 offers. Left out: whatever reads files, settings, the catalogue, the environment, the
session or other statements; whatever sleeps, fails on purpose, draws random numbers or keeps state; and engine
internals. The names of the operators are functions too.
"""

from __future__ import annotations

from typing import Final

TABLE_FUNCTIONS: Final = frozenset(("range", "generate_series", "unnest"))
"""What may stand where a table stands."""

_OPERATORS: Final = """
    + - * / // % ** ^ || & | << >> ~ ! @ ~~ !~~ ~~* !~~* ~~~ ->> -> = != <> < > <= >= ^@ <@ @> &&
"""
_AGGREGATES: Final = """
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_min argmax argmin array_agg avg bit_and bit_or
    bool_and bool_or corr count count_if count_star countif covar_pop covar_samp entropy favg first fsum geomean
    geometric_mean group_concat histogram kahan_sum kurtosis last list listagg mad max max_by mean median min min_by
    mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp string_agg sum sumkahan var_pop var_samp
    variance wavg weighted_avg
"""
_WINDOWS: Final = """
    cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number
"""
_DATES: Final = """
    age century current_date current_localtimestamp date_add date_diff date_part date_sub date_trunc datediff datepart
    datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_us era
    get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp make_timestamptz
    microsecond millennium millisecond minute month monthname now quarter second strftime strptime time_bucket timezone
    to_centuries to_days to_decades to_hours to_microseconds to_milliseconds to_minutes to_months to_quarters to_seconds
    to_timestamp to_weeks to_years today try_strptime week weekday weekofyear year yearweek
"""
_NUMBERS: Final = """
    abs acos add asin atan atan2 bit_count cbrt ceil ceiling cos cot degrees divide equi_width_bins even exp factorial
    fdiv floor fmod gcd greatest isfinite isinf isnan lcm least ln log log10 log2 mod multiply nextafter pi pow power
    radians round round_even sign signbit sin sqrt subtract tan trunc
"""
_TEXTS: Final = """
    ascii bar char_length character_length chr concat concat_ws contains damerau_levenshtein ends_with format
    format_bytes hamming hash hex ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left len
    length levenshtein like_escape lower lpad ltrim md5 nfc_normalize not_ilike_escape not_like_escape ord overlay
    parse_filename position prefix printf regexp_escape regexp_extract regexp_extract_all regexp_full_match
    regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right rpad rtrim sha256 split split_part
    starts_with str_split string_split string_split_regex string_to_array strip_accents strlen strpos substr substring
    suffix translate trim ucase unicode upper url_decode url_encode
"""
_LISTS: Final = """
    array_aggregate array_append array_concat array_contains array_distinct array_extract array_filter array_has
    array_has_all array_has_any array_intersect array_length array_position array_prepend array_reverse array_slice
    array_sort array_to_string array_transform array_unique cardinality element_at flatten list_aggregate list_any_value
    list_append list_apply list_avg list_concat list_contains list_count list_distinct list_element list_extract
    list_filter list_first list_has list_has_all list_has_any list_indexof list_intersect list_last list_max list_median
    list_min list_mode list_position list_prepend list_reduce list_reverse list_reverse_sort list_slice list_sort
    list_sum list_transform list_unique list_value list_zip map map_concat map_contains map_entries map_extract
    map_from_entries map_keys map_values row struct_extract struct_pack
"""
CLOCK_FUNCTIONS: Final = frozenset(("current_date", "current_localtimestamp", "get_current_timestamp", "now", "today"))
"""Those of the dates that ask what day or time it is."""
CLOCK_WORDS: Final = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))
"""What asks the same without brackets, where no column is called so."""

_CHOICES: Final = "coalesce grouping grouping_id if ifnull nullif typeof"

FUNCTIONS: Final = TABLE_FUNCTIONS.union(
    *(words.split() for words in (_OPERATORS, _AGGREGATES, _WINDOWS, _DATES, _NUMBERS, _TEXTS, _LISTS, _CHOICES))
)
"""What may be called in an expression, in lower case."""
