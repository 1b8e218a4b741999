"""Where an answer comes from: the fetched reports of one order or of several, and what is said of them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.window import Window, spanned


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One fetched report behind an answer."""

    order: NotedOrder
    intake: Intake
    sha256: str


class Part(BaseModel):
    """One of several orders behind an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str
    start: date
    """First day, inclusive."""
    end: date
    """Last day, inclusive."""
    before: bool
    """True when it belongs to the window that is compared with."""
    rows: int
    rejected_rows: int


class Provenance(BaseModel):
    """Where an answer comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str
    """Of several orders the first; `parts` has them all."""
    type: str
    window: Window | None
    options: dict[str, str] | None = None
    """What was asked for beside the window, such as a filter; None for nothing."""
    as_of: datetime
    """When the order was placed, of several the earliest: later events are not in the report."""
    rows: int
    rejected_rows: int
    columns_missing: list[str]
    columns_unknown: list[str]
    sha256: str
    """Of the CSV's bytes as the platform sent them; of several CSVs, of their checksums, one a line."""
    truncated: bool
    """True when any table was cut."""
    parts: list[Part] = []
    """The orders behind the answer when they are more than one, oldest first, those compared with behind."""


def provenance_of(sources: Sequence[Source], *, truncated: bool = False) -> Provenance:
    """Where rows of these orders come from, whatever they are: all of them are of the window that is answered for."""
    window = spanned([source.order.window for source in sources])
    return _provenance(sources, window, of_window=len(sources), truncated=truncated)


def provenance_of_plan(plan: ReportPlan, sources: Sequence[Source], *, truncated: bool) -> Provenance:
    """Likewise of a plan, in the order of its requests; its window is complete only when nothing of a part can miss."""
    parts = sources[: len(plan.parts)]
    complete = plan.window.complete and all(source.order.window.complete for source in parts)
    window = plan.window.model_copy(update={"complete": complete})
    return _provenance(sources, window, of_window=len(parts), truncated=truncated)


def _provenance(sources: Sequence[Source], window: Window, *, of_window: int, truncated: bool) -> Provenance:
    """Sources behind the first `of_window` are of the window that is compared with."""
    first, checksums = sources[0], [source.sha256 for source in sources]
    options = {frozenset(source.order.request.options.items()) for source in sources}
    parts = [_part(source, before=place >= of_window) for place, source in enumerate(sources)]
    return Provenance(
        order_id=first.order.order_id,
        type=", ".join(_each_once([source.order.request.type] for source in sources)),
        window=window,
        options=(dict(first.order.request.options) or None) if len(options) == 1 else None,
        as_of=min(source.order.created_at for source in sources),
        rows=sum(source.intake.rows for source in sources),
        rejected_rows=sum(source.intake.rejected_rows for source in sources),
        columns_missing=_each_once(source.intake.columns_missing for source in sources),
        columns_unknown=_each_once(source.intake.columns_unknown for source in sources),
        sha256=first.sha256 if len(sources) == 1 else hashlib.sha256("\n".join(checksums).encode()).hexdigest(),
        truncated=truncated,
        parts=parts if len(sources) > 1 else [],
    )


def _each_once(words: Iterable[Sequence[str]]) -> list[str]:
    """Each word once, in the order of first mention."""
    return list(dict.fromkeys(word for some in words for word in some))


def _part(source: Source, *, before: bool) -> Part:
    window = source.order.request.window
    return Part(
        order_id=source.order.order_id,
        start=window.start,
        end=window.end,
        before=before,
        rows=source.intake.rows,
        rejected_rows=source.intake.rejected_rows,
    )
