"""Whatever people write, the report that is kept is the platform's, byte for byte, and every row of it is counted."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from houses import house, question
from subjects import Subject


async def test_what_people_wrote_arrives_byte_for_byte_and_row_for_row(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        order = await service.wait(
            (await service.create(question(service, subject, **subject.texts))).order_id or "", patience_s=60
        )
        order_id = order.order_id or ""
        kept = (await service.csv_file(order_id)).read_bytes()
        found = await service.intake(order_id)
        rows = await service.query(order_id, "SELECT count(*) AS rows FROM report")

    assert kept == home.held(order_id)
    records = list(csv.reader(StringIO(kept.decode("utf-8-sig"), newline="")))[1:]
    assert (found.rows, found.rejected_rows, rows.rows[0][0]) == (len(records), 0, len(records))
    cells = [cell for record in records for cell in record]
    for trap in subject.traps:
        assert any(trap in cell for cell in cells), f"no row holds {trap!r}, so nothing was shown"


async def test_pages_of_rows_put_together_are_the_whole_report(subject: Subject, tmp_path: Path):
    async with house(subject, tmp_path) as home, home.service() as service:
        order = await service.create(question(service, subject, **subject.texts))
        await service.wait(order.order_id or "", patience_s=60)
        read: list[list[str]] = []
        offset: int | None = 0
        while offset is not None:
            page = await service.csv_page(order.order_id or "", offset=offset, limit=17)
            read += list(csv.reader(StringIO(page.text.removeprefix("\ufeff"), newline="")))[1:]
            offset = page.next_offset
        held = home.held(order.order_id or "").decode("utf-8-sig")
    assert read == list(csv.reader(StringIO(held, newline="")))[1:]
