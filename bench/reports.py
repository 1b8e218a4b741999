"""Believable reports of any number of rows, the same on every machine: a firm's people, their assistants, their year.

Written by DuckDB from hashes of row numbers, because ten million rows would take Python a minute. Knows columns, no
platform and no measuring.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

MODEL_USAGE: Final = "MODEL_USAGE"
CHAT_INTERACTION: Final = "CHAT_INTERACTION"
CHAT_INTERACTION_DETAILED: Final = "CHAT_INTERACTION_DETAILED"

_MODEL_USAGE_SQL: Final = """
SELECT
    row + 1 AS "S/N",
    100000000000000000 + CAST(hash(person) % 900000000000000000 AS BIGINT) AS "User ID",
    'assistant_' || left(md5('assistant' || assistant), 24) AS "Assistant ID",
    'chat_' || left(md5('chat' || chat), 24) AS "Chat ID",
    'app_mgm7l3vkhkk6rtrxfr1xyvc2' AS "App ID",
    ['AZURE_GPT_4o_2024_1120', 'AZURE_GPT_5_2025_0807', 'litellm:anthropic-claude-sonnet-4-5'][1 + row % 3]
        AS "Language Model",
    format('{:.7f}', (asked * 25 + answered * 100) / 1e7) AS "Spent",
    asked AS "Input Tokens",
    answered AS "Completion Tokens",
    strftime(TIMESTAMP '2025-11-01' + to_milliseconds(row * 31_500_000_000 // $rows), '%Y-%m-%dT%H:%M:%S.%gZ')
        AS "Timestamp"
FROM (
    SELECT
        row, row // 6 AS chat,
        CAST(hash(chat, 1) % 1_000 * (hash(chat, 2) % 1_000) // 250 AS INTEGER) AS person,
        hash(chat, 3) % 60 AS assistant,
        40 + hash(row, 4) % 5_000 AS asked,
        5 + hash(row, 5) % 900 AS answered
    FROM range($rows) AS numbers(row)
)"""
"""Six calls a conversation; some of 4,000 people start far more of them than others."""

_CHAT_INTERACTION_SQL: Final = """
SELECT
    'person' || person || '.' || left(md5('name' || person), 8) || '@nordwind.example' AS "Email",
    strftime(DATE '2025-11-01' + CAST(day AS INTEGER), '%d.%m.%Y') AS "Date",
    'Assistant ' || assistant || ' ' || left(md5('assistant' || assistant), 8) AS "Assistant",
    desktop + smartphone + tablet + other AS "Count",
    desktop AS "DesktopCount", smartphone AS "SmartphoneCount", tablet AS "TabletCount", other AS "OtherDeviceCount"
FROM (
    SELECT
        (row * 365) // $rows AS day,
        hash(row, 1) % 9_000 AS person,
        (hash(person) + 17 * (hash(row, 2) % 4)) % 60 AS assistant,
        1 + hash(row, 3) % 9 AS desktop,
        hash(row, 4) % 3 AS smartphone,
        hash(row, 5) % 2 AS tablet,
        hash(row, 6) % 2 AS other
    FROM range($rows) AS numbers(row)
)"""
"""A year of 9,000 people with four assistants each."""

_DETAILED_SQL: Final = """
SELECT
    'Person ' || person AS "Username",
    strftime(TIMESTAMP '2026-10-01' + to_seconds(row * 1_200_000 // $rows), '%Y-%m-%dT%H:%M:%S.%gZ') AS "Timestamp",
    'Space ' || space AS "Space",
    'chat_' || left(md5('chat' || row // 5), 24) AS "Chat ID",
    ['desktop', 'smartphone', 'tablet'][1 + CAST(hash(row, 3) % 3 AS INTEGER)] AS "Device Category",
    'Fasse "' || md5('topic' || row) || '" zusammen, für die Geschäftsleitung. '
        || repeat(md5('message' || row) || ' und, so weiter. ', CAST(2 + hash(row, 4) % 12 AS INTEGER)) AS "Message",
    'Gerne. Das Wichtigste zu "' || md5('topic' || row) || '":' || chr(10)
        || repeat('- ' || md5('answer' || row) || ', größer als erwartet' || chr(10),
                  CAST(5 + hash(row, 5) % 45 AS INTEGER)) AS "Answer"
FROM (
    SELECT row, hash(row // 5, 1) % 900 AS person, hash(row // 5, 2) % 60 AS space FROM range($rows) AS numbers(row)
)"""
"""Two weeks; five messages a conversation, answers of several lines."""

_SQL: Final[Mapping[str, str]] = {
    MODEL_USAGE: _MODEL_USAGE_SQL,
    CHAT_INTERACTION: _CHAT_INTERACTION_SQL,
    CHAT_INTERACTION_DETAILED: _DETAILED_SQL,
}


def write_report(path: Path, report: str, *, rows: int) -> None:
    """Write a CSV of that many rows."""
    import duckdb

    with duckdb.connect() as db:
        db.execute(f"COPY ({_SQL[report].replace('$rows', str(rows))}) TO '{path}' (HEADER)")
