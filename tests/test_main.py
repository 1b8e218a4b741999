"""The command line: exit codes, what goes to which stream, and one line for each thing that is wrong."""

import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NoReturn

import anyio
import httpx
import pytest

from tenant import MARCH, Tenant, forget_environment, tenant
from unique_analytics_mcp import __version__
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.domain.summary import Summary
from unique_analytics_mcp.server.tools import tools
from unique_analytics_mcp.simulator.faults import FAULTS, Operation

DATES = ["--start", MARCH["start_date"], "--end", MARCH["end_date"]]
REPORT = ["report", "CHAT_INTERACTION", *DATES]
ESCAPE = "\x1b"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_environment(monkeypatch)


def code_of(argv: list[str]) -> int:
    """The exit code, whether it is returned or argparse leaves with it."""
    try:
        return main(argv)
    except SystemExit as left:
        return int(left.code or 0)


@pytest.mark.parametrize("command", [[], ["serve"], ["demo"], ["simulate"], ["report"], ["doctor"]], ids=" ".join)
def test_each_command_explains_itself(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert code_of([*command, "--help"]) == 0
    assert "usage: unique-analytics-mcp" in capsys.readouterr().out


def test_the_help_of_all_says_what_the_exit_codes_mean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert code_of(["--help"]) == 0
    assert "Exit codes: 0 done; 1 it failed; 2 bad input or settings; 130 interrupted." in capsys.readouterr().out


def test_a_name_in_another_encoding_is_spelt_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["doctor", "f\udcfcr.csv"]) == 2
    assert "unrecognized arguments: f\\udcfcr.csv" in capsys.readouterr().err


def test_the_help_of_report_says_what_each_type_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["report", "--help"]) == 0
    told = capsys.readouterr().out
    assert "  CHAT_INTERACTION\n      Who used which assistant how often" in told
    assert "  GENESYS_CONVERSATION_DETAILS\n      Which conversations were there" in told
    assert told.count("(where UNIQUE_ANALYTICS_REPORT_TYPES names it)") == 1


def test_the_help_of_simulate_names_every_fault_and_every_request_that_it_can_be_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert code_of(["simulate", "--help"]) == 0
    told = capsys.readouterr().out
    assert "|".join(Operation) in told
    assert all(f"  {name} " in told and meaning in told for name, meaning in FAULTS.items())
    assert "Orders of the older Unique API are looked for in its list: it knows no get." in told


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["--version"]) == 0
    assert capsys.readouterr().out == f"unique-analytics-mcp {__version__}\n"


REFUSED = {
    "no settings": ([], "Missing settings"),
    "serve without settings": (["serve"], "UNIQUE_APP_KEY or UNIQUE_API_KEY"),
    "serve over http without settings": (["serve", "--transport", "http"], "--demo"),
    "serve to everybody": (["serve", "--demo", "--transport", "http", "--host", "0.0.0.0"], "0.0.0.0"),
    "serve to a name": (["serve", "--demo", "--transport", "http", "--host", "my.example"], "127.0.0.1"),
    "an address for stdio": (["serve", "--demo", "--transport", "stdio", "--port", "9000"], "--transport http"),
    "no such transport": (["serve", "--transport", "sse"], "sse"),
    "no such command": (["serv"], "serve"),
    "an option before its command": (["--transport", "http"], "--transport comes after a command, such as serve"),
    "mistyped option": (["report", "NPS", "--perod", "last_month"], "--perod"),
    "shortened option": (["report", "NPS", "--per", "last_month"], "--per"),
    "no type": (["report", "--period", "last_month"], "TYPE"),
    "no days": (["report", "NPS", "--demo"], "--period"),
    "an assistant whose variable is not set": (["report", "NPS", "--assistant-id", ""], "--assistant-id: it is empty"),
    "a file whose variable is not set": (["report", "NPS", "--save-csv-to", " "], "--save-csv-to: it is empty"),
    "a period whose variable is not set": (["report", "NPS", "--period", ""], "--period: it is empty"),
    "wait that is no number": (["report", "NPS", "--max-wait", "long"], "--max-wait"),
    "wait without an end": (["report", "NPS", "--max-wait", "inf"], "above 0"),
    "no interval": (["report", "NPS", "--poll-interval", "0"], "above 0"),
    "no such format": (["report", "NPS", "--format", "xml"], "xml"),
    "no settings file": (["report", "NPS", "--period", "last_month", "--env-file", "nowhere.env"], "nowhere.env"),
    "a settings file that is none": (["serve", "--env-file", "/dev/null"], "a pipe will not do"),
    "a settings file with too long a name": (["serve", "--env-file", "x" * 300], "There is no settings file"),
    "report without settings": (["report", "NPS", "--period", "last_month"], "Missing settings"),
    "backend without a demonstration": (["serve", "--backend", "unique-legacy"], "UNIQUE_ANALYTICS_BACKEND"),
    "no such backend": (["demo", "--backend", "galaxy"], "galaxy"),
    "no such fault": (["simulate", "--faults", "earthquake"], "earthquake"),
    "nobody at the firm": (["simulate", "--users", "0"], "users"),
    "a delay that is no number": (["simulate", "--delay", "nan"], "--delay: 'nan' is not a number of seconds from 0"),
    "a seed that is no number": (["simulate", "--seed", "x"], "--seed: 'x' is not a whole number"),
    "users that are no number": (["simulate", "--users", "1e3"], "--users: '1e3' is not a whole number"),
    "day that is none": (["simulate", "--today", "2026-02-30"], "2026-02-30"),
    "port that is none": (["simulate", "--port", "70000"], "70000"),
}


@pytest.mark.parametrize(("argv", "says"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_line_on_stderr_and_code_2(
    capsys: pytest.CaptureFixture[str], argv: list[str], says: str
) -> None:
    assert code_of(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [["simulate"], ["serve", "--demo", "--transport", "http"]], ids=" ".join)
def test_a_port_that_is_taken_is_one_line_and_code_2(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        handler = signal.getsignal(signal.SIGTERM)
        assert code_of([*command, "--port", str(port)]) == 2
        assert signal.getsignal(signal.SIGTERM) is handler
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert str(port) in err
    assert err.endswith(f"cannot be used: {os.strerror(errno.EADDRINUSE)}. Choose another --port.\n")


def test_a_secret_that_all_callers_share_does_not_say_who_asks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path), socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH", "token")
        monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH_TOKEN", "x" * 24)
        monkeypatch.delenv("UNIQUE_AUTH_USER_ID", raising=False)
        monkeypatch.delenv("UNIQUE_USER_ID", raising=False)
        assert code_of(["serve", "--transport", "http", "--port", port]) == 2
    assert "USER_ID" in capsys.readouterr().err


def test_a_host_that_is_not_this_machine_is_what_is_to_be_chosen_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH", "token")
    monkeypatch.setenv("UNIQUE_ANALYTICS_AUTH_TOKEN", "x" * 24)
    elsewhere = "192.0.2.1"  # RFC 5737: nobody's
    assert code_of(["serve", "--demo", "--transport", "http", "--host", elsewhere]) == 2
    err = capsys.readouterr().err
    assert elsewhere in err
    assert err.endswith("Choose another --host.\n")


def test_simulate_serves_every_platform_at_the_addresses_and_with_the_credentials_it_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = list[int]()

    async def visit() -> NoReturn:
        lines = capsys.readouterr().out.splitlines()
        printed = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        login, api = printed["GENESYS_LOGIN_BASE"] + "/oauth/token", printed["GENESYS_API_BASE"] + "/api/v2/users"
        who = (printed["GENESYS_CLIENT_ID"], printed["GENESYS_CLIENT_SECRET"])
        async with httpx.AsyncClient(verify=False, trust_env=False) as http:
            token = (await http.post(login, data={"grant_type": "client_credentials"}, auth=who)).json()
            for url, headers in {
                api: {"authorization": f"Bearer {token['access_token']}"},
                printed["UNIQUE_API_BASE"] + "/analytics/orders": {
                    "authorization": f"Bearer {printed['UNIQUE_API_KEY']}",
                    "x-app-id": printed["UNIQUE_APP_ID"],
                    "x-company-id": printed["UNIQUE_COMPANY_ID"],
                    "x-user-id": printed["UNIQUE_USER_ID"],
                },
            }.items():
                statuses.append((await http.get(url, headers=headers)).status_code)
        raise KeyboardInterrupt

    monkeypatch.setattr(anyio, "sleep_forever", visit)
    assert code_of(["simulate", "--port", "0", "--users", "5"]) == 130
    assert statuses == [200, 200]


UNSENT = {
    "unknown type": ["report", "CHATS", *DATES],
    "unknown period": ["report", "NPS", "--period", "last_mont"],
    "period and dates": [*REPORT, "--period", "last_month"],
    "start alone": ["report", "NPS", "--start", "2025-03-01"],
    "reversed": ["report", "NPS", "--start", "2025-03-31", "--end", "2025-03-01"],
    "366 days": ["report", "NPS", "--start", "2024-01-01", "--end", "2024-12-31"],
    "15 days detailed": ["report", "CHAT_INTERACTION_DETAILED", "--start", "2025-03-01", "--end", "2025-03-15"],
    "an end to come": ["report", "NPS", "--start", "2025-03-01", "--end", "2999-03-01"],
    "a folder as file": [*REPORT, "--save-csv-to", "."],
    "too long a name of a file": [*REPORT, "--save-csv-to", "x" * 300],
}


@pytest.mark.parametrize("argv", UNSENT.values(), ids=UNSENT)
def test_a_report_that_cannot_be_is_refused_without_a_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    with tenant(monkeypatch, tmp_path) as served:
        assert code_of(argv) == 2
        assert not served.requests
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize("more", [[], ["--compare-to", "previous_period"]], ids=["one window", "two"])
def test_a_report_with_texts_names_the_option_that_gives_them_and_no_tool(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    with tenant(monkeypatch, tmp_path):
        week = ["--start", "2025-03-10", "--end", "2025-03-16"]
        assert code_of(["report", "CHAT_INTERACTION_DETAILED", *week, *more]) == 0
    out = capsys.readouterr().out
    assert "What people wrote is not shown here: --format csv gives it, of one order." in " ".join(out.split())
    assert [tool.name for tool in tools(allow_delete=True) if tool.name in out] == []


def test_a_window_beyond_the_limit_is_refused_with_the_option_that_allows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path):
        assert code_of(UNSENT["15 days detailed"]) == 2
    assert "Or set --split: 2 orders, merged into one answer." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("refused", "option"),
    [("start alone", "--end"), ("unknown period", "--end"), ("an end to come", "Use --end '20")],
)
def test_a_refusal_speaks_of_the_options_that_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: str, option: str
) -> None:
    with tenant(monkeypatch, tmp_path):
        assert code_of(UNSENT[refused]) == 2
    said = capsys.readouterr().err
    assert option in said
    assert "_date" not in said


WRONG = {
    "a word of ours": ({"UNIQUE_ANALYTICS_TIMEZONE": "Mars/Base"}, "is wrong: not an IANA time zone"),
    "a secret that is short": ({"UNIQUE_ANALYTICS_AUTH_TOKEN": "short"}, "is wrong: it needs at least 24 characters."),
    "two that are missing": ({"UNIQUE_ANALYTICS_AUTH": "oidc"}, "UNIQUE_ANALYTICS_PUBLIC_URL. Set what is missing"),
}


@pytest.mark.parametrize(("environment", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_setting_is_said_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str], says: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert code_of(["serve", "--demo", "--transport", "http"]) == 2
    assert says in capsys.readouterr().err


ENDS = {
    "FAILED": ("failed", 1, "FAILED"),
    "ERROR": ("error", 1, "ERROR"),
    "refused credentials": ("401:always", 4, "401"),
    "refused role": ("403@create", 4, "role"),
    "no CSV": ("wrong-type@download:always", 1, "CSV"),
    "no report": ("404@download:always", 1, "Run the same command again to order it anew."),
}


@pytest.mark.parametrize(("fault", "code", "says"), ENDS.values(), ids=ENDS)
def test_how_a_report_ends_is_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    code: int,
    says: str,
) -> None:
    with tenant(monkeypatch, tmp_path, faults=fault):
        assert main(REPORT) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert [tool.name for tool in tools(allow_delete=True) if tool.name in err] == []


def test_what_is_no_report_is_said_without_a_tool(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def another_table(*_: object) -> list[bytes]:
        return [b"Fruit,Price\n"]

    monkeypatch.setattr("unique_analytics_mcp.simulator.unique.tenant.csv_chunks", another_table)
    with tenant(monkeypatch, tmp_path):
        assert main(REPORT) == 1
    err = capsys.readouterr().err
    assert err.endswith("Run the same command again; if it comes back the same, ask the platform's operator.\n")


def test_a_platform_that_is_not_there_is_trouble_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path):
        pass
    assert main(REPORT) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_out_of_time_is_code_3_with_the_order_and_the_same_command_goes_on_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = [0.0]
    with tenant(monkeypatch, tmp_path, delay_s=1.0, clock=lambda: seconds[0]) as served:
        assert main([*REPORT, "--max-wait", "0.1"]) == 3
        [order_id] = served.order_ids
        out, err = capsys.readouterr()
        assert out == ""
        assert order_id in err.splitlines()[-1]
        seconds[0] = 2.0
        assert main([*REPORT, "--format", "json"]) == 0
        assert served.posts == 1
    assert json.loads(capsys.readouterr().out)["provenance"]["order_id"] == order_id


def test_whoever_waits_reads_where_the_order_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moments = count()
    with tenant(monkeypatch, tmp_path, delay_s=6.0, poll_s=300, clock=lambda: float(next(moments))):
        assert main([*REPORT, "--poll-interval", "0.02", "--max-wait", "1.5"]) == 0
    assert "\nCHAT_INTERACTION: PROCESSING" in capsys.readouterr().err


@pytest.fixture(scope="module")
def pretended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with pytest.MonkeyPatch.context() as patch, tenant(patch, tmp_path_factory.mktemp("store")) as served:
        yield served


@pytest.fixture
def served(pretended: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    for name, value in pretended.environment.items():
        monkeypatch.setenv(name, value)
    return pretended


def test_a_table_names_the_answer_the_window_and_where_it_comes_from_without_escape_codes(
    served: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(REPORT) == 0
    out, err = capsys.readouterr()
    [order_id] = served.order_ids
    for part in ("interactions", "2025-03-01 to 2025-03-31 (31 days", "Users", "Assistants", order_id, "sha256"):
        assert part in out
    assert order_id in err
    assert ESCAPE not in out + err


def test_json_is_the_summary_and_nothing_else(served: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*REPORT, "--format", "json"]) == 0
    summary = Summary.model_validate_json(capsys.readouterr().out)
    assert summary.provenance.type == "CHAT_INTERACTION"
    assert len(served.order_ids) == 1


def test_csv_is_the_platforms_bytes_on_stdout_and_in_the_file(
    served: Tenant, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = tmp_path / "folder" / "march.csv"
    assert main([*REPORT, "--format", "csv", "--save-csv-to", str(target)]) == 0
    out, err = capsysbinary.readouterr()
    assert f"The CSV is in {target}.".encode() in err
    assert out.removeprefix("\ufeff".encode()).startswith(b"Email,Date,Assistant")
    assert target.read_bytes() == out
    assert len(served.order_ids) == 1


def test_an_env_file_can_hold_all_settings(
    pretended: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env_file = tmp_path / "unique.env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in pretended.environment.items()))
    assert main([*REPORT, "--format", "json", "--env-file", str(env_file)]) == 0
    assert capsys.readouterr().out.startswith("{")


ENV_FILES = {
    "a mark before the first name": (b"\xef\xbb\xbfUNIQUE_ANALYTICS_PEOPLE=everybody\n", "PEOPLE is wrong"),
    "another encoding": ("UNIQUE_ANALYTICS_PEOPLE=pseudonyms\n".encode("utf-16"), "cannot be read as text"),
    "a name without a value": (b"# mine\nUNIQUE_ANALYTICS_PEOPLE\n", "Line 2 of"),
    "a line that is none": (b"UNIQUE_ANALYTICS_PEOPLE pseudonyms\n", "Line 1 of"),
}


@pytest.mark.parametrize(("content", "says"), ENV_FILES.values(), ids=ENV_FILES)
def test_nothing_in_an_env_file_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    env_file = tmp_path / "settings.env"
    env_file.write_bytes(content)
    assert main([*REPORT, "--demo", "--env-file", str(env_file)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_only_one_assistant_when_asked_for(served: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*REPORT, "--assistant-id", "assistant_none", "--format", "json"]) == 0
    [job, *_] = served.platform.orders
    assert job.payload.wanted.assistant_id == "assistant_none"
    assert json.loads(capsys.readouterr().out)["provenance"]["rows"] == 0


def test_a_reader_who_leaves_early_is_no_crash(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main([*REPORT, "--format", "csv"]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_a_disk_that_takes_no_more_of_the_result_is_one_line_and_code_1(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    with Path("/dev/full").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main([*REPORT, "--format", form]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "unique-analytics-mcp: The result could not be written: No space left on device."


@pytest.mark.parametrize(
    ("closed", "code"),
    [pytest.param("stdout", 1, id="stdout, for a result"), pytest.param("stderr", 0, id="stderr, for notes alone")],
)
def test_a_closed_stream_is_missed_where_a_result_belongs(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], closed: str, code: int
) -> None:
    monkeypatch.setattr(sys, closed, None)
    assert main([*REPORT, "--format", "csv"]) == code
    getattr(sys, closed).close()
    out, err = capsys.readouterr()
    assert (bool(out), "could not be written: Bad file descriptor." in err) == (code == 0, code == 1)


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_words_that_nobody_can_read_are_missed_like_a_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main([words]) == 1
    sys.stdout.close()
    assert capsys.readouterr().err == "unique-analytics-mcp: The result could not be written: Bad file descriptor.\n"
