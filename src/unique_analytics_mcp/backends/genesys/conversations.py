"""Pages of conversations written as a report: each conversation once, and only those that began in the window.

One page is held at a time, and of each conversation its id, because a conversation that changes while the pages are
read may come twice (genesys-api.md 3.2).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.backends.genesys import table
from unique_analytics_mcp.backends.genesys.details import Page, reach
from unique_analytics_mcp.backends.genesys.flatten import LAYOUTS, Conversation
from unique_analytics_mcp.backends.genesys.names import Names, divided, hidden
from unique_analytics_mcp.backends.genesys.spans import Span, span_of
from unique_analytics_mcp.domain.order import OrderRequest
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from unique_analytics_mcp.backends import Sink

_MOST_IDLE: Final = 1_000
"""Pages on end that may bring nothing: those of half a million conversations, however new their cursors look."""


async def write_conversations(
    pages: AsyncGenerator[Page],
    sink: Sink,
    *,
    request: OrderRequest,
    report: ReportType,
    names: Mapping[str, Names],
) -> Sequence[str]:
    """Write the rows of the report's columns in the layout that was asked for; gives what must be said of them.

    Raises:
        UnexpectedAnswer: a conversation does not say which it is or when it began, or no end is to be seen.
        StoreError: the sink's.
        BackendError: a page is refused or cannot be reached.
    """
    span, tally = span_of(request.window), _Tally()
    layout = LAYOUTS[request.options.get("layout", "conversations")]
    async with aclosing(pages):
        async for page in pages:
            cells = (row for each in tally.begun(page, span) for row in layout(each, names))
            await table.write(([row.get(column.header, "") for column in report.columns] for row in cells), sink)
    joined = divided(names) if report.column("queue_names") else ()
    return [*tally.said(span, request.window.time_zone), *hidden(names), *joined]


@dataclass(slots=True)
class _Tally:
    """What came so far."""

    seen: set[str] = field(default_factory=set[str])
    doubles: int = 0
    idle: int = 0
    """Pages on end that brought nothing."""
    total: int | None = None
    data_until: datetime | None = None

    def begun(self, page: Page, span: Span) -> Sequence[Conversation]:
        """The conversations of a page that began in the span and did not come before.

        Raises:
            UnexpectedAnswer: as in `write_conversations`.
        """
        begun = [each for each in self.new(page) if _began_in(each, span)]
        self.idle = 0 if begun else self.idle + 1
        if self.idle <= _MOST_IDLE:
            return begun
        raise UnexpectedAnswer(
            "Genesys Cloud sends page after page without a new conversation.", hint="Make the same call again later."
        )

    def new(self, page: Page) -> Iterator[Conversation]:
        """The conversations of a page that did not come before."""
        self.total = page.total if page.total is not None else self.total
        self.data_until = page.data_until or self.data_until
        for node in page.conversations:
            one = Conversation(node)
            if one.id in self.seen:
                self.doubles += 1
                continue
            self.seen.add(one.id)
            yield one

    def said(self, span: Span, time_zone: str) -> Iterator[str]:
        """What a reader must know."""
        if self.doubles:
            yield f"{self.doubles} conversations came on two pages and count once."
        if self.total is not None and self.total != len(self.seen):
            yield (
                f"Genesys Cloud counted {self.total} conversations on these days and sent {len(self.seen)}: they "
                "changed while they were read."
            )
        if self.data_until is not None and (late := reach(self.data_until, span, time_zone)):
            yield late


def _began_in(one: Conversation, span: Span) -> bool:
    if one.id and one.start is not None:
        return span.start <= one.start < span.end
    raise UnexpectedAnswer(
        "Genesys Cloud sent a conversation that does not say which it is or when it began.",
        hint="Make the same call again; if it stays so, ask for the days one by one.",
    )
