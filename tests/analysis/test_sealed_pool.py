"""The child that runs other people's SQL: what only a process can survive, and how children come and go."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import psutil
import pytest

from fakes import HANGS_S
from processes import sealed_children
from unique_analytics_mcp.analysis.sealed.child import GROWN, _resident_bytes
from unique_analytics_mcp.analysis.sealed.frames import encoded
from unique_analytics_mcp.analysis.sealed.pool import _PROGRAM, Found, Question, SealedPool
from unique_analytics_mcp.errors import InvalidRequest, QueryEnded
from unique_analytics_mcp.watching import Turns

pytestmark = pytest.mark.thorough


@asynccontextmanager
async def pool_of() -> AsyncGenerator[SealedPool]:
    pool = SealedPool(Turns().statements)
    try:
        with anyio.fail_after(HANGS_S):
            yield pool
    finally:
        await pool.aclose()


async def ask(pool: SealedPool, parquet: list[Path], sql: str, *, limit_s: float = 10.0, limit: int = 10) -> Found:
    question = Question(reports=[(parquet[0], "order_1")], stack=True, sql=sql, limit=limit, offset=0)
    return await pool.ask(question, limit_s=limit_s)


DOUBLING = "WITH c0 AS (SELECT 1 AS v)" + "".join(
    f", c{n} AS (SELECT {{'x': v, 'y': v}} AS v FROM c{n - 1})" for n in range(1, 22)
)
EXHAUSTING = (
    "SELECT repeat('x', 10000000000)",
    "SELECT lpad('x', 2000000000, 'y')",
    "SELECT array_agg(repeat('x', 1000000)) FROM range(100000)",
    "SELECT range(10000000000)",
    "SELECT [range(100000000)]",
    "SELECT len(regexp_replace(repeat('x', 10000000), 'x', repeat('y', 10000), 'g'))",
    "SELECT i FROM range(1000000000) t(i) ORDER BY hash(i) LIMIT 1 OFFSET 999999990",
    f"SELECT {'(' * 3000}1{')' * 3000}",
    f"SELECT {'[' * 1500}1{']' * 1500}",
    f"SELECT {' + '.join(['1'] * 3900)}",
    f"SELECT CAST(NULL AS {'STRUCT(a ' * 700}INT{')' * 700})",
    f"SELECT {'NOT ' * 1900} true",
    "SELECT (repeat('[', 50000) || repeat(']', 50000))::JSON::VARIANT",
    "SELECT repeat('9', 1000000)::BIGNUM",
    "SELECT printf('%1000000000d', 1)",
    "SELECT i, repeat('x', 1000) FROM range(10000000) t(i) ORDER BY i DESC",
    "SELECT unnest(range(1000000000))",
    f"SELECT count(*) FROM r1{''.join(f' JOIN r1 a{n} USING (email)' for n in range(150))}",
    f"{DOUBLING} SELECT v FROM c21",
    f"SELECT {', '.join(['*'] * 2000)} FROM r1",
    f"WITH c0 AS (FROM r1), {', '.join(f'c{n} AS (FROM c{n - 1} a, c{n - 1} b)' for n in range(1, 60))} FROM c59",
)  # fmt: skip
ENDLESS = (
    "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b WHERE a.range + b.range < 0",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT levenshtein(repeat('x', 200000), repeat('y', 200000))",
    "WITH RECURSIVE t(n, k) USING KEY (n) AS (SELECT 0, 0 UNION ALL SELECT n, k + 1 FROM t) SELECT count(*) FROM t",
    "SELECT 1 FROM range(100000000000) OFFSET 99999999990",
)


async def test_what_exhausts_the_machine_ends_cleanly_and_the_next_question_is_answered(parquet: list[Path]) -> None:
    ended = list[str]()
    async with pool_of() as pool:
        for sql in EXHAUSTING:
            try:
                await ask(pool, parquet, sql, limit_s=0.2)
            except (QueryEnded, InvalidRequest) as error:
                ended.append(error.hint)
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]
    assert len([hint for hint in ended if hint]) == len(EXHAUSTING)


async def test_an_endless_statement_ends_at_its_limit_and_says_what_to_narrow(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        for sql in ENDLESS:
            with pytest.raises(QueryEnded, match=r"ended after 0\.2 seconds\. Narrow it"):
                await ask(pool, parquet, sql, limit_s=0.2)
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]


@pytest.mark.parametrize("sql", ["SELECT [range(100000000)]", "SELECT repeat('x', 100000000)"], ids=["rows", "plan"])
async def test_a_statement_that_runs_out_of_memory_says_so_and_its_child_is_replaced(
    sql: str, parquet: list[Path]
) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (first,) = sealed_children()
        with pytest.raises(QueryEnded, match="needed more memory than it may have"):
            await ask(pool, parquet, sql)
        assert not first.is_running()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_others_are_answered_while_a_statement_runs(parquet: list[Path]) -> None:
    async with pool_of() as pool, anyio.create_task_group() as tasks:
        tasks.start_soon(ask, pool, parquet, ENDLESS[0])
        await anyio.lowlevel.checkpoint()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]
        assert len(sealed_children()) == 2
        tasks.cancel_scope.cancel()
    assert sealed_children() == []


async def test_cancelling_a_question_ends_its_child(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (busy,) = sealed_children()
        with anyio.move_on_after(0.1) as scope:
            await ask(pool, parquet, ENDLESS[0])
        assert scope.cancelled_caught
        assert not busy.is_running()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_a_child_that_is_never_ready_is_ended_at_its_limit_or_with_its_question(
    parquet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    never = "# sealed.child\nimport sys; sys.stdin.buffer.read()"
    monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.pool._PROGRAM", never)
    async with pool_of() as pool:
        with anyio.move_on_after(0.1) as scope:
            await ask(pool, parquet, "SELECT 1")
        assert (scope.cancelled_caught, sealed_children()) == (True, [])
        monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.pool.START_S", 0.1)
        with pytest.raises(QueryEnded, match="cannot be started"):
            await ask(pool, parquet, "SELECT 1")
        assert sealed_children() == []


async def test_a_child_at_work_when_its_pool_closes_ends_with_its_question(parquet: list[Path]) -> None:
    pool = SealedPool(Turns().statements)
    with anyio.fail_after(HANGS_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, pool, parquet, "SELECT 1")
            await _some_child()
            await pool.aclose()
    assert sealed_children() == []


async def _some_child() -> None:
    while not sealed_children():
        await anyio.lowlevel.checkpoint()


async def test_no_more_than_one_idle_child_remains_whatever_ends_together(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        async with anyio.create_task_group() as tasks:
            for sql in ("SELECT 1", ENDLESS[0], "SELECT 2", ENDLESS[1]):
                tasks.start_soon(_ask_anyhow, pool, parquet, sql)
        assert len(sealed_children()) == 1
    assert sealed_children() == []


async def _ask_anyhow(pool: SealedPool, parquet: list[Path], sql: str) -> None:
    with suppress(QueryEnded):
        await ask(pool, parquet, sql, limit_s=0.1)


async def test_a_child_that_died_while_it_was_idle_is_replaced(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (idle,) = sealed_children()
        idle.kill()
        while idle.is_running():
            await anyio.lowlevel.checkpoint()
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


async def test_a_child_that_holds_more_than_it_may_keep_is_replaced(
    parquet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_nothing = _PROGRAM.replace("import main; ", "import main; main.__globals__['GROWN'] = 0; ")
    monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.pool._PROGRAM", keeps_nothing)
    async with pool_of() as pool:
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]
        (fresh,) = sealed_children()
        assert (await ask(pool, parquet, "SELECT count(*) FROM r1")).rows == [[4]]
        assert not fresh.is_running()


def test_a_child_knows_how_much_it_holds() -> None:
    assert abs(_resident_bytes() - psutil.Process().memory_info().rss) < GROWN / 8


@pytest.mark.parametrize("letter", ["ж", "名", "😀", "\x01"])
async def test_a_page_of_any_letters_arrives(letter: str, parquet: list[Path]) -> None:
    async with pool_of() as pool:
        page = await ask(pool, parquet, f"SELECT repeat(chr({ord(letter)}), 2000), * FROM range(2000)", limit=2_000)
    assert {cell for cell, _ in page.rows} == {letter * 2_000}
    assert [number for _, number in page.rows] == list(range(len(page.rows)))
    assert page.more


async def test_a_child_is_kept_warm_for_one_set_of_reports_after_another(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        (first,) = sealed_children()
        other = Question(reports=[(parquet[1], "o2")], stack=True, sql="SELECT DISTINCT order_id FROM report",
                         limit=5, offset=0)  # fmt: skip
        assert (await pool.ask(other, limit_s=10)).rows == [["o2"]]
        with pytest.raises(InvalidRequest, match="The table r2 is not available"):
            await ask(pool, parquet, "SELECT * FROM r2")
        assert sealed_children() == [first]
    assert sealed_children() == []


async def test_a_report_that_is_gone_is_said_to_be_gone_and_its_place_is_not(parquet: list[Path]) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        with pytest.raises(InvalidRequest, match=r"cannot be read any more\. Call download_report_summary") as gone:
            await ask(pool, [parquet[0].with_name("gone.parquet")], "SELECT 1")
        assert "gone" not in str(gone.value)
        assert (await ask(pool, parquet, "SELECT 1")).rows == [[1]]


READY = encoded({"ready": "an engine"})
WAITING = "sys.stdin.buffer.read()"
UNBELIEVABLE = {
    "more than a frame may have": (READY + b"\0\x40\0\1", WAITING, "brought its engine down"),
    "no JSON": (READY + b"\0\0\0\2no", WAITING, "brought its engine down"),
    "half an answer": (READY + b"\0\0\0\x09{}", "", "brought its engine down"),
    "nothing": (READY, WAITING, r"ended after 0\.2 seconds"),
    "no JSON at first": (b"\0\0\0\2no", WAITING, "cannot be started"),
    "not that it is ready": (encoded({}), WAITING, "cannot be started"),
    "nothing ever": (b"", "", "cannot be started"),
}


@pytest.mark.parametrize(("said", "then", "told"), UNBELIEVABLE.values(), ids=UNBELIEVABLE)
async def test_a_child_is_not_believed_whatever_it_says(
    said: bytes, then: str, told: str, parquet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"# sealed.child\nimport sys; sys.stdout.buffer.write({said!r}); sys.stdout.flush(); {then}"
    monkeypatch.setattr("unique_analytics_mcp.analysis.sealed.pool._PROGRAM", program)
    async with pool_of() as pool:
        with pytest.raises(QueryEnded, match=told):
            await ask(pool, parquet, "SELECT 1", limit_s=0.2 if told.startswith("ended") else HANGS_S)
    assert sealed_children() == []


async def test_where_no_child_can_be_started_the_next_question_is_told_so(
    parquet: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT 1")
        monkeypatch.setattr("sys.executable", str(tmp_path / "gone"))
        with pytest.raises(QueryEnded, match="needed more memory"):
            await ask(pool, parquet, "SELECT [range(100000000)]")
        with pytest.raises(QueryEnded, match=r"cannot be started\. Ask the operator"):
            await ask(pool, parquet, "SELECT 1")


async def test_a_child_holds_no_secret_and_is_limited(parquet: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNIQUE_APP_KEY", "ukey_invented")
    async with pool_of() as pool:
        await ask(pool, parquet, "SELECT count(*) FROM r1")
        (child,) = sealed_children()
        assert "UNIQUE_APP_KEY" not in child.environ()
        assert child.rlimit(psutil.RLIMIT_AS) == (2**30, 2**30)
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        assert 10 < child.rlimit(psutil.RLIMIT_CPU)[0] < 60
        assert child.num_threads() == 1
