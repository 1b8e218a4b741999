"""Orders at a pretend Unique platform, whichever API they come through: windows, states, dates and the CSV.

The states are the words of "Query Analytics via API" (S004); limits and defaults too. Where the documents are silent
it is strict: half a date range is refused. It knows neither paths nor who is asking. Layer: simulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from types import MappingProxyType

import anyio.to_thread
from starlette.responses import Response, StreamingResponse

from unique_analytics_mcp.simulator.firm import Firm
from unique_analytics_mcp.simulator.jobs import Job, Stage
from unique_analytics_mcp.simulator.unique.answers import Refusal, nest
from unique_analytics_mcp.simulator.unique.reports import CsvDialect, Extract, Pseudonyms, Report, csv_chunks

MAXIMUM_DAYS = 365
"""Longest window of any order, both ends included."""
MAXIMUM_DAYS_BY_TYPE = MappingProxyType({"CHAT_INTERACTION_DETAILED": 14})
"""Shorter limits, both ends included."""
STATES = MappingProxyType(
    {
        Stage.WAITING: "PENDING",
        Stage.WORKING: "PROCESSING",
        Stage.UNDOCUMENTED: "RECALCULATING",
        Stage.DONE: "DONE",
        Stage.FAILED: "FAILED",
        Stage.ERROR: "ERROR",
    }
)
"""The platform's word for each stage."""

_WHOLE_CHUNKS = 16
"""Reports of up to so many pieces (about 1 MiB) are sent with a Content-Length, longer ones as they are written."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A valid order: what to report on."""

    type: str
    start: date
    end: date
    """Included."""
    assistant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was accepted."""

    wanted: Wanted
    hides_prompts: bool
    """True when it was placed without `chat.data.admin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What turns an order into its CSV: the firm it is about, and how the file is written."""

    firm: Firm
    csv_dialect: CsvDialect
    pseudonyms: Pseudonyms

    def chunks(self, report: Report, job: Job[Order], today: date) -> Iterator[bytes]:
        """Write an order's report piece by piece; no day after `today` has rows."""
        wanted = job.payload.wanted
        extract = Extract(
            firm=self.firm,
            order_id=job.job_id,
            start=wanted.start,
            end=min(wanted.end, today),
            assistant_id=wanted.assistant_id,
            shows_prompts=not job.payload.hides_prompts,
            pseudonyms=self.pseudonyms,
        )
        return csv_chunks(report, extract, self.csv_dialect)

    async def response(self, report: Report, job: Job[Order], today: date) -> Response:
        """Give the report as a download."""
        headers = {
            "content-type": f"text/csv; charset={self.csv_dialect.encoding}",
            "content-disposition": f'attachment; filename="{job.job_id}.csv"',
        }
        chunks = self.chunks(report, job, today)
        beginning = await anyio.to_thread.run_sync(lambda: list(islice(chunks, _WHOLE_CHUNKS)))
        if len(beginning) < _WHOLE_CHUNKS:
            return Response(b"".join(beginning), headers=headers)
        return StreamingResponse(chain(beginning, chunks), headers=headers)


def read_day(value: object) -> date | None:
    """Read a day as `YYYY-MM-DD`; None for anything else."""
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def window(start: str | None, end: str | None, today: date) -> tuple[date, date]:
    """Give the window of two valid days; without any it is yesterday.

    Raises:
        Refusal: 400, when only one is given.
    """
    if start and end:
        return date.fromisoformat(start), date.fromisoformat(end)
    if start or end:
        raise Refusal(nest(400, "The start and the end of the range must be given together"))
    yesterday = today - timedelta(days=1)
    return yesterday, yesterday


def check_window(wanted: Wanted, start_name: str = "startDate", end_name: str = "endDate") -> None:
    """Refuse a window that is reversed or too long, naming the fields as the caller spells them.

    Raises:
        Refusal: 400.
    """
    if wanted.start > wanted.end:
        raise Refusal(nest(400, f"{start_name} must not be after {end_name}"))
    limit = MAXIMUM_DAYS_BY_TYPE.get(wanted.type, MAXIMUM_DAYS)
    if (wanted.end - wanted.start).days >= limit:
        raise Refusal(nest(400, f"The date range of {wanted.type} must not exceed {limit} days"))


def iso(moment: datetime) -> str:
    """Write a moment in UTC with milliseconds and `Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
