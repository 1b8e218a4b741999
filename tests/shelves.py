"""Stores on clocks that only move when they are told to, and what is put on their shelves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from systems import Systems
from unique_analytics_mcp.domain.fetched import Intake
from unique_analytics_mcp.domain.order import NotedOrder, OrderRequest, OrderState
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.store import SharedStore, Shelf, Store, StoredReport
from unique_analytics_mcp.store._layout import Layout

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CSV = b"Date,Email\n2026-10-01,ada@example.com\n"
ADA = "https://gateway.example.com company-1 user-ada"
FINGERPRINT = "f" * 64
INTAKE = Intake(
    rows=1,
    rejected_rows=1,
    rejected_records=(2,),
    columns=(("Date", "date", "date"), ("E-Mail", "e_mail", "text")),
    columns_missing=("Chats",),
    columns_unknown=("E-Mail",),
    unreadable_cells={"date": 3},
    remarks=("A byte order mark was removed.",),
)


class House:
    """A store on a clock that only moves when it is told to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = NOW

    def store(self, *, max_bytes: int = 10_000) -> Store:
        """A store as a new process would open it."""
        return Store(self.root, retention=DAY, max_bytes=max_bytes, now=lambda: self.now)

    def shelf(self, principal: str = ADA) -> Shelf:
        return self.store().shelf(principal)

    def layout(self) -> Layout:
        (folder,) = (self.root / "v1").iterdir()
        return Layout(folder)

    def files(self) -> list[Path]:
        """Everything but locks."""
        return [path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".lock"]


@dataclass
class SharedHouse:
    """A store on real systems that replicas share, on a clock that only moves when it is told to."""

    root: Path
    systems: Systems
    url: str
    now: datetime = NOW
    opened: list[SharedStore] = field(default_factory=list)

    def store(self, *, max_bytes: int = 10_000, ahead: timedelta = timedelta()) -> SharedStore:
        """A store as a new replica, with a folder of its own and a clock so far ahead, would open it."""
        store = SharedStore(
            self.root / str(len(self.opened)),
            url=self.url,
            redis_url=self.systems.redis_url,
            retention=DAY,
            max_bytes=max_bytes,
            now=lambda: self.now + ahead,
        )
        self.opened.append(with_redis_on(store, lambda: self.now))
        return store

    def shelf(self, principal: str = ADA, *, ahead: timedelta = timedelta()) -> Shelf:
        return self.store(ahead=ahead).shelf(principal)


def with_redis_on(store: SharedStore, now: Callable[[], datetime]) -> SharedStore:
    """The store, as if the clock of its Redis were that one."""

    async def time() -> datetime:
        return now()

    store._notes.time = time
    return store


def noted(order_id: str = "order-1", *, created_at: datetime = NOW, state: OrderState = OrderState.DONE) -> NotedOrder:
    window = Window(
        start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="Europe/Zurich", label="last_month", complete=True
    )
    request = OrderRequest(backend="unique", type="NPS", window=window, options={"assistant_id": "a-1"})
    return NotedOrder(
        order_id=order_id,
        request=request,
        fingerprint=FINGERPRINT,
        created_at=created_at,
        state=state,
        platform_state=state.value,
        remarks=("Prompts are hidden.",),
    )


async def keep(shelf: Shelf, order_id: str = "order-1", content: bytes = CSV) -> StoredReport:
    async with shelf.receive(order_id) as incoming:
        incoming.write(content)
        return await incoming.keep(noted(order_id))
