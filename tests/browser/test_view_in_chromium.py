"""The interactive view in a real browser, behind the official bridge, over the real server.

Off by default: `make view` installs Chromium (apt `chromium-headless-shell`) and the npm packages of `package.json`
into a folder of the virtual environment, and runs this.
"""

import json
import shutil
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream
from mcp.client import Client
from mcp_types import CallToolResult, TextResourceContents

from clients import client_on
from fakes import CSV, FakeBackend

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / ".venv" / "view"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
REFUSAL = {"isError": True, "content": [{"type": "text", "text": "order_1 is gone."}]}
HOSTILE = b"<b>eve</b><script>parent.postMessage(1)</script>@nordwind.example,05.10.2026,<img src=x>,1,1,0,0,0\r\n"


async def html_of(client: Client) -> str:
    (content,) = (await client.read_resource("ui://unique-analytics/chart.html")).contents
    assert isinstance(content, TextResourceContents)
    return content.text


def as_sent(result: CallToolResult) -> dict[str, Any]:
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def line_of(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


async def seen_in_browser(
    client: Client, asked: dict[str, Any], *, glance: bool = False, width: int = 800, late: str = "", refused: str = ""
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the script saw in the view, at a glance or after using all of it, and the calls that the view made.

    `late` and `refused` are tables: the answer for one comes after the next, the other is not drawn.
    """
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert executable, "no Chromium here: run `make view`"
    answer = await client.call_tool("chart_report", asked)
    start = {"html": await html_of(client), "executable": executable, "asked": asked, "theme": "dark"}
    start |= {"glance": glance, "width": width, "late": late}
    calls: list[dict[str, Any]] = []
    async with await anyio.open_process(["node", "drive.mjs"], cwd=FOLDER, stderr=None) as driver:
        assert driver.stdin
        assert driver.stdout
        said = BufferedByteReceiveStream(driver.stdout)
        await driver.stdin.send(line_of(start | {"answer": as_sent(answer)}))
        while "seen" not in (message := json.loads(await said.receive_until(b"\n", 10**7))):
            calls.append(message["call"])
            wanted = message["call"]["arguments"]
            result = await client.call_tool(message["call"]["name"], wanted)
            await driver.stdin.send(line_of(REFUSAL if wanted["by"] == refused else as_sent(result)))
    return message["seen"], calls


async def test_the_view_shows_sorts_reads_and_refreshes_what_the_tool_answers(tmp_path: Path) -> None:
    backend = FakeBackend(csv=CSV + HOSTILE)
    async with client_on(backend, tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        asked = {"order_id": "order_1", "by": "users_and_assistants"}
        seen, calls = await seen_in_browser(client, asked)
    shown = [(row["label"], row["value"]) for row in seen["first"]]
    assert seen["title"] == "Interactions by email and assistant"
    assert shown == [
        ("ada.muster@nordwind.example · Legal Helper", "7"),
        ("ada.muster@nordwind.example · Translator", "3"),
        ("ben.beispiel@nordwind.example · Legal Helper", "2"),
        ("<b>eve</b><script>parent.postMessage(1)</script>@nordwind.example · <img src=x>", "1"),
    ]
    assert seen["headers"] == [
        ["col", "email · assistant"],
        ["col", "interactions"],
        *(["row", who] for who, _ in shown),
    ]
    assert (seen["read"], seen["told"]) == (
        0,
        ["ada.muster@nordwind.example · Legal Helper leads in interactions (questions with their answers): 7.", ""],
    )
    widths = [row["width"] for row in seen["first"]]
    assert [width / widths[0] for width in widths] == pytest.approx([1, 3 / 7, 2 / 7, 1 / 7], abs=0.01)
    assert [row["value"] for row in seen["ascending"]] == ["1", "2", "3", "7"]
    assert seen["sorted"] == "ascending"
    assert seen["hover"].startswith("ada.muster@nordwind.example · Translator: 3 ")
    assert seen["refreshed"] == seen["first"]
    assert seen["focused"] == "refresh"
    assert calls == [
        {"name": "chart_report", "arguments": asked | {"measure": "interactions"}},
        {"name": "chart_report", "arguments": {"order_id": "order_1", "by": "daily"}},
    ]
    days = {row["label"]: row["value"] for row in seen["daily"]}
    assert (len(days), days["2026-10-05"], days["2026-10-06"]) == (31, "10", "3")
    assert (seen["line"].count("M"), seen["line"].count("L"), seen["alone"]) == (1, 30, 0)
    assert (seen["home"].split(":")[0], seen["next"].split(":")[0]) == ("2026-10-01", "2026-10-02")
    assert seen["dark"] != seen["light"] == "rgb(255, 255, 255)"
    assert seen["sizes"]
    assert seen["torn"] == {}
    assert (seen["outside"], seen["complaints"], seen["markup"]) == ([], [], 0)


async def test_a_view_without_a_chart_does_not_wait_for_one(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "by": "planets"})
    assert seen["title"] == ["There is no chart"]
    assert "There is no ranking or development 'planets' to draw." in seen["readout"][0]
    assert seen["complaints"] == []


async def test_what_is_chosen_is_what_is_shown_although_answers_are_late_or_refused(tmp_path: Path) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1"}, late="daily", refused="users")
    devices = ["Interactions by device", "devices", "interactions"]
    assert seen["last"] == devices
    assert seen["refused"] == ["order_1 is gone.", *devices]
    assert seen["complaints"] == []


@pytest.mark.parametrize("months", [1, 3], ids=["days in rows", "months in rows"])
async def test_a_line_is_broken_where_days_are_missing(months: int, tmp_path: Path) -> None:
    missing = (date(2026, 10, 3), date(2026, 10, 10), date(2026, 10, 12), date(2026, 10, 13))
    days = [date(2026, 10, 31) - timedelta(days=passed) for passed in reversed(range(31 * months))]
    lines = [f"day,{day:%d.%m.%Y},{day.day}" for day in days if day not in missing]
    weeks = [f"week,{day:%d.%m.2026},9" for day in days[-15::7]]
    backend = FakeBackend(csv="\r\n".join(("Period,Date,Value", *lines, *weeks, "")).encode())
    start = {"type": "ACTIVE_USER", "start_date": f"{days[0]}", "end_date": f"{days[-1]}"}
    async with client_on(backend, tmp_path) as client:
        await client.call_tool("run_analytics_report", start)
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "by": "weekly"})
    assert (seen["line"].count("M"), seen["alone"]) == (4, 1)
    assert seen["line"].count("L") == len(lines) - 4
    shown = {row["label"]: row["value"] for row in seen["daily"]}
    assert {day for day, value in shown.items() if value == "\u2013"} == {f"{day}" for day in missing}
    assert seen["complaints"] == []


DAYS = "SELECT DATE '2026-10-01' + i::INT AS day, {} AS n FROM range(31) t(i)"


@pytest.mark.parametrize(
    ("number", "lowest", "highest"),
    [
        ("(i + 1) * 1214493000000", "0", "37.65T"),
        ("(i + 1) / 3e9", "0", "1.03e-8"),
        ("-(i + 1) * 1e36", "-3.10e37", "0"),
        ("-200 - i", "-230", "0"),
        ("i - 15", "-15", "15"),
        ("0", "0", "1"),
    ],
    ids=["trillions", "billionths", "sextillions", "below zero", "around zero", "zeros"],
)
async def test_numbers_of_any_size_have_room_beside_the_line(
    number: str, lowest: str, highest: str, tmp_path: Path
) -> None:
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "sql": DAYS.format(number)}, glance=True)
    values = [each["words"] for each in seen["axis"] if not each["words"].startswith("2026")]
    assert {lowest, highest} <= set(values) <= {lowest, "0", highest}
    assert min(each["left"] for each in seen["axis"]) >= 0
    assert seen["below"] == sum(row["value"].startswith("-") for row in seen["first"])
    assert seen["complaints"] == []


@pytest.mark.parametrize("width", [320, 800])
@pytest.mark.parametrize("moment", ["DATE '2026-10-01' + i::INT", "TIMESTAMP '2026-10-01' + to_hours(i)"])
async def test_words_beside_a_line_are_legible_however_narrow_the_view_is(
    width: int, moment: str, tmp_path: Path
) -> None:
    sql = f"SELECT {moment} AS moment, i AS n FROM range(31) t(i)"
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "sql": sql}, glance=True, width=width)
    boxes = [each["box"] for each in seen["axis"]]
    moments = sorted((box for box in boxes if box["top"] == max(each["top"] for each in boxes)), key=itemgetter("left"))
    assert min(box["height"] for box in boxes) >= 11
    assert moments
    assert all(box["right"] < after["left"] for box, after in pairwise(moments))
    assert moments[-1]["right"] <= width
    assert seen["widest"] <= width


NUMBER = "WHAT WE PAID FOR ALL MODELS AND ALL PEOPLE in the last quarter, in the currency of the deployment"


async def shown_of(values: str, folder: Path, *, width: int = 800) -> dict[str, Any]:
    """What the view shows of these rows: a label and a number."""
    sql = f'SELECT * FROM (VALUES {values}) t(label, "{NUMBER}")'
    async with client_on(FakeBackend(), folder) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "sql": sql}, glance=True, width=width)
    return seen


@pytest.mark.parametrize("labels", [("ada", "ben"), ("2026-10-01", "2026-10-02")], ids=["bars", "a line"])
async def test_marks_are_seen_in_the_few_colours_that_a_reader_chose(labels: tuple[str, str], tmp_path: Path) -> None:
    seen = await shown_of("('{}', 3), ('{}', 2)".format(*labels), tmp_path)
    forced = seen["forced"]
    assert {*forced["marks"], *forced["lines"]} == {forced["ink"]}
    assert len(forced["marks"]) == 2


@pytest.mark.parametrize("name", ["x" * 200, "ada.muster@nordwind.example"], ids=len)
async def test_long_words_are_no_reason_to_scroll_sideways(name: str, tmp_path: Path) -> None:
    assert (await shown_of(f"('{name}', 3), ('ben', 2)", tmp_path, width=320))["widest"] == 320


async def test_a_name_written_from_the_right_stands_before_its_value(tmp_path: Path) -> None:
    seen = await shown_of("('מחלקת משאבי אנוש', 90), ('ben', 2)", tmp_path)
    assert seen["hover"] == "מחלקת משאבי אנוש: 90"
    name, value = seen["places"]
    assert name < value


async def test_rows_without_a_value_are_no_zeros_when_they_are_sorted(tmp_path: Path) -> None:
    seen = await shown_of("('ada', -2), ('ben', NULL), ('cem', 0), ('dan', 5)", tmp_path)
    assert [row["label"] for row in seen["largest"]] == ["dan", "cem", "ada", "ben"]


@pytest.mark.parametrize(
    ("labels", "lines"), [(("ada", "ben"), 0), (("2026-10-01", "2026-10-02"), 2)], ids=["bars", "lines"]
)
async def test_what_is_beside_a_value_is_drawn_on_the_same_scale(
    labels: tuple[str, str], lines: int, tmp_path: Path
) -> None:
    sql = "SELECT * FROM (VALUES ('{}', 4, 8), ('{}', 2, NULL)) t(label, n, before)".format(*labels)
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "sql": sql}, glance=True)
    first, second = seen["first"]
    assert (first["values"], second["values"]) == (["4", "8"], ["2", "\u2013"])
    assert [first["width"], second["width"]] == pytest.approx(
        [first["widthBefore"] / 2, first["widthBefore"] / 4], 0.05
    )
    assert seen["headers"][:3] == [["col", "label"], ["col", "n"], ["col", "before"]]
    assert seen["hover"] == f"{labels[0]}: 4, before 8"
    assert (seen["lines"], seen["sides"], seen["complaints"]) == (lines, "", [])


async def test_two_windows_beside_each_other_are_told_apart_in_words(tmp_path: Path) -> None:
    start = {"type": "CHAT_INTERACTION", "period": "last_month", "compare_to": "previous_period"}
    async with client_on(FakeBackend(), tmp_path) as client:
        compared = await client.call_tool("run_analytics_report", start)
        parts = (compared.structured_content or {})["summary"]["provenance"]["parts"]
        now, before = [part["order_id"] for part in parts]
        seen, _ = await seen_in_browser(client, {"order_id": now, "before": before}, glance=True)
    assert seen["sides"] == "interactions: 2026-10-01 to 2026-10-31 \u00b7 before: 2026-08-31 to 2026-09-30"
    assert seen["complaints"] == []


async def test_names_that_begin_like_a_month_are_no_development(tmp_path: Path) -> None:
    names = "SELECT * FROM (VALUES ('2026-01 Protokoll.docx', 3), ('2026-10-05 · Helper', -2)) t(file, n)"
    async with client_on(FakeBackend(), tmp_path) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        seen, _ = await seen_in_browser(client, {"order_id": "order_1", "sql": names}, glance=True)
    assert (len(seen["first"]), seen["axis"], seen["below"]) == (2, [], 1)
