"""The headers of Unique's reports as "Query Analytics via API" (S004) prints them.

Catalogue and simulated platform are each held against it. Rows that a test writes stand under the first of them, so
that a column which is new at the end changes none.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final

HEADERS: Final = {
    "CHAT_INTERACTION": (
        *("Email", "Date", "Assistant", "Count"),
        *("DesktopCount", "SmartphoneCount", "TabletCount", "OtherDeviceCount"),
    ),
    "ACTIVE_USER": ("Period", "Date", "Value"),
    "CHAT_INTERACTION_DETAILED": ("Username", "Timestamp", "Space", "Chat ID", "Device Category", "Message", "Answer"),
    "USER_CHAT_EXPORT": ("Prompt",),
    "REFERENCE_STAT": ("File Uploaded Date", "File Name", "File Uploader", "Source", "Reference Count", "Scope"),
    "INGESTION_STAT": ("UserId", "Email", "ContentCount", "PageCount"),
    "PRODUCT_METRICS": ("S/N", "Metric Key", "Metric Value", "Partition Timestamp"),
    "MODEL_USAGE": (
        *("S/N", "User ID", "Assistant ID", "Chat ID", "App ID", "Language Model"),
        *("Spent", "Input Tokens", "Completion Tokens", "Timestamp"),
    ),
    "NPS": ("Score", "Feedback", "Created By", "Created At"),
}
"""By report type, in the order of the file."""


def report_of(type_: str, rows: Sequence[Sequence[object]]) -> bytes:
    """A report with these rows; the longest of them, where there is one, says how many of the columns it has."""
    written = io.StringIO(newline="")
    csv.writer(written).writerows([HEADERS[type_][: max(map(len, rows), default=None)], *rows])
    return written.getvalue().encode()
