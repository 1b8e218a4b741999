"""The error tree: drawn once, and true."""

import inspect
import pickle

import pytest

from unique_analytics_mcp import OrderTimedOut, errors
from unique_analytics_mcp.errors import AnalyticsError, BackendUnavailable, InvalidRequest, RateLimited


def drawn() -> dict[str, int]:
    """Class name to depth, from the drawing at the top of the module."""
    lines = (errors.__doc__ or "").splitlines()
    rows = [line for line in lines if line.startswith(("AnalyticsError", "├", "│", "└"))]
    return {_name(row): _depth(row) for row in rows}


def _name(row: str) -> str:
    return row.strip("│├└─ ").split()[0]


def _depth(row: str) -> int:
    return (len(row) - len(row.lstrip("│├└─ "))) // 4


def test_the_drawing_shows_exactly_the_classes_at_their_depth() -> None:
    classes = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, AnalyticsError)]
    assert drawn() == {found.__name__: found.__mro__.index(AnalyticsError) for found in classes}


def test_an_error_reads_as_one_paragraph_with_the_way_out_last() -> None:
    assert str(InvalidRequest("The window is too long.", hint="Ask for less.")) == (
        "The window is too long. Ask for less."
    )


TOLD = {
    "as it was": RateLimited("Too many.", hint="Wait.", retry_after_s=3.0),
    "about something": RateLimited("Too many.", hint="Wait.", retry_after_s=3.0).about("Order order_1"),
    "of a call that timed out": OrderTimedOut("order_1", "PENDING", waited_s=600.0),
}


@pytest.mark.parametrize("error", TOLD.values(), ids=TOLD)
def test_an_error_reaches_another_process_whole(error: Exception) -> None:
    """As a worker of a pool gives it to whoever asked."""
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), str(arrived), vars(arrived)) == (type(error), str(error), vars(error))
    assert repr(arrived) == repr(error) != f"{type(error).__name__}()"


@pytest.mark.parametrize(
    ("kind", "retryable"), [(InvalidRequest, False), (BackendUnavailable, True), (RateLimited, True)]
)
def test_a_class_says_whether_the_same_call_may_succeed_later(kind: type[AnalyticsError], retryable: bool) -> None:
    assert kind.retryable is retryable
