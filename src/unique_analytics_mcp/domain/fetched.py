"""A fetched report: what reading its CSV found, and a page of its records. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What reading a report's CSV found; kept in its sidecar."""

    rows: int
    """Rows read into the typed table."""
    rejected_rows: int
    """Records with more or fewer cells than the header; kept in the CSV, left out of the numbers."""
    rejected_records: tuple[int, ...]
    """Numbers of the first of them, counting records from 1 after the header; at most 20."""
    columns: tuple[tuple[str, str, str], ...]
    """Of each column in the file, in order: header, snake_case name, kind."""
    columns_missing: tuple[str, ...]
    """Declared headers that are not in the file, optional ones included."""
    columns_unknown: tuple[str, ...]
    """Headers in the file that nobody declared; they are kept."""
    unreadable_cells: Mapping[str, int]
    """By column name: cells that are not empty but not of the column's kind; empty in the typed table."""
    remarks: tuple[str, ...] = ()
    """What else had to be mended, in sentences: encoding, NUL bytes, doubled headers."""
    columns_inferred: tuple[str, ...] = ()
    """Names of the columns whose kind was read from their cells, because nobody declared it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvPage:
    """Some consecutive records of a report under its header."""

    text: str
    """The header record, then the records of the page, each with the line end it has in the file."""
    offset: int
    """Records before this page, the header not counted."""
    rows: int
    """Records on this page."""
    total_rows: int
    """Records in the file; those that the summary had to reject are among them."""
    next_offset: int | None
    """Where the next page begins; None on the last one."""
