"""A report's CSV as a file in the operator's folder, safe to open in a spreadsheet.

Part of the service's shell; knows the store and the analysis, nothing of orders.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from unique_analytics_mcp.store import Shelf


def export_target(folder: Path | None, name: str) -> Path:
    """Where a file of that name goes; `folder` is None where the operator allows no files.

    Raises:
        InvalidRequest: not allowed, or not a plain name of visible characters that ends in .csv.
    """
    if folder is None:
        raise InvalidRequest(
            "This server has no export folder, so it saves no files.",
            hint=(
                "Leave save_csv_to out: the answer then names the address of the whole CSV, as csv_uri. The operator "
                "can set UNIQUE_ANALYTICS_EXPORT_DIR."
            ),
        )
    is_plain = Path(name).name == name and name.isprintable() and not name.startswith(".")
    if not is_plain or not name.lower().endswith(".csv"):
        raise InvalidRequest(
            "save_csv_to must be a plain file name that ends in .csv, without folders.",
            hint="For example save_csv_to='october.csv'; it is written into the export folder.",
        )
    return folder / name


async def exported(shelf: Shelf, order_id: str, target: Path) -> list[str]:
    """Save a kept CSV without anything a spreadsheet would run; gives what was changed in it.

    Raises:
        StoreError: the report is gone, or the file cannot be written.
    """
    from unique_analytics_mcp.analysis.exports import defuse

    remarks: list[str] = []
    await shelf.export(order_id, target, copy=lambda source, file: remarks.extend(defuse(source, file)))
    return remarks
