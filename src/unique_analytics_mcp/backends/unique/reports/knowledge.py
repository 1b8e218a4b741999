"""The reports of the knowledge base: which documents answers cite, and who brought them in.

One literal each, as "Query Analytics via API" (S004) prints it; computes nothing. Layer: backend, values only.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.backends.unique.reports.words import (
    ASSISTANT,
    EITHER_ROLE,
    FILTER_UNCLEAR,
    LONGEST_DAYS,
    PSEUDONYMS,
)
from unique_analytics_mcp.domain.measures import All, Between, Is, Measure, OlderThan, Ranking, SummaryPlan
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType

_STALE: Final = All((OlderThan("file_uploaded_date", 365), Between("reference_count", 0, 1)))
"""Uploaded more than a year before the end of the window, and in it cited at most once."""

_BY_GROUP: Final = ("references", "documents", "cited_once", "stale")

_REFERENCE_STAT: Final = ReportType(
    name="REFERENCE_STAT",
    backend="unique",
    title="Reference statistics",
    answers="Which documents do answers cite, where do they come from and who uploaded them?",
    row="one document with the number of times answers referred to it",
    columns=(
        Column(
            header="File Uploaded Date",
            kind=ColumnKind.DATE,
            meaning="Day the file was ingested",
            other_headers=("File Upload Date", "Uploaded Date", "Upload Date"),
        ),
        Column(
            header="File Name",
            kind=ColumnKind.TEXT,
            meaning="Name of the document in the knowledge centre; may be confidential",
            other_headers=("Name",),
        ),
        Column(
            header="File Uploader",
            kind=ColumnKind.TEXT,
            meaning="Mail address of the uploader; a generic id for SharePoint",
            personal=True,
            other_headers=("Uploader", "Uploaded By"),
        ),
        Column(
            header="Source",
            kind=ColumnKind.TEXT,
            meaning="Where the document comes from: UNIQUE_BLOB_STORAGE or MICROSOFT_365_SHAREPOINT",
        ),
        Column(
            header="Reference Count",
            kind=ColumnKind.INTEGER,
            meaning="Times the document was referred to in answers",
            unit="references",
            adds_up=True,
            other_headers=("References", "Count"),
        ),
        Column(
            header="Scope",
            kind=ColumnKind.TEXT,
            meaning="Folder of the knowledge base",
            other_headers=("Folder",),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=EITHER_ROLE,
    caveats_without_rows=(FILTER_UNCLEAR,),
    caveats=(
        "Uploaders of SharePoint files are one generic id, not a person.",
        "File and folder names are written by people and may be confidential.",
        "Whether documents that were never cited are listed at all is not documented.",
        FILTER_UNCLEAR,
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="documents", how="rows", unit="documents listed"),
            Measure(name="references", how="sum", column="reference_count", unit="references"),
            Measure(name="cited_once", how="rows", where=Between("reference_count", 1, 1), unit="documents listed"),
            Measure(name="never_cited", how="rows", where=Between("reference_count", 0, 0), unit="documents listed"),
            Measure(name="stale", how="rows", where=_STALE, unit="documents, old and hardly cited"),
            Measure(name="scopes", how="distinct", column="scope", unit="folders"),
            Measure(name="uploaders", how="distinct", column="file_uploader", unit="uploaders"),
        ),
        rankings=(
            Ranking(name="documents", by=("file_name", "scope"), measures=("references",), one_each=True),
            Ranking(name="sources", by=("source",), measures=_BY_GROUP),
            Ranking(name="folders", by=("scope",), measures=_BY_GROUP),
            Ranking(name="uploaders", by=("file_uploader",), measures=_BY_GROUP),
            Ranking(
                name="stale_documents",
                by=("file_uploaded_date", "file_name", "scope"),
                measures=("references",),
                where=_STALE,
                fewest_first=True,
            ),
        ),
        headline=(
            "Answers referred {references:time|times} to the {documents:document|documents} listed.",
            "Cited most was {documents.file_name}: {documents.references:time|times} ({documents.share_percent} %).",
            "Of those listed {cited_once:was|were} cited once, {never_cited} never.",
            "{stale:is|are} stale: old and hardly cited.",
        ),
        people="file_uploader",
        people_where=Is("source", "UNIQUE_BLOB_STORAGE"),
    ),
    options=(ASSISTANT,),
    stands_alone="a row is one document's total of the whole window, so a document would be listed once per window",
)

_INGESTION_STAT: Final = ReportType(
    name="INGESTION_STAT",
    backend="unique",
    title="Ingestion statistics",
    answers="Who ingested how many files and pages?",
    row="one person with what they ingested in the whole period",
    columns=(
        Column(header="UserId", kind=ColumnKind.TEXT, meaning="Identifier of the person", personal=True),
        Column(
            header="Email",
            kind=ColumnKind.TEXT,
            meaning="Mail address of the person, or a pseudonym",
            personal=True,
            other_headers=("User Email",),
        ),
        Column(
            header="ContentCount",
            kind=ColumnKind.INTEGER,
            meaning="Files ingested",
            unit="files",
            adds_up=True,
            other_headers=("Contents", "File Count"),
        ),
        Column(
            header="PageCount",
            kind=ColumnKind.INTEGER,
            meaning="Pages of all files ingested",
            unit="pages",
            adds_up=True,
            other_headers=("Pages",),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=EITHER_ROLE,
    caveats_without_rows=(FILTER_UNCLEAR,),
    caveats=(
        "There is no date in this report: its numbers are for the whole period, so a trend needs several orders.",
        PSEUDONYMS,
        FILTER_UNCLEAR,
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="files", how="sum", column="content_count", unit="files"),
            Measure(name="pages", how="sum", column="page_count", unit="pages"),
            Measure(name="people", how="distinct", column="user_id", unit="people"),
        ),
        rankings=(Ranking(name="users", by=("email",), measures=("files", "pages")),),
        headline=(
            "{people:person|people} ingested {files:file|files} with {pages:page|pages}.",
            "{users.email} ingested most: {users.files:file|files} ({users.share_percent} %).",
        ),
        people="email",
    ),
    options=(ASSISTANT,),
    stands_alone="a row is one person's total of the whole window, so a person would be listed once per window",
)

KNOWLEDGE_REPORTS: Final = (_REFERENCE_STAT, _INGESTION_STAT)
