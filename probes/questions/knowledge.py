"""What answers cite, and who brings documents in."""

from __future__ import annotations

from typing import Final

from probes.asking import Question, chart, query, report
from probes.claims import first, picture, row, rows, total
from probes.counting import added, distinct, percent, ranked, ratio, where
from probes.questions.types import CITED, INGESTED

KNOWLEDGE: Final = (
    Question(
        "Which documents are cited most?",
        [report(CITED, "last_quarter")],
        lambda true: [
            first("documents", *ranked(true(CITED, "last_quarter"), "File Name", "Scope", by="Reference Count")[0]),
            total("references", added(true(CITED, "last_quarter"), "Reference Count")),
            total("documents", len(true(CITED, "last_quarter"))),
        ],
    ),
    Question(
        "Do answers rest more on SharePoint or on uploads?",
        [report(CITED, "last_quarter")],
        lambda true: [
            row(
                "sources",
                source,
                times,
                percent(times, added(true(CITED, "last_quarter"), "Reference Count")),
                len(where(true(CITED, "last_quarter"), "Source", str(source))),
            )
            for source, times in ranked(true(CITED, "last_quarter"), "Source", by="Reference Count")
        ],
    ),
    Question(
        "Whose uploads are cited most, and from which folder?",
        [report(CITED, "last_month")],
        lambda true: [
            first("uploaders", *ranked(true(CITED, "last_month"), "File Uploader", by="Reference Count")[0]),
            first("folders", *ranked(true(CITED, "last_month"), "Scope", by="Reference Count")[0]),
        ],
    ),
    Question(
        "How many documents cited last month are from 2024?",
        [
            report(CITED, "last_month"),
            query("#1", "SELECT count(*) FROM report WHERE year(file_uploaded_date) = 2024"),
        ],
        lambda true: [
            rows(
                "rows",
                [len(where(true(CITED, "last_month"), "File Uploaded Date", lambda day: day.endswith(".2024")))],
            )
        ],
    ),
    Question(
        "How many files did each person upload last quarter?",
        [report(INGESTED, "last_quarter")],
        lambda true: [
            first("users", *ranked(true(INGESTED, "last_quarter"), "Email", by="ContentCount")[0]),
            total("files", added(true(INGESTED, "last_quarter"), "ContentCount")),
            total("people", distinct(true(INGESTED, "last_quarter"), "UserId")),
        ],
    ),
    Question(
        "Who brought in the most pages?",
        [report(INGESTED, "last_quarter"), chart(by="users", measure="pages", top=3)],
        lambda true: [
            rows("rows", *ranked(true(INGESTED, "last_quarter"), "Email", by="PageCount")[:3]),
            picture(),
        ],
    ),
    Question(
        "How many pages has the average file?",
        [
            report(INGESTED, "last_quarter"),
            query("#1", "SELECT round(sum(page_count) / sum(content_count), 2) FROM report"),
        ],
        lambda true: [
            rows(
                "rows",
                [
                    ratio(
                        added(true(INGESTED, "last_quarter"), "PageCount"),
                        added(true(INGESTED, "last_quarter"), "ContentCount"),
                        2,
                    )
                ],
            )
        ],
    ),
)
"""In the order they are asked."""
