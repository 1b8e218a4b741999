"""What people wrote, page by page."""

from pathlib import Path

import pytest

from analysis.computing import csv_of
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.analysis.texts import texts
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS

NPS = UNIQUE_REPORTS["NPS"]


@pytest.mark.usefixtures("as_if_large")
def test_pages_of_a_report_in_parts_hold_every_text_once_by_score_and_then_as_in_the_file(tmp_path: Path) -> None:
    rows = [(number % 11, f"Comment {number}", "ada@example.com", "2026-10-05T08:00:00Z") for number in range(200)]
    source, target = tmp_path / "report.csv", tmp_path / "report.parquet"
    source.write_bytes(csv_of(["Score", "Feedback", "Created By", "Created At"], rows))
    convert(source, target, NPS)
    pages = [texts(target, NPS, offset=offset, limit=30).rows for offset in range(0, 200, 30)]
    expected = sorted(rows, key=lambda row: row[0])
    assert [row for page in pages for row in page] == [(str(score), comment) for score, comment, *_ in expected]
