"""From finished orders and a statement to a page of rows.

Part of the service's shell: it gathers the reports, has the sealed engine answer, and lets the domain word the rest.
It owns the engine's children of one identity and knows no backend.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp.domain.query import QueryAnswer, order_ids_of, paged, sources_of
from unique_analytics_mcp.domain.query_caveats import nothing_caveats, number_caveats, query_caveats
from unique_analytics_mcp.domain.report import Catalogue
from unique_analytics_mcp.fetching import intake_of
from unique_analytics_mcp.tracing import Step, note, span

if TYPE_CHECKING:
    import anyio

    from unique_analytics_mcp.analysis.sealed.pool import SealedPool
    from unique_analytics_mcp.store import StoredReport

LIMIT_S: Final = 10.0
"""Seconds a statement may take."""


class Queries:
    """Statements over the reports of one identity."""

    def __init__(
        self,
        reports_of: Callable[[Sequence[str]], Awaitable[Sequence[StoredReport]]],
        *,
        catalogue: Catalogue,
        turns: anyio.Semaphore,
    ) -> None:
        """`reports_of` gives the reports of orders, in their order; `turns` are those of `SealedPool`."""
        self._reports_of = reports_of
        self._catalogue = catalogue
        self._turns = turns
        self._pool: SealedPool | None = None

    async def aclose(self) -> None:
        """End the engine's children."""
        if self._pool is not None:
            await self._pool.aclose()

    async def answer(self, order_ids: str, sql: str, *, limit: int, offset: int) -> QueryAnswer:
        """A page of the statement's rows; errors as in `Service.query`."""
        from unique_analytics_mcp.analysis.caveats import of_intake
        from unique_analytics_mcp.analysis.sealed.pool import Question

        stored = await self._reports_of(order_ids_of(order_ids))
        intakes = [intake_of(report) for report in stored]
        sources = sources_of([(report.order, intake) for report, intake in zip(stored, intakes, strict=True)])
        orders = [*zip(sources, intakes, strict=True)]
        question = Question(
            reports=[(report.parquet_path, report.order.order_id) for report in stored],
            stack=_are_alike(stored),
            sql=sql,
            limit=limit,
            offset=offset,
        )
        with span(Step.QUERY, reports=len(stored)):
            found = await self._engine().ask(question, limit_s=LIMIT_S)
            note(rows=len(found.rows))
        lost = {source.table: [*of_intake(intake)] for source, intake in orders}
        answer = QueryAnswer(
            headline="",
            columns=list(found.columns),
            types=list(found.types),
            rows=[list(row) for row in found.rows],
            truncated=found.more,
            sources=sources,
        )
        said = [
            *_said_of(lost),
            *number_caveats(answer),
            *(() if offset else nothing_caveats(answer, intakes, found.statement)),
            *query_caveats(orders, found.statement, catalogue=self._catalogue),
        ]
        return paged(answer.model_copy(update={"caveats": said}), offset=offset)

    def _engine(self) -> SealedPool:
        from unique_analytics_mcp.analysis.sealed.pool import SealedPool

        self._pool = self._pool or SealedPool(self._turns)
        return self._pool


def _said_of(tables: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What is said of each table, once for all of which the same is said."""
    for sentence in dict.fromkeys(chain.from_iterable(tables.values())):
        yield f"{', '.join(name for name, said in tables.items() if sentence in said)}: {sentence}"


def _are_alike(reports: Sequence[StoredReport]) -> bool:
    return len({report.order.request.type for report in reports}) == 1
