"""The tasks extension: a long wait a client may leave, driven by the SDK's own client as a host would."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Request, RequestParams, Result

from clients import served_on, text_of
from fakes import CSV, FakeBackend, FakeTime
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.errors import StoreError, SubmissionUnclear
from unique_analytics_mcp.server import build_server
from unique_analytics_mcp.server.tasks import TASKS, Task, task_of
from unique_analytics_mcp.service import Service

OCTOBER = {"type": "CHAT_INTERACTION", "period": "2026-10"}


class TaskResult(Result):
    """A task in place of a result, or how it stands."""

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    status_message: str | None = None
    poll_interval_ms: int | None = None


class Standing(Result):
    task_id: str = ""
    status: str = ""
    status_message: str | None = None
    result: dict[str, Any] | None = None


class TaskCall(RequestParams):
    task_id: str


@dataclass
class Host(ClientExtension):
    """A host that polls a task to its end; `waits` tells the platform's clock to go on between two polls."""

    time: FakeTime
    seen: list[str] = field(default_factory=list)
    identifier: str = TASKS

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=TaskResult, resolve=self._resolve)]

    async def _resolve(self, begun: TaskResult, ctx: ClaimContext) -> CallToolResult:
        self.seen.append(begun.task_id)
        for _ in range(20):
            standing = await asked(ctx.session, "tasks/get", begun.task_id)
            self.seen.append(standing.status)
            if standing.status != "working":
                return CallToolResult.model_validate(standing.result)
            self.time.monotonic_s += (begun.poll_interval_ms or 0) / 1000
        raise AssertionError("the task never ended")


async def asked(session: Any, method: str, task_id: str) -> Standing:
    request = Request[TaskCall, str](method=method, params=TaskCall(task_id=task_id))
    return await session.send_request(request, Standing)


@asynccontextmanager
async def hosted(
    backend: FakeBackend, folder: Path, *, mode: Any = "auto", declares: bool = True
) -> AsyncGenerator[tuple[Client, Host]]:
    time = FakeTime()
    host = Host(time)
    server = served_on(backend, folder, clock=time.clock)
    async with Client(server, mode=mode, extensions=[host] if declares else []) as client:
        yield client, host


SLOW = ["PENDING"] * 4 + ["PROCESSING"] * 2 + ["DONE"]


@pytest.mark.parametrize("tool", ["run_analytics_report", "wait_for_order"])
async def test_a_long_wait_becomes_a_task_that_ends_with_the_tools_own_answer(tmp_path: Path, tool: str) -> None:
    backend = FakeBackend(words=SLOW)
    async with hosted(backend, tmp_path) as (client, host):
        arguments: dict[str, Any] = OCTOBER
        if tool == "wait_for_order":
            placed = await client.call_tool("create_analytics_order", OCTOBER)
            arguments = {"order_id": (placed.structured_content or {})["order_id"]}
        answer = await client.call_tool(tool, arguments)
        again = await client.call_tool(tool, arguments)
    assert not answer.is_error
    assert host.seen[0].startswith("order_1")
    assert host.seen[1:] == [*["working"] * (len(host.seen) - 2), "completed"]
    assert len(host.seen) > 3
    assert text_of(answer) == text_of(again) if tool == "run_analytics_report" else "is DONE" in text_of(answer)
    assert (answer.structured_content or {}).keys() == (again.structured_content or {}).keys()
    assert backend.count("submit") == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"top": 3},
        {"top": 50, "response_format": "detailed"},
        {"top": " ", "response_format": " Detailed "},
    ],
    ids=str,
)
async def test_a_task_ends_with_as_many_rows_as_were_asked_for(tmp_path: Path, form: dict[str, Any]) -> None:
    header, row, *_ = CSV.splitlines(keepends=True)
    people = (row.replace(b"ada", f"person{number:03}".encode()) for number in range(200))
    backend = FakeBackend(words=SLOW, csv=header + b"".join(people))
    async with hosted(backend, tmp_path) as (client, host):
        by_task = await client.call_tool("run_analytics_report", {**OCTOBER, **form})
        assert host.seen[-1] == "completed"
        at_once = await client.call_tool("run_analytics_report", {**OCTOBER, **form})
    assert text_of(by_task) == text_of(at_once)


async def test_several_orders_are_waited_for_as_before(tmp_path: Path) -> None:
    backend = FakeBackend(words=SLOW)
    async with hosted(backend, tmp_path) as (client, host):
        arguments = {**OCTOBER, "compare_to": "previous_period", "max_wait_seconds": 600}
        answer = await client.call_tool("run_analytics_report", arguments)
    assert "summary" in (answer.structured_content or {})
    assert (host.seen, backend.count("submit")) == ([], 2)


async def test_a_short_wait_is_answered_at_once(tmp_path: Path) -> None:
    async with hosted(FakeBackend(), tmp_path) as (client, host):
        assert not (await client.call_tool("run_analytics_report", OCTOBER)).is_error
    assert host.seen == []


async def test_bad_arguments_are_refused_in_the_words_of_any_other_call(tmp_path: Path) -> None:
    backend = FakeBackend(words=SLOW)
    async with hosted(backend, tmp_path) as (client, host):
        refused = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "someday"})
    assert refused.is_error
    assert "someday" in text_of(refused)
    assert (host.seen, backend.calls) == ([], [])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SubmissionUnclear("Nobody knows.", hint="Ask again."), r"run_analytics_report: Nobody knows\. Ask again\."),
        (OSError("/home/paul is gone"), r"run_analytics_report: .* finds it in the log under [0-9a-f]{8}\."),
    ],
    ids=["foreseen", "not"],
)
async def test_an_order_that_cannot_be_placed_is_tried_once_and_told_in_the_words_of_any_other_call(
    tmp_path: Path, error: Exception, says: str
) -> None:
    backend = FakeBackend(errors={"submit": [error]})
    async with hosted(backend, tmp_path) as (client, host):
        refused = await client.call_tool("run_analytics_report", OCTOBER)
    assert refused.is_error
    assert re.search(says, text_of(refused))
    assert (host.seen, backend.count("submit")) == ([], 1)


@pytest.mark.parametrize("max_wait", ["soon", 0, 100_000])
async def test_a_wait_that_may_not_be_asked_for_is_refused_though_another_is_made(
    tmp_path: Path, max_wait: object
) -> None:
    backend = FakeBackend(words=SLOW)
    async with hosted(backend, tmp_path) as (client, host):
        refused = await client.call_tool("run_analytics_report", {**OCTOBER, "max_wait_seconds": max_wait})
    assert refused.is_error
    assert "max_wait_seconds must be a whole number from 1 to 600" in text_of(refused)
    assert (host.seen, backend.calls) == ([], [])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (StoreError("There is no room left.", hint="Make some."), r"There is no room left\. Make some\."),
        (OSError("/home/paul is gone"), r"finds it in the log under [0-9a-f]{8}\. Nothing ordered is lost"),
    ],
    ids=["foreseen", "not"],
)
async def test_a_task_that_cannot_be_asked_for_now_says_why_in_our_words(error: Exception, says: str) -> None:
    @asynccontextmanager
    async def nothing_opens(_caller: object) -> AsyncGenerator[Service]:
        raise error
        yield

    server = build_server(nothing_opens, catalogue=UNIQUE_REPORTS, allow_delete=False, time_zone="Europe/Zurich")
    async with Client(server, extensions=[Host(FakeTime())]) as client:
        with pytest.raises(MCPError, match=says):
            await asked(client.session, "tasks/get", "order_1")


async def test_an_order_the_platform_gives_up_completes_its_task_with_an_error_result(tmp_path: Path) -> None:
    async with hosted(FakeBackend(words=["PENDING"] * 5 + ["FAILED"]), tmp_path) as (client, host):
        answer = await client.call_tool("run_analytics_report", OCTOBER)
    assert answer.is_error
    assert "ended order order_1 without a report" in text_of(answer)
    assert host.seen[-1] == "completed"


@pytest.mark.parametrize(
    ("mode", "declares"), [("legacy", True), ("auto", False)], ids=["older revision", "undeclared"]
)
async def test_no_task_without_the_revision_and_the_declaration(tmp_path: Path, mode: str, declares: bool) -> None:
    async with hosted(FakeBackend(words=SLOW), tmp_path, mode=mode, declares=declares) as (client, host):
        answer = await client.call_tool("run_analytics_report", {**OCTOBER, "max_wait_seconds": 7})
    assert (answer.structured_content or {})["order"]["waited_seconds"] == 7
    assert host.seen == []


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_each_method_is_refused_by_capability_where_it_was_not_declared(tmp_path: Path, method: str) -> None:
    async with hosted(FakeBackend(), tmp_path, declares=False) as (client, _):
        with pytest.raises(MCPError) as refused:
            await asked(client.session, method, "order_1")
    assert refused.value.code == -32021


async def test_cancelling_a_task_leaves_the_order_alone(tmp_path: Path) -> None:
    backend = FakeBackend(words=["PENDING"])
    async with hosted(backend, tmp_path) as (client, _):
        placed = await client.call_tool("create_analytics_order", OCTOBER)
        order_id = (placed.structured_content or {})["order_id"]
        await asked(client.session, "tasks/cancel", order_id)
        standing = await asked(client.session, "tasks/get", order_id)
    assert (standing.status, standing.status_message) == ("working", "Order order_1: working PENDING")
    assert backend.count("delete") == 0


@pytest.mark.parametrize(
    "task_id",
    ["../secrets", "order_1.long.10", "order_1.concise.0", "order_1.concise.101", "order_1.concise.07", "order 1", ""],
)
async def test_an_id_that_is_no_tasks_is_refused_without_a_call(tmp_path: Path, task_id: str) -> None:
    backend = FakeBackend()
    async with hosted(backend, tmp_path) as (client, _):
        with pytest.raises(MCPError, match="no such task"):
            await asked(client.session, "tasks/get", task_id)
    assert backend.calls == []


@pytest.mark.parametrize("task", [Task(order_id="a-1"), Task(order_id="a_1", form="detailed", top=50)])
def test_a_tasks_id_says_all_that_is_needed_to_finish_it(task: Task) -> None:
    assert task_of(task.task_id) == task
