"""`run_analytics_order` beside the function of the vendor's SDK it stands in for, on the same platform."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
import unique_sdk
from unique_sdk.utils import analytics_order_run as vendor

import unique_analytics_mcp
from fakes import HANGS_S, FakeBackend, place_in
from tenant import MARCH, tenant
from unique_analytics_mcp import OrderTimedOut, RunAnalyticsOrderResult, run_analytics_order
from unique_analytics_mcp.app import real_clock
from unique_analytics_mcp.backends._unique_refusals import of_report, unknown_order
from unique_analytics_mcp.backends.genesys.refusals import gone
from unique_analytics_mcp.domain.order import PlatformOrder
from unique_analytics_mcp.errors import (
    AnalyticsError,
    ConfigurationError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    UnexpectedAnswer,
)
from unique_analytics_mcp.run import speaking
from unique_analytics_mcp.run.finishing import csv_target, finished_order, steady_pace
from unique_analytics_mcp.server.tools import tools
from unique_analytics_mcp.service import Service
from unique_analytics_mcp.settings import read_settings

ORDER: dict[str, Any] = {
    "user_id": "user_demo_admin",
    "company_id": "company_demo",
    "type": "CHAT_INTERACTION",
    **MARCH,
}


async def ordered(**changes: Any) -> RunAnalyticsOrderResult:
    """The result for March, asked for often and not for long."""
    arguments: dict[str, Any] = {**ORDER, "poll_interval": 0.02, "max_wait": 30.0, **changes}
    return await run_analytics_order(**arguments)


def test_its_signature_is_the_vendors() -> None:
    functions = (run_analytics_order, vendor.run_analytics_order)
    ours, theirs = (inspect.signature(function).parameters for function in functions)
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]


@pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")  # the vendor's way of posting
async def test_it_gives_what_the_vendors_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path / "store") as served:
        monkeypatch.setattr(unique_sdk, "api_base", read_settings().api_base)
        monkeypatch.setattr(unique_sdk, "api_key", served.platform.credentials.api_key)
        monkeypatch.setattr(unique_sdk, "app_id", served.platform.credentials.app_id)
        theirs = await vendor.run_analytics_order(**ORDER, save_csv_to=str(tmp_path / "theirs.csv"))
        ours = await ordered(save_csv_to=str(tmp_path / "ours.csv"))
    assert ours.keys() == theirs.keys()
    assert ours["order"].keys() == theirs["order"].keys()
    assert {key: ours["order"][key] for key in ("object", "type", "state", "configuration")} == {
        key: theirs["order"][key] for key in ("object", "type", "state", "configuration")
    }
    saved = (tmp_path / "ours.csv").read_bytes()
    assert saved.removeprefix(b"\xef\xbb\xbf").decode() == (tmp_path / "theirs.csv").read_bytes().decode()


async def test_the_csv_path_is_absolute_and_its_folders_are_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with tenant(monkeypatch, tmp_path / "store"):
        result = await ordered(save_csv_to="new/folder/march.csv")
    assert result.get("csv_path") == str(tmp_path / "new" / "folder" / "march.csv")
    assert (tmp_path / "new" / "folder" / "march.csv").stat().st_size > 0


async def test_it_calls_the_platform_as_seldom_as_can_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path / "store") as served:
        await ordered(save_csv_to=str(tmp_path / "march.csv"))
        [order_id] = served.order_ids
        orders = "/public/chat/analytics/orders"
        assert served.requests == [f"POST {orders}", f"GET {orders}/{order_id}/download"]


async def test_without_a_file_there_is_no_path_and_no_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        result = await ordered()
        assert not any(request.endswith("/download") for request in served.requests)
    assert list(result) == ["order"]
    assert result["order"]["state"] == "DONE"


@pytest.mark.parametrize("word", ["FAILED", "ERROR"])
async def test_an_order_that_failed_ends_it_at_once_without_a_csv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str
) -> None:
    target = tmp_path / "march.csv"
    with tenant(monkeypatch, tmp_path / "store", faults=word.lower()):
        result = await ordered(max_wait=600, save_csv_to=str(target))
    assert result["order"]["state"] == word
    assert "csv_path" not in result
    assert not target.exists()


async def test_a_timeout_carries_the_last_state_and_the_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path, faults="stuck") as served:
        with pytest.raises(TimeoutError) as late:
            await ordered(max_wait=0.1)
        [order_id] = served.order_ids
        assert served.posts == 1
    assert isinstance(late.value, OrderTimedOut)
    assert (late.value.order_id, late.value.state) == (order_id, "PROCESSING")
    assert order_id in str(late.value)
    assert "PROCESSING" in str(late.value)


@pytest.mark.parametrize(
    "fault", ["drop@create", "504@create", "429@get:2", "502-html@get", "drop@get", "truncate@download"]
)
async def test_whatever_the_network_does_one_order_is_placed_and_its_report_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    target = tmp_path / "march.csv"
    with tenant(monkeypatch, tmp_path / "store", faults=fault) as served:
        result = await ordered(save_csv_to=str(target))
        assert served.posts == 1
    assert result["order"]["state"] == "DONE"
    assert target.exists()


async def test_each_call_places_an_order_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        first = await ordered()
        second = await ordered()
        assert served.posts == 2
    assert first["order"]["id"] != second["order"]["id"]


async def test_who_asks_comes_from_the_call_and_not_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        await ordered(user_id="user_demo_analyst")
        assert {request.headers["x-user-id"] for request in served.platform.requests} == {"user_demo_analyst"}


REFUSED = {
    "no user": ({"user_id": ""}, "user_id is empty"),
    "no company": ({"company_id": " "}, "company_id is empty"),
    "an assistant whose variable is not set": ({"assistant_id": ""}, "assistant_id is empty"),
    "no first day": ({"start_date": None}, "start_date is not text. Give a day as YYYY-MM-DD."),
    "days whose variables are not set": ({"start_date": "", "end_date": ""}, "start_date is empty"),
    "a day that is no text": ({"end_date": date(2025, 3, 31)}, "end_date is not text"),
    "no type": ({"type": None}, "type is not text. Name a report type"),
    "a user by number": ({"user_id": 5}, "user_id is not text"),
    "interval as text": ({"poll_interval": "5"}, "poll_interval must be a number"),
    "no wait": ({"max_wait": None}, "max_wait must be a number"),
    "no interval": ({"poll_interval": 0}, "poll_interval"),
    "negative interval": ({"poll_interval": -1.0}, "poll_interval"),
    "interval that is no number": ({"poll_interval": float("nan")}, "poll_interval"),
    "negative wait": ({"max_wait": -1.0}, "max_wait"),
    "endless wait": ({"max_wait": float("inf")}, "max_wait"),
    "366 days": ({"start_date": "2024-01-01", "end_date": "2024-12-31"}, "365"),
    "reversed": ({"start_date": "2025-03-31", "end_date": "2025-03-01"}, "2025-03-31"),
    "unknown type": ({"type": "CHAT_INTERACTIONS"}, "CHAT_INTERACTION"),
    "a folder as file": ({"save_csv_to": "."}, "folder"),
    "a folder to be as file": ({"save_csv_to": "reports/"}, "folder"),
    "a file as folder": ({"save_csv_to": f"{__file__}/march.csv"}, "is no folder"),
    "what no file can be called": ({"save_csv_to": "march\0.csv"}, "no file has such a name"),
    "nobody's home": ({"save_csv_to": "~nobody-of-that-name/march.csv"}, "home"),
}


@pytest.mark.parametrize(("change", "says"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        with pytest.raises(InvalidRequest, match=says):
            await ordered(**change)
        assert not served.requests


@pytest.mark.parametrize("path", [os.devnull, "/dev/stdout", "pipe"])
def test_no_file_takes_the_place_of_a_device_or_a_pipe(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(InvalidRequest, match="not to a device or a pipe"):
        csv_target(path)


def test_a_folder_that_may_not_be_written_is_refused_before_anybody_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def may(path: Path, _mode: int) -> bool:
        return path != tmp_path

    monkeypatch.setattr(os, "access", may)  # whoever runs this may be root
    with pytest.raises(InvalidRequest, match="may not be written"):
        csv_target(tmp_path / "new" / "march.csv")


def test_a_tilde_is_the_home_and_no_folder_of_that_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert csv_target("~/march.csv") == tmp_path / "march.csv"


async def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path):
        monkeypatch.delenv("UNIQUE_API_KEY")
        with pytest.raises(ConfigurationError, match="UNIQUE_API_KEY"):
            await ordered()


@pytest.mark.parametrize("name", ["user_id", "company_id"])
async def test_an_id_that_cannot_be_sent_is_named_as_it_was_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        with pytest.raises(ConfigurationError, match=f"^{name} is empty or holds a character .* Copy it again"):
            await ordered(**{name: "one\n"})
        assert not served.requests


@pytest.mark.parametrize(
    ("change", "error"),
    [({"company_id": "company_other"}, NotAuthenticated), ({"user_id": "user_demo_guest"}, NotAllowed)],
    ids=["wrong company", "no role"],
)
async def test_who_may_not_order_is_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: dict[str, str], error: type[AnalyticsError]
) -> None:
    with tenant(monkeypatch, tmp_path), pytest.raises(error):
        await ordered(**change)


@pytest.mark.parametrize("fault", ["wrong-type@download:always", "json-download:always"])
async def test_a_download_that_is_no_report_leaves_the_old_file_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    target = tmp_path / "march.csv"
    target.write_text("old")
    with tenant(monkeypatch, tmp_path / "store", faults=fault), pytest.raises(AnalyticsError) as failed:
        await ordered(save_csv_to=str(target))
    assert isinstance(failed.value, UnexpectedAnswer)
    assert target.read_text() == "old"
    assert files_in(tmp_path) == ["march.csv"]


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


class HangingBackend(FakeBackend):
    """Answers the order, and then no question about it."""

    async def status(self, order_id: str) -> PlatformOrder:
        await anyio.sleep_forever()
        return await super().status(order_id)


@asynccontextmanager
async def service_on(backend: FakeBackend, folder: Path) -> AsyncGenerator[Service]:
    clock = real_clock()
    place = place_in(folder, backend, clock, steady_pace(0.01))
    async with Service(place, clock=clock, time_zone="Europe/Zurich", enabled=["NPS"]) as service:
        yield service


@pytest.mark.parametrize(("fault", "delay_s"), [("wrong-type@get:always", 60.0), ("403@download:always", 0.0)])
async def test_an_error_after_the_order_was_placed_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str, delay_s: float
) -> None:
    with (
        tenant(monkeypatch, tmp_path, faults=fault, delay_s=delay_s) as served,
        pytest.raises(AnalyticsError) as failed,
    ):
        await ordered(save_csv_to=str(tmp_path / "march.csv"))
    (order_id,) = served.order_ids
    assert str(failed.value).startswith(f"Order {order_id}: ")


NEXT_STEPS = {
    "a report that is gone": ("404@download:always", "Make the same call again to order it anew."),
    "a report that is not there": ("lost-file@download:always", "in a minute: it orders the report anew."),
    "a role that is missing": ("403@create:always", "Ask an administrator to give it to the user in user_id."),
    "credentials of another company": ("401@create:always", "UNIQUE_APP_ID and company_id belong together."),
}


@pytest.mark.parametrize(("fault", "says"), NEXT_STEPS.values(), ids=NEXT_STEPS)
async def test_an_error_names_what_a_program_can_do_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str, says: str
) -> None:
    with tenant(monkeypatch, tmp_path, faults=fault), pytest.raises(AnalyticsError) as failed:
        await ordered(save_csv_to=str(tmp_path / "march.csv"))
    assert says in str(failed.value)
    assert "create_analytics_order" not in str(failed.value)


ORDERED_ANEW = {
    "an order that is gone": unknown_order("order_1"),
    "a report that is gone": of_report("order_1")[404],
    "results that are gone": gone("order_1"),
    "a call to repeat": RateLimited("Too many.", hint="Wait a minute, then make the same call again."),
}


@pytest.mark.parametrize(
    ("words", "says"),
    [(speaking.IN_PYTHON, "ake the same call again"), (speaking.ON_THE_COMMAND_LINE, "un the same command again")],
    ids=["in Python", "on the command line"],
)
@pytest.mark.parametrize("error", ORDERED_ANEW.values(), ids=ORDERED_ANEW)
def test_no_front_end_but_the_servers_speaks_of_its_tools(
    error: AnalyticsError, words: dict[str, str], says: str
) -> None:
    with pytest.raises(type(error)) as failed, speaking.spoken(words):
        raise error
    assert says in failed.value.hint
    assert [tool.name for tool in tools(allow_delete=True) if tool.name in str(failed.value)] == []


async def test_an_error_that_names_the_order_itself_is_told_as_it_is(tmp_path: Path) -> None:
    closed = NotAllowed("Order order_1 is not yours.", hint="Ask for the role.")
    async with service_on(FakeBackend(words=["PENDING"], errors={"status": [closed]}), tmp_path) as service:
        request = service.request(type="NPS", period="last_month")
        with pytest.raises(NotAllowed, match=r"^Order order_1 is not yours\."):
            await finished_order(service, request, max_wait_s=1, reuse=False)


async def test_it_checks_as_often_as_it_was_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    moments = count()
    with tenant(monkeypatch, tmp_path, delay_s=6.0, poll_s=300, clock=lambda: float(next(moments))) as served:
        result = await ordered(max_wait=1.5)
        [order_id] = served.order_ids
        assert served.requests.count(f"GET /public/chat/analytics/orders/{order_id}") >= 3
    assert result["order"]["state"] == "DONE"


async def test_the_deadline_cuts_a_check_that_hangs(tmp_path: Path) -> None:
    with anyio.fail_after(HANGS_S):
        async with service_on(HangingBackend(), tmp_path) as service:
            request = service.request(type="NPS", period="last_month")
            with pytest.raises(OrderTimedOut) as late:
                await finished_order(service, request, max_wait_s=0.05, reuse=False)
    assert late.value.state == "PENDING"


def test_a_steady_pace_never_grows_and_begins_early() -> None:
    assert [steady_pace(7.0).delay(polls) for polls in range(4)] == [2.0, 7.0, 7.0, 7.0]
    assert [steady_pace(0.5).delay(polls) for polls in range(4)] == [0.5] * 4
    assert [steady_pace(90.0).delay(polls) for polls in range(4)] == [2.0, 90.0, 90.0, 90.0]


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"mcp", "httpx", "duckdb", "pydantic", "anyio", "rich", "starlette", "uvicorn"}
    found = subprocess.run(
        [sys.executable, "-c", "import sys, unique_analytics_mcp; print(*sys.modules)"],
        env={"PYTHONPATH": str(Path(unique_analytics_mcp.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "unique_analytics_mcp" in found.stdout.split()
    assert heavy & set(found.stdout.split()) == set()


def test_the_example_of_the_readme_does_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = Path(__file__).parents[1] / "README.md"
    [example] = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), flags=re.DOTALL)
    with tenant(monkeypatch, tmp_path / "store"):
        monkeypatch.chdir(tmp_path)
        exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out == f"DONE {tmp_path / 'march.csv'}\n"


def test_the_public_names_are_there_and_no_others() -> None:
    assert set(unique_analytics_mcp.__all__) <= set(dir(unique_analytics_mcp))
    assert unique_analytics_mcp.run_analytics_order is run_analytics_order
    with pytest.raises(AttributeError, match="run_analytics_orders"):
        _ = unique_analytics_mcp.run_analytics_orders  # pyright: ignore[reportAttributeAccessIssue]
