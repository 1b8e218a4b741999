"""A service on a fake backend and a clock that only moves when it is told to, and what is asked of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio

from fakes import HANGS_S, FakeBackend, FakeTime, place_in
from unique_analytics_mcp.domain.order import OrderRequest, OrderState, PlatformOrder
from unique_analytics_mcp.domain.plan import ReportPlan
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.watching import Watch

TYPES = ("CHAT_INTERACTION", "NPS", "CHAT_INTERACTION_DETAILED")


@asynccontextmanager
async def service_on(
    backend: FakeBackend,
    folder: Path,
    *,
    time: FakeTime | None = None,
    export_dir: Path | None = None,
    watch: Watch | None = None,
) -> AsyncGenerator[Service]:
    time = time or FakeTime()
    async with Service(
        place_in(folder, backend, time.clock),
        clock=time.clock,
        time_zone="Europe/Zurich",
        enabled=TYPES,
        export_dir=export_dir,
        watch=watch,
    ) as service:
        with anyio.fail_after(HANGS_S):
            yield service


def october(service: Service) -> OrderRequest:
    return service.request(type="CHAT_INTERACTION", period="last_month")


def october_plan(service: Service) -> ReportPlan:
    return service.plan(type="CHAT_INTERACTION", period="last_month")


async def done_order(service: Service) -> str:
    order = await service.create(october(service))
    return (await service.wait(str(order.order_id), patience_s=60)).order_id or ""


def kept_files(folder: Path) -> list[Path]:
    """Everything in the data folder but locks."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def elsewhere(**changes: object) -> PlatformOrder:
    """An order of October that somebody placed with another program."""
    fields: dict[str, object] = {
        "order_id": "other_1",
        "type": "CHAT_INTERACTION",
        "state": OrderState.DONE,
        "platform_state": "DONE",
        "start": datetime(2026, 10, 1, tzinfo=UTC).date(),
        "end": datetime(2026, 10, 31, tzinfo=UTC).date(),
        "created_at": datetime(2026, 11, 2, tzinfo=UTC),
    }
    return PlatformOrder(**(fields | changes))  # pyright: ignore[reportArgumentType] - a table of changes
