"""A chart through a real client: the same numbers as text, as a record and as a picture."""

import base64
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult, ImageContent

from clients import client_on, text_of
from fakes import CSV, FakeBackend
from pictures import size_of
from recount import rows_of
from unique_analytics_mcp.render import CONCISE_TOKENS, tokens

pytestmark = pytest.mark.thorough

HEADER = CSV.splitlines()[0].decode() + "\r\n"
YEAR = {"type": "CHAT_INTERACTION", "start_date": "2025-01-01", "end_date": "2025-12-31"}
OCTOBER = {"type": "CHAT_INTERACTION", "period": "last_month"}
VIEW = "ui://unique-analytics/chart.html"


def rows(*cells: tuple[str, str, str, int]) -> bytes:
    """A report of these people, days, assistants and counts."""
    lines = (f"{person},{day},{assistant},{count},{count},0,0,0\r\n" for person, day, assistant, count in cells)
    return (HEADER + "".join(lines)).encode()


def large(people: int, days: int, scale: int = 1) -> bytes:
    """Everybody every day, with counts that differ."""
    return rows(
        *(
            (f"person.{who}@nordwind.example", f"{1 + day % 28:02d}.{1 + day // 28 % 12:02d}.2025", f"Helper {who % 7}",
             scale * (1 + (who * 31 + day * 17) % 97))
            for who in range(people)
            for day in range(days)
        )
    )  # fmt: skip


async def drawn(backend: FakeBackend, folder: Path, order: dict[str, Any], **asked: object) -> CallToolResult:
    """What `chart_report` answers when the order was asked for and is as it is."""
    async with client_on(backend, folder) as client:
        await client.call_tool("run_analytics_report", order | {"max_wait_seconds": 30})
        return await client.call_tool("chart_report", {"order_id": "order_1", **asked})


def picture_of(result: CallToolResult) -> ImageContent:
    (image,) = [block for block in result.content if isinstance(block, ImageContent)]
    return image


def written(result: CallToolResult) -> list[tuple[str, str]]:
    """Label and value of each line of the text's bars."""
    (block,) = re.findall(r"```text\n(.*?)```", text_of(result), flags=re.DOTALL)
    return [(label, value) for value, label in re.findall(r"^ *(\S+) [█▏▎▍▌▋▊▉ ]*(\S.*)$", block, flags=re.MULTILINE)]


def recorded(result: CallToolResult) -> list[tuple[str, str]]:
    return [(label, str(value)) for label, value in result.structured_content["rows"]]


async def test_text_record_and_picture_come_together(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        await client.call_tool("run_analytics_report", OCTOBER)
        result = await client.call_tool("chart_report", {"order_id": "order_1"})
    assert [block.type for block in result.content] == ["text", "image"]
    assert (
        recorded(result)
        == written(result)
        == [
            ("ada.muster@nordwind.example · Legal Helper", "7"),
            ("ada.muster@nordwind.example · Translator", "3"),
            ("ben.beispiel@nordwind.example · Legal Helper", "2"),
        ]
    )
    image = picture_of(result)
    assert image.mime_type == "image/png"
    assert size_of(base64.b64decode(image.data)) == (1200, 675)
    alt = (image.meta or {})["alt"]
    assert alt.startswith("Bar chart: Interactions by email and assistant, 2026-10-01 to 2026-10-31")
    assert "leads in interactions (questions with their answers): 7." in alt
    assert result.structured_content["provenance"]["order_id"] == "order_1"
    assert result.structured_content["headline"] in text_of(result)


@pytest.mark.parametrize(
    ("asked", "kind", "title"),
    [
        ({}, "bar", "Interactions by email and assistant"),
        ({"by": "users"}, "bar", "Interactions by email"),
        ({"by": "Email"}, "bar", "Interactions by email"),
        ({"by": "daily"}, "line", "Interactions by date"),
        ({"by": "daily", "chart": "bar", "measure": "people"}, "bar", "People by date"),
        ({"chart": "line"}, "line", "Interactions by date"),
        ({"measure": "people"}, "bar", "People by assistant"),
        ({"by": "users", "measure": "share_percent"}, "bar", "Share by email"),
        ({"by": "devices"}, "bar", "Interactions by device"),
    ],
    ids=str,
)
async def test_what_was_asked_for_is_drawn(asked: dict[str, str], kind: str, title: str, tmp_path: Path) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, **asked)
    assert not result.is_error, text_of(result)
    chart = result.structured_content["chart"]
    assert (chart["kind"], chart["title"]) == (kind, title)
    assert f"**{title}**" in text_of(result)


async def test_days_are_lines_of_the_text_under_a_sparkline(tmp_path: Path) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, by="daily")
    counted = dict(recorded(result))
    assert (len(counted), counted["2026-10-05"], counted["2026-10-06"], counted["2026-10-07"]) == (31, "9", "3", "0")
    assert "2026-10-01 ▁▁▁▁█▃▁" in text_of(result)
    assert [line for line in written(result) if not line[1].startswith("2026")] == recorded(result)


async def test_a_year_by_days_that_no_answer_holds_is_one_call_away(tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=large(people=12, days=336)), tmp_path) as client:
        told = await client.call_tool("run_analytics_report", YEAR | {"response_format": "detailed"})
        step = told.structured_content["summary"]["next_steps"][0]
        result = await client.call_tool(step["tool"], step["arguments"])
    shown = {table["name"]: len(table["rows"]) for table in told.structured_content["summary"]["tables"]}
    assert (shown["daily"], shown["users"]) == (0, 10)
    assert f'chart_report(order_id="order_1", by="daily"): {step["why"]}' in text_of(told)
    assert step["why"] == "Draws all 365 rows of daily, one measure at a time."
    record = result.structured_content
    assert (record["chart"]["by"], record["chart"]["total_rows"], record["chart"]["truncated"]) == ("daily", 365, False)


async def test_a_year_of_days_is_complete_in_both_forms_and_within_the_budget(tmp_path: Path) -> None:
    backend = FakeBackend(csv=large(people=12, days=336))
    result = await drawn(backend, tmp_path, YEAR, by="daily")
    truth = Counter[str]()
    for row in rows_of(backend.csv):
        day, month, year = row["Date"].split(".")
        truth[f"{year}-{month}-{day}"] += int(row["Count"])
    record = result.structured_content
    assert record["columns"][:3] == ["month", "1", "2"]
    days = {f"{month}-{day:02d}": value for month, *values in record["rows"] for day, value in enumerate(values, 1)}
    assert len(days) == record["chart"]["total_rows"] == 365
    assert days == {day: truth[day] for day in days}
    months = re.findall(r"^(\d{4}-\d\d): (.*)$", text_of(result), flags=re.MULTILINE)
    assert {month: values.split() for month, values in months} == {
        month: list(map(str, values)) for month, *values in record["rows"]
    }


async def test_two_months_of_days_are_shown_month_by_month_before_any_is_left_out(tmp_path: Path) -> None:
    order = {"type": "CHAT_INTERACTION", "start_date": "2025-10-01", "end_date": "2025-11-30"}
    result = await drawn(FakeBackend(csv=large(people=12, days=336)), tmp_path, order, by="daily")
    assert [row[0] for row in result.structured_content["rows"]] == ["2025-10", "2025-11"]
    assert result.structured_content["chart"]["truncated"] is False
    assert "Shortened to fit" not in text_of(result)


async def test_days_that_are_not_listed_are_gaps_in_rows_text_and_picture(tmp_path: Path) -> None:
    listed = {date(2026, 8, 1) + timedelta(days=passed): passed for passed in range(92) if passed % 9 not in (4, 5)}
    lines = ["Period,Date,Value", *(f"day,{day:%d.%m.%Y},{people}" for day, people in listed.items()), ""]
    order = {"type": "ACTIVE_USER", "start_date": "2026-08-01", "end_date": "2026-10-31"}
    result = await drawn(FakeBackend(csv="\r\n".join(lines).encode()), tmp_path, order, by="daily")
    rows = result.structured_content["rows"]
    days = {date.fromisoformat(f"{month}-{day:02d}"): v for month, *row in rows for day, v in enumerate(row, 1)}
    assert {day: people for day, people in days.items() if people is not None} == listed
    assert len(days) == result.structured_content["chart"]["total_rows"] == 92
    months = re.findall(r"^(\d{4}-\d\d): (.*)$", text_of(result), flags=re.MULTILINE)
    assert [words.split() for _, words in months] == [
        ["-" if value is None else str(value) for value in row] for _, *row in rows
    ]
    assert "missing, not zero" in text_of(result)


@pytest.mark.parametrize("asked", [{"top": 20}, {"top": 20, "by": "users"}, {"by": "daily"}], ids=str)
@pytest.mark.parametrize("scale", [1, 10**4, 10**12], ids="times {}".format)
async def test_both_forms_stay_within_the_budget(asked: dict[str, object], scale: int, tmp_path: Path) -> None:
    result = await drawn(FakeBackend(csv=large(people=30, days=336, scale=scale)), tmp_path, YEAR, **asked)
    assert not result.is_error, text_of(result)
    sent = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    assert tokens(text_of(result)) <= CONCISE_TOKENS
    assert tokens(sent) <= CONCISE_TOKENS
    if scale == 10**12 and asked.get("by") == "daily":
        assert text_of(result).startswith("Shortened to fit: the newest ")
        assert result.structured_content["headline"].startswith("Shortened to fit: the newest ")
        assert result.structured_content["chart"]["truncated"] is True


async def test_another_measure_is_ranked_over_all_groups_and_not_over_the_first(tmp_path: Path) -> None:
    often = [("busy@nordwind.example", f"{day:02d}.10.2026", "Legal Helper", 900) for day in range(1, 4)]
    wide = [("wide@nordwind.example", "05.10.2026", f"Helper {number}", 1) for number in range(9)]
    result = await drawn(
        FakeBackend(csv=rows(*often, *wide)), tmp_path, OCTOBER, by="users", measure="assistants", top=1
    )
    assert recorded(result) == [("wide@nordwind.example", "9")]
    assert result.structured_content["chart"]["total_rows"] == 2


async def test_a_shared_first_place_is_said(tmp_path: Path) -> None:
    same = rows(*((f"{who}@nordwind.example", "05.10.2026", "Legal Helper", 4) for who in ("ada", "ben", "cem")))
    result = await drawn(FakeBackend(csv=same), tmp_path, OCTOBER, by="users")
    assert "ada@nordwind.example and 2 others share the first place in interactions" in text_of(result)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"top": 2}, "ada@nordwind.example and at least 2 others share the first place in interactions"),
        ({"top": 1, "measure": "days"}, "ada@nordwind.example and at least 1 other share the first place in days"),
        ({"top": 3}, "ada@nordwind.example and 2 others share the first place in interactions"),
    ],
    ids=["cut among them", "one alone is shown", "cut behind them"],
)
async def test_a_first_place_that_more_share_than_are_shown_is_said(
    asked: dict[str, object], said: str, tmp_path: Path
) -> None:
    equal = ((f"{who}@nordwind.example", "05.10.2026", "Legal Helper", 4) for who in ("ada", "ben", "cem"))
    less = ("dan@nordwind.example", "05.10.2026", "Legal Helper", 3)
    result = await drawn(FakeBackend(csv=rows(*equal, less)), tmp_path, OCTOBER, by="users", **asked)
    assert said in text_of(result)
    places = [caveat for caveat in result.structured_content["chart"]["caveats"] if "left out" in caveat]
    is_cut = "at least" in said
    assert places == [f"Place {asked['top']} of users is shared with groups that are left out."] * is_cut


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "days"}, "users, assistants, daily, devices. sql draws others, such as weeks."),
        ({"measure": "email", "by": "users"}, "email holds text or dates, which cannot be drawn by users."),
        ({"measure": "email", "by": "users"}, "measure takes: interactions, share_percent, assistants, days."),
        ({"measure": "mony"}, "There is no column 'mony' to draw"),
        ({"chart": "line", "by": "users"}, "Call chart_report with chart='bar', or by='daily'."),
        ({"top": 21}, "top must be a whole number from 1 to 20"),
        ({"chart": "pie"}, "chart must be one of auto, line, bar"),
        ({"order_id": "order_1,order_1"}, "order_id names order_1 twice; its rows would count twice."),
        ({"before": "order_1"}, "the orders in before cover 2026-10-01 to 2026-10-31."),
        ({"before": "order_1", "sql": "SELECT 1"}, "before is not taken with sql"),
    ],
    ids=str,
)  # fmt: skip
async def test_what_cannot_be_drawn_is_refused_with_what_can(
    asked: dict[str, object], said: str, tmp_path: Path
) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, **asked)
    assert (result.is_error, result.structured_content) == (True, None)
    assert said in text_of(result)


async def test_a_statement_is_drawn_as_it_ranks_its_rows(tmp_path: Path) -> None:
    sql = "SELECT assistant, sum(count) AS questions FROM report GROUP BY 1 ORDER BY 2 DESC"
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert recorded(result) == written(result) == [("Legal Helper", "9"), ("Translator", "3")]
    assert picture_of(result).mime_type == "image/png"
    drawing = result.structured_content["chart"]
    assert (drawing["title"], drawing["drawable"]) == ("Questions by assistant", {"query": ["questions"]})
    assert "Legal Helper leads in questions: 9." in text_of(result)


async def test_a_statement_over_weeks_is_drawn_as_a_line(tmp_path: Path) -> None:
    weeks = rows(*(("ada@nordwind.example", f"{day:02d}.10.2026", "Legal Helper", day) for day in (5, 6, 12, 19)))
    sql = "SELECT date_trunc('week', date)::DATE AS week, sum(count) AS count FROM report GROUP BY 1 ORDER BY 1"
    result = await drawn(FakeBackend(csv=weeks), tmp_path, OCTOBER, sql=sql)
    assert result.structured_content["chart"]["kind"] == "line"
    assert recorded(result) == [("2026-10-05", "11"), ("2026-10-12", "12"), ("2026-10-19", "19")]


async def test_midnights_of_a_statement_are_days(tmp_path: Path) -> None:
    sql = "SELECT date_trunc('month', date)::TIMESTAMP AS begun, sum(count) AS questions FROM report GROUP BY 1"
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert recorded(result) == written(result) == [("2026-10-01", "12")]
    assert result.structured_content["headline"] == "Questions: 12 on 2026-10-01."


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
@pytest.mark.parametrize(
    ("unit", "name", "said"),
    [
        ("month", "Month", "highest 3 on 2026-11, lowest 1 on 2026-08, last 3 on 2026-11."),
        ("quarter", "quarter", "highest 5 on 2026-10-01, lowest 1 on 2026-07-01, last 5 on 2026-10-01."),
        ("day", "month", "highest 3 on 2026-11-30, lowest 1 on 2026-08-03, last 3 on 2026-11-30."),
    ],
)
async def test_months_of_a_statement_cannot_be_read_as_their_first_days(
    unit: str, name: str, said: str, kind: str, tmp_path: Path
) -> None:
    days = ("03.08.2026", "01.10.2026", "30.11.2026")
    months = rows(*(("ada@nordwind.example", day, "Legal Helper", count) for count, day in enumerate(days, 1)))
    sql = f"SELECT date_trunc('{unit}', date)::{kind} AS {name}, sum(count) AS n FROM report GROUP BY 1 ORDER BY 1"
    result = await drawn(FakeBackend(csv=months), tmp_path, OCTOBER, sql=sql)
    assert result.structured_content["headline"] == f"N: {said}"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("n", "Of the 10 shown, n 9 leads in size: 9."),
        ("n DESC", "n 29 leads in size: 29."),
        ("n % 2, n DESC", "Of the 10 shown, n 28 leads in size: 28."),
    ],
)
async def test_who_leads_is_said_of_what_was_compared(order: str, said: str, tmp_path: Path) -> None:
    sql = f"SELECT n, n AS size FROM range(30) AS numbers(n) ORDER BY {order}"
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert result.structured_content["headline"] == said


async def test_a_statement_with_too_many_labels_is_drawn_with_what_fits(tmp_path: Path) -> None:
    labels = ", ".join(f"email AS label_{number}" for number in range(60))
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=f"SELECT {labels}, count FROM report")
    assert picture_of(result).mime_type == "image/png"


async def test_a_statement_with_more_rows_than_are_drawn_says_so(tmp_path: Path) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql="SELECT range, range FROM range(501)")
    assert "The statement gives more than these 500 rows." in result.structured_content["chart"]["caveats"]


async def test_a_statement_of_which_one_column_has_no_length_is_drawn_by_the_other(tmp_path: Path) -> None:
    sql = "SELECT email, count / 0 AS share, sum(count) AS uses FROM report GROUP BY ALL"
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert "uses" in str(result.structured_content)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT email, assistant FROM report", "no row with a label and a number"),
        ("SELECT sum(count) FROM report", "no row with a label and a number"),
        ("SELECT email, count FROM report WHERE count > 99", "no row with a label and a number"),
        ("SELECT email, NULL::INT AS n FROM report", "no row with a label and a number"),
        ("SELECT email, salary FROM report", "salary"),
        ("DROP TABLE report", "SELECT"),
        ("SELECT email, count / 0 AS share FROM report", "share holds values without a length: inf or nan."),
        ("SELECT email, NULL::INT AS none, count / 0 AS share FROM report", "share holds values without a length"),
    ],
    ids=[
        "no number",
        "no label",
        "no row",
        "no value",
        "no such column",
        "a write",
        "no length",
        "no length beside no value",
    ],
)
async def test_a_statement_that_cannot_be_drawn_is_refused(sql: str, said: str, tmp_path: Path) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert (result.is_error, result.structured_content) == (True, None)
    assert said in text_of(result)


@pytest.mark.parametrize(
    "sql",
    ["SELECT date, sum(count) FROM report GROUP BY 1 ORDER BY 1 DESC", "SELECT email, date, count FROM report"],
    ids=["newest first", "several rows a day"],
)
async def test_days_that_make_no_line_are_asked_for_in_their_order(sql: str, tmp_path: Path) -> None:
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql, chart="line")
    assert result.is_error
    assert "The days of query are not one row each, in their order" in text_of(result)
    assert "GROUP BY 1 ORDER BY 1" in text_of(result)


async def test_numbers_of_every_type_are_drawn(tmp_path: Path) -> None:
    for kind in ("UTINYINT", "UINTEGER", "UBIGINT", "UHUGEINT", "HUGEINT", "DECIMAL(9,2)", "FLOAT"):
        result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=f"SELECT email, count::{kind} AS n FROM report")
        assert result.structured_content["chart"]["measure"] == "n", kind


async def test_rows_of_a_statement_that_do_not_fit_are_had_by_asking_them(tmp_path: Path) -> None:
    sql = "SELECT DATE '2026-01-01' + i::INT AS day, 123456789.123456789 + i AS n FROM range(200) t(i)"
    result = await drawn(FakeBackend(), tmp_path, OCTOBER, sql=sql)
    assert text_of(result).startswith("Shortened to fit: the newest ")
    assert "query_report with the same sql shows more." in text_of(result)


async def test_an_order_that_is_not_done_names_the_wait(tmp_path: Path) -> None:
    result = await drawn(FakeBackend(words=("RUNNING",)), tmp_path, OCTOBER)
    assert result.is_error
    assert "Call wait_for_order with order_id='order_1'." in text_of(result)


async def test_a_report_without_rows_says_so_and_why_that_may_be(tmp_path: Path) -> None:
    result = await drawn(FakeBackend(csv=HEADER.encode()), tmp_path, OCTOBER)
    assert not result.is_error
    assert text_of(result).startswith(
        "There is nothing to draw: Chat interactions has no rows in this window that could be read."
    )
    assert "nobody did anything that it counts in this period" in text_of(result)
    assert result.structured_content["rows"] == []
    assert size_of(base64.b64decode(picture_of(result).data)) == (1200, 675)


async def test_no_name_can_close_the_block_of_the_text_or_become_markup(tmp_path: Path) -> None:
    hostile = rows(("```\u202e<script>", "05.10.2026", "[Sign in](https://evil.example)", 4))
    result = await drawn(FakeBackend(csv=hostile), tmp_path, OCTOBER)
    assert text_of(result).count("```") == 2
    assert "\u202e" not in text_of(result)
    outside, _, inside = text_of(result).partition("```text\n")
    assert "\\[Sign in]" in outside
    assert "\\<script>" in outside
    assert "'''<script>" in inside


async def test_the_view_is_named_by_the_tool_and_served_as_an_app(tmp_path: Path, mode: str) -> None:
    async with client_on(FakeBackend(), tmp_path, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        listed = {resource.uri: resource for resource in (await client.list_resources()).resources}
        (content,) = (await client.read_resource(VIEW)).contents
    assert tools["chart_report"].meta == {"ui": {"resourceUri": VIEW}, "ui/resourceUri": VIEW}
    assert [name for name, tool in tools.items() if tool.meta] == ["chart_report"]
    assert listed[VIEW].mime_type == content.mime_type == "text/html;profile=mcp-app"
    assert content.meta == {"ui": {"csp": {"connectDomains": [], "resourceDomains": []}, "prefersBorder": True}}
