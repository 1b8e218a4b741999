"""The `report` command: from an order, or several that belong together, to the summary for a person at a terminal.

Says early which order it is, because the order outlives whoever waits for it. Knows the service, the settings and the
terminal; nothing of arguments or exit codes.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from unique_analytics_mcp.app import open_service
from unique_analytics_mcp.domain.order import Order, OrderRequest
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.gathering import AT_ONCE
from unique_analytics_mcp.render.text import json_for_terminals, window_text
from unique_analytics_mcp.run.finishing import OrderTimedOut, finished_order, id_of, steady_pace
from unique_analytics_mcp.run.speaking import ON_THE_COMMAND_LINE, at_a_terminal, spoken
from unique_analytics_mcp.terminal import Terminal

if TYPE_CHECKING:
    from unique_analytics_mcp.progress import OnProgress, Progress
    from unique_analytics_mcp.service import Service
    from unique_analytics_mcp.settings import Settings
    from unique_analytics_mcp.terminal import ShowWait

TOP: Final = 10
"""Rows of each ranking."""

Form = Literal["table", "json", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line."""

    type: str
    period: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    assistant_id: str | None = None
    target: Path | None = None
    """Absolute path of the file for the CSV."""
    max_wait_s: float = 600.0
    poll_interval_s: float | None = None
    """None keeps to the pace of the settings."""
    form: Form = "table"
    compare: bool = False
    """Whether the equally long window before is ordered too and set beside it."""
    split: bool = False
    """Whether a window beyond the limits may take several orders."""


@dataclass(slots=True)
class Reporting:
    """One run of the command, which knows its order as soon as there is one."""

    wanted: Wanted
    terminal: Terminal = field(default_factory=Terminal)
    order_id: str | None = None

    @property
    def farewell(self) -> str:
        """What to say when the person leaves before the end."""
        if self.order_id is None:
            return "Interrupted. The same command looks for an order that may have been placed before it places one."
        return f"Interrupted; order {self.order_id} goes on, and the same command goes on with it."

    async def run(self, settings: Settings) -> None:
        """Order, wait, save, show.

        Raises:
            OrderTimedOut: the deadline passed.
            OrderFailed: the platform gave the order up.
            AnalyticsError: what the service raises.
        """
        interval_s = self.wanted.poll_interval_s
        async with open_service(settings, pace=None if interval_s is None else steady_pace(interval_s)) as service:
            with spoken(ON_THE_COMMAND_LINE):
                await self._run(service)

    async def _run(self, service: Service) -> None:
        plan = self._plan(service)
        if not plan.is_one_order:
            self._show_summary(await self._together(service, plan))
            return
        order_id = await self._ended_order(service, plan.requests[0])
        if self.wanted.target is not None:
            path = await service.save_csv(order_id, self.wanted.target)
            self.terminal.note(f"The CSV is in {path}.")
        await self._show(service, order_id)

    def _plan(self, service: Service) -> ReportPlan:
        wanted = self.wanted
        plan = service.plan(
            type=wanted.type,
            period=wanted.period,
            start_date=wanted.start_date,
            end_date=wanted.end_date,
            options={} if wanted.assistant_id is None else {"assistant_id": wanted.assistant_id},
            compare=wanted.compare,
            split=wanted.split,
        )
        if plan.is_one_order or (wanted.target is None and wanted.form != "csv"):
            return plan
        raise InvalidRequest(
            f"This takes {len(plan.requests)} orders, and each has a CSV of its own.",
            hint="Leave the CSV out, or order one window at a time.",
        )

    async def _together(self, service: Service, plan: ReportPlan) -> Summary:
        self.terminal.note(f"This takes {len(plan.requests)} orders, at most {AT_ONCE} of them at a time.")
        max_wait_s = self.wanted.max_wait_s
        with self.terminal.waiting(plan.report.name) as show:
            found = await service.answer(
                plan, top=TOP, patience_s=max_wait_s, on_placed=self._placed, on_progress=_showing(show)
            )
        if isinstance(found, Summary):
            return found
        raise OrderTimedOut(id_of(found), found.platform_state, waited_s=max_wait_s)

    async def _ended_order(self, service: Service, request: OrderRequest) -> str:
        wanted = self.wanted
        with self.terminal.waiting(request.type) as show:
            order = await finished_order(
                service,
                request,
                max_wait_s=wanted.max_wait_s,
                reuse=True,
                on_placed=self._placed,
                on_progress=_showing(show),
            )
        return id_of(order)

    def _placed(self, order: Order) -> None:
        self.order_id = order.order_id
        how = "is an equal, earlier one" if order.reused else "is placed"
        self.terminal.note(f"Order {order.order_id} {how}: {order.type}, {window_text(order.window)}.")

    async def _show(self, service: Service, order_id: str) -> None:
        if self.wanted.form == "csv":
            _copy_to_stdout(await service.csv_file(order_id))
            return
        self._show_summary(await service.summary(order_id, top=TOP, patience_s=None))

    def _show_summary(self, summary: Summary) -> None:
        if self.wanted.form == "json":
            sys.stdout.write(json_for_terminals(summary.model_dump_json(indent=2)) + "\n")
        else:
            told = at_a_terminal(summary.caveats)
            self.terminal.summary(summary.model_copy(update={"caveats": told}))


def _showing(show: ShowWait) -> OnProgress:
    async def on_progress(progress: Progress) -> None:
        show(progress.message)

    return on_progress


def _copy_to_stdout(path: Path) -> None:
    with path.open("rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.flush()
