"""From a request to its finished order, within a deadline: what programs and people share.

Knows the service and nothing of settings or terminals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from unique_analytics_mcp.domain.order import Order, OrderRequest, Pace, check_order_id
from unique_analytics_mcp.errors import AnalyticsError, InvalidRequest
from unique_analytics_mcp.paths import is_there

if TYPE_CHECKING:
    from unique_analytics_mcp.progress import OnProgress
    from unique_analytics_mcp.service import Service

_DEVICES: Final = Path(os.devnull).parent
"""What has a name there is no file, or leads to none."""


class OrderTimedOut(TimeoutError):
    """The order was not finished in time; it goes on, and its id finds it again."""

    def __init__(self, order_id: str, state: str, *, waited_s: float) -> None:
        super().__init__(
            f"Order {order_id} was not finished after {waited_s:g} s: its last state is {state}. "
            "It goes on at the platform."
        )
        self.order_id = order_id
        self.state = state
        """The platform's own last word."""
        self.waited_s = waited_s

    def __reduce__(self) -> tuple[object, ...]:
        """Whole in another process too, such as the one that gave a worker its task."""
        return partial(type(self), waited_s=self.waited_s), (self.order_id, self.state)


async def finished_order(
    service: Service,
    request: OrderRequest,
    *,
    max_wait_s: float,
    reuse: bool,
    on_placed: Callable[[Order], None] | None = None,
    on_progress: OnProgress | None = None,
) -> Order:
    """The order for a request when it is DONE or FAILED; `on_placed` sees it as soon as it has an id.

    Raises:
        OrderTimedOut: `max_wait_s` seconds after the call it is neither.
        BackendError: refused, unreachable or unclear.
        StoreError: it cannot be noted, so it was not placed.
    """
    deadline = anyio.current_time() + max_wait_s
    placed = await service.create(request, reuse=reuse)
    if on_placed is not None:
        on_placed(placed)
    patience_s = max(deadline - anyio.current_time(), 0.0)
    with naming(placed):
        order = await service.wait(id_of(placed), patience_s=patience_s, on_progress=on_progress)
    if order.is_final:
        return order
    raise OrderTimedOut(id_of(order), order.platform_state, waited_s=max_wait_s)


@contextmanager
def naming(order: Order) -> Generator[None]:
    """Inside the block an error says which order it is about: that one is there, and its id finds it again."""
    order_id = id_of(order)
    try:
        yield
    except AnalyticsError as error:
        if order_id in error.message:
            raise
        raise error.about(f"Order {order_id}") from error


def id_of(order: Order) -> str:
    """The id of an order that was placed."""
    return check_order_id(order.order_id or "")


def steady_pace(poll_interval_s: float) -> Pace:
    """Checks at the caller's own interval, which never grows."""
    first_s = min(Pace().first_s, poll_interval_s)
    return Pace(first_s=first_s, gap_s=poll_interval_s, growth=1.0)


def csv_target(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a file that a CSV may be written to; `~` is the user's home.

    Raises:
        InvalidRequest: it is there and no file, such as a folder or `/dev/stdout`, its folder may not be written, or
            no file can have that name.
    """
    name = os.fspath(path)
    target = _absolute(name)
    try:
        is_folder, is_device = target.is_dir(), target.parent == _DEVICES or (is_there(target) and not target.is_file())
        above = next(folder for folder in target.parents if is_there(folder))
    except OSError as error:
        raise _no_target(f"{error.strerror}.") from error
    if is_folder or name.endswith(("/", os.sep)):
        raise InvalidRequest("The CSV cannot be saved as a folder.", hint="Name a file in it, such as october.csv.")
    if is_device:  # a file that appears in one step would take its place, for all programs
        raise InvalidRequest(
            "The CSV can be saved as a file only, not to a device or a pipe.",
            hint="Name a file, such as october.csv; `report` with --format csv writes to stdout.",
        )
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        raise _no_target(f"{above} is no folder, or may not be written.")
    return target


def _absolute(name: str) -> Path:
    if "\0" in name:
        raise _no_target("no file has such a name.")
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError as error:
        raise _no_target("nobody knows where that home is.") from error


def _no_target(why: str) -> InvalidRequest:
    return InvalidRequest(f"The CSV cannot be saved there: {why}", hint="Name a file in a folder that may be written.")
