"""A report's CSV copied for people, who open it in a spreadsheet: no cell in it is taken for a formula.

`=HYPERLINK(…)` in somebody's feedback would run on the computer of whoever opens the file (CSV injection, CWE-1236).
Only cells that begin like a formula are changed, by an apostrophe in front; a file without any is copied byte for byte.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from unique_analytics_mcp.analysis._engine import store_errors
from unique_analytics_mcp.analysis.encoding import Encoding, beginning, opened, settle
from unique_analytics_mcp.analysis.headers import choose_delimiter
from unique_analytics_mcp.analysis.records import Record, records

_BEGINNINGS: Final = r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"
_MAY_BEGIN: Final = re.compile(rf'(?:^|[,;\t"])[ \ufeff]*{_BEGINNINGS}')
_FORMULA: Final = re.compile(rf"\s*{_BEGINNINGS}")
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+([.,'][0-9]+)*([eE][+-]?[0-9]+)?\s*")


def defuse(source: Path, target: BinaryIO) -> tuple[str, ...]:
    """Copy the CSV; gives what must be said of the copy. Where cells were changed it is UTF-8 and says so (BOM).

    Raises:
        StoreError: a file cannot be read or written.
    """
    with store_errors():
        encoding = settle(source)
        changed = _copy_defused(source, target, encoding) if _may_hold_formulas(source, encoding) else 0
        if not changed:
            target.seek(0)
            target.truncate()
            with source.open("rb") as file:
                shutil.copyfileobj(file, target)
            return ()
    cells = "1 cell begins" if changed == 1 else f"{changed} cells begin"
    return (f"In the saved file {cells} with an apostrophe: a spreadsheet would take what follows for a formula.",)


def _may_hold_formulas(source: Path, encoding: Encoding) -> bool:
    """A quick look that may say yes too often."""
    with opened(source, encoding) as text:
        return any(_MAY_BEGIN.search(line) for line in text)


def _copy_defused(source: Path, target: BinaryIO, encoding: Encoding) -> int:
    changed = 0
    delimiter = choose_delimiter(beginning(source, encoding))
    target.write(codecs.BOM_UTF8)
    with opened(source, encoding) as text:
        for record in records(text, delimiter):
            cells = _cells(record, delimiter)
            formulas = sum(map(_is_formula, cells))
            changed += formulas
            target.write((_line(cells, record, delimiter) if formulas else record.text).encode())
    return changed


def _cells(record: Record, delimiter: str) -> Sequence[str]:
    """The cells; of a record that cannot be read those a forgiving spreadsheet may see."""
    if record.cells is not None:
        return record.cells
    return [cell for cells in csv.reader([record.text], delimiter=delimiter) for cell in cells]


def _is_formula(cell: str) -> bool:
    return bool(_FORMULA.match(cell)) and not _NUMBER.fullmatch(cell)


def _line(cells: Sequence[str], record: Record, delimiter: str) -> str:
    line = io.StringIO(newline="")
    end = "\r\n" if record.text.endswith("\r\n") else "\n"
    writer = csv.writer(line, delimiter=delimiter, lineterminator=end)
    writer.writerow([f"'{cell}" if _is_formula(cell) else cell for cell in cells])
    return line.getvalue()
