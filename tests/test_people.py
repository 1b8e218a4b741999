"""Pseudonyms: with the setting no name and no mail address is kept or shown, and the numbers stay what they are."""

import csv
import io
import logging
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client

from analysis.reading import column, report_type
from clients import client_on, text_of
from fakes import CSV, HANGS_S, FakeBackend
from tenant import MARCH, server, tenant
from unique_analytics_mcp import run_analytics_order
from unique_analytics_mcp.__main__ import main
from unique_analytics_mcp.analysis.people import protect
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.people import Pseudonyms
from unique_analytics_mcp.domain.report import Column, ColumnKind
from unique_analytics_mcp.errors import ReportUnreadable
from unique_analytics_mcp.simulator import SimulatorSettings
from unique_analytics_mcp.simulator.firm import build_firm
from walking import everything_said, orders_of

pytestmark = pytest.mark.thorough

WEEK = {"start_date": "2025-03-03", "end_date": "2025-03-09"}
KEY = "a key of the whole firm, held elsewhere"
PEOPLE = Pseudonyms(b"k" * 32)


def pseudonymous(monkeypatch: pytest.MonkeyPatch, *, key: str = "") -> None:
    monkeypatch.setenv("UNIQUE_ANALYTICS_PEOPLE", "pseudonyms")
    if key:
        monkeypatch.setenv("UNIQUE_ANALYTICS_PEOPLE_KEY", key)


def identities(users: int) -> set[str]:
    """Each name, address and id by which a person of the simulated firm could be known."""
    people = build_firm(SimulatorSettings().seed, users).people
    return {word.casefold() for person in people for word in (person.name, person.mail, person.user_id)}


def named_in(text: str, names: set[str]) -> set[str]:
    folded = text.casefold()
    return {name for name in names if name in folded}


def files_in(folder: Path) -> dict[Path, str]:
    """What every file in it, however deep, says to whoever looks for names."""
    return {path: path.read_bytes().decode(errors="ignore") for path in folder.rglob("*") if path.is_file()}


async def answer(arguments: dict[str, Any]) -> dict[str, Any]:
    async with Client(server()) as client:
        result = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", **MARCH, **arguments})
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content["summary"]


def ranked(summary: dict[str, Any], name: str) -> list[list[Any]]:
    (rows,) = [table["rows"] for table in summary["tables"] if table["name"] == name]
    return rows


# The whole house


async def test_no_name_and_no_address_of_the_firm_is_said_kept_exported_or_logged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="unique_analytics_mcp")
    with tenant(monkeypatch, tmp_path / "store", users=20) as served:
        pseudonymous(monkeypatch)
        monkeypatch.setenv("UNIQUE_ANALYTICS_REPORT_TYPES", ",".join(UNIQUE_REPORTS))
        monkeypatch.setenv("UNIQUE_ANALYTICS_ALLOW_DELETE", "true")
        monkeypatch.setenv("UNIQUE_ANALYTICS_EXPORT_DIR", str(tmp_path / "exports"))
        names = identities(20)
        with anyio.fail_after(HANGS_S):
            async with Client(server()) as client:
                visit = await orders_of(client, list(UNIQUE_REPORTS), WEEK)
                said = await everything_said(client, visit)
            for type_ in ("NPS", "CHAT_INTERACTION_DETAILED"):
                await run_analytics_order(
                    served.environment["UNIQUE_USER_ID"], served.environment["UNIQUE_COMPANY_ID"], type_,
                    *WEEK.values(), poll_interval=0.02, save_csv_to=str(tmp_path / "exports" / f"python_{type_}.csv"),
                )  # fmt: skip
    assert sum("person-" in each.text for each in said) > 20
    assert {each.where: found for each in said if (found := named_in(each.text, names))} == {}
    kept = files_in(tmp_path)
    assert sum(path.suffix == ".csv" for path in kept) >= len(UNIQUE_REPORTS)
    assert {path.name: found for path, text in kept.items() if (found := named_in(text, names))} == {}
    assert named_in(caplog.text + "".join(capfd.readouterr()), names) == set()


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_the_operators_own_shell_sees_pseudonyms_too(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path / "store"):
        pseudonymous(monkeypatch)
        target = tmp_path / "march.csv"
        dates = ["--start", MARCH["start_date"], "--end", MARCH["end_date"]]
        assert main(["report", "CHAT_INTERACTION", *dates, "--format", form, "--save-csv-to", str(target)]) == 0
    out, err = capfd.readouterr()
    assert "person-" in out
    assert named_in(out + err + target.read_text(encoding="utf-8"), identities(5)) == set()


# Nobody

NOBODY = b"".join(
    f"{who},0{day}.10.2026,Legal Helper,1,1,0,0,0\r\n".encode()
    for day, who in enumerate(["Unknown", "ada.muster@nordwind.example", "Unknown", "ben.beispiel@nordwind.example"], 1)
)


@pytest.mark.parametrize("people", [None, PEOPLE], ids=["as delivered", "pseudonyms"])
@pytest.mark.parametrize(
    ("asked", "rows"),
    [({}, 2), ({"compare_to": "previous_period"}, 4), ({"start_date": "2025-09-01", "split": True}, 4)],
    ids=["one order", "compared", "split"],
)
async def test_rows_whose_person_is_unknown_are_noticed(
    people: Pseudonyms | None, asked: dict[str, Any], rows: int, tmp_path: Path
) -> None:
    october = {"start_date": "2026-10-01", "end_date": "2026-10-31", "response_format": "detailed"}
    backend = FakeBackend(csv=CSV.splitlines(keepends=True)[0] + NOBODY)
    async with client_on(backend, tmp_path, people=people) as client:
        told = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", **october, **asked})
    assert not told.is_error, text_of(told)
    caveats = told.structured_content["summary"]["caveats"]
    assert any(f"Nobody is named in {rows} rows of the report: Email is Unknown" in caveat for caveat in caveats)
    assert not any("not named by a mail address" in caveat for caveat in caveats)


@pytest.mark.parametrize(("people", "is_there"), [(None, True), (PEOPLE, False)], ids=["named", "pseudonyms"])
async def test_texts_are_said_to_be_elsewhere_only_where_they_are(
    people: Pseudonyms | None, is_there: bool, tmp_path: Path
) -> None:
    survey = b"Score,Feedback,Created By,Created At\r\n3,Too slow,ada@x.example,2026-10-05T10:00:00Z\r\n"
    october = {"type": "NPS", "start_date": "2026-10-01", "end_date": "2026-10-14"}
    async with client_on(FakeBackend(csv=survey), tmp_path, people=people) as client:
        for asked in (october, {**october, "compare_to": "previous_period"}):
            said = text_of(await client.call_tool("run_analytics_report", asked))
            assert ("/texts" in said, "What people wrote is left out" in said) == (is_there, not is_there)


# The numbers


async def test_the_numbers_are_those_of_the_delivered_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path):
        delivered = await answer({})
        pseudonymous(monkeypatch)
        protected = await answer({})
    assert protected["totals"] == delivered["totals"]
    assert sorted(row[1:] for row in ranked(protected, "users")) == sorted(
        row[1:] for row in ranked(delivered, "users")
    )
    assert ranked(protected, "assistants") == ranked(delivered, "assistants")
    assert protected["provenance"]["sha256"] == delivered["provenance"]["sha256"]
    assert any("pseudonyms made here" in caveat for caveat in protected["caveats"])
    assert not any("probably pseudonymises" in caveat for caveat in protected["caveats"])


async def test_a_person_has_one_pseudonym_in_all_reports_of_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path / "one"):
        pseudonymous(monkeypatch)
        first = await answer({})
        april = await answer({"start_date": "2025-04-01", "end_date": "2025-04-30"})
        monkeypatch.setenv("UNIQUE_ANALYTICS_PEOPLE_KEY", KEY)
        keyed = await answer({})
        monkeypatch.setenv("UNIQUE_ANALYTICS_DATA_DIR", str(tmp_path / "another machine"))
        elsewhere = await answer({})
    people = [{row[0] for row in ranked(found, "users")} for found in (first, april, keyed, elsewhere)]
    assert people[0] & people[1]
    assert people[0].isdisjoint(people[2])
    assert people[2] == people[3]


async def test_a_person_known_by_an_address_and_an_id_has_two_pseudonyms_which_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path):
        pseudonymous(monkeypatch)
        interactions, spend = await answer({}), await answer({"type": "MODEL_USAGE"})
    people = [{row[0] for row in ranked(found, "users")} for found in (interactions, spend)]
    assert len(people[0]) == len(people[1])
    assert people[0].isdisjoint(people[1])
    for found in (interactions, spend):
        assert any("a person known by several has several" in caveat for caveat in found["caveats"])


async def test_changing_the_setting_never_serves_what_was_kept_with_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with tenant(monkeypatch, tmp_path):
        order_id = (await answer({}))["provenance"]["order_id"]
        pseudonymous(monkeypatch)
        async with Client(server()) as client:
            again = text_of(await client.call_tool("download_report_summary", {"order_id": order_id}))
    assert "person-" in again
    assert named_in(again, identities(5)) == set()


async def test_the_key_made_here_is_this_users_alone_and_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tenant(monkeypatch, tmp_path):
        pseudonymous(monkeypatch)
        await answer({})
        (secret,) = (path for path in files_in(tmp_path) if path.name == "secret")
        made = secret.read_bytes()
        await answer({"start_date": "2025-04-01", "end_date": "2025-04-30"})
    assert (len(made), stat.S_IMODE(secret.stat().st_mode)) == (32, 0o600)
    assert secret.read_bytes() == made


@pytest.mark.parametrize("bytes_", [b"<html>Ada Muster</html>", b""], ids=["a web page", "nothing"])
async def test_what_is_no_table_is_not_even_kept(bytes_: bytes, tmp_path: Path) -> None:
    async with client_on(FakeBackend(csv=bytes_), tmp_path, people=PEOPLE) as client:
        result = await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
    assert "is not a report" in text_of(result)
    assert [path for path in files_in(tmp_path) if path.suffix == ".csv"] == []


async def test_a_stored_report_is_checked_against_what_was_kept(tmp_path: Path) -> None:
    asked = {"order_id": "order_1", "save_csv_to": "october.csv"}
    async with client_on(FakeBackend(), tmp_path, people=PEOPLE) as client:
        await client.call_tool("run_analytics_report", {"type": "CHAT_INTERACTION", "period": "last_month"})
        assert not (await client.call_tool("download_report_summary", asked)).is_error
        (kept,) = (path for path in files_in(tmp_path) if path.suffix == ".csv" and path.name != "october.csv")
        kept.write_bytes(kept.read_bytes().replace(b"Legal", b"Other"))
        damaged = await client.call_tool("download_report_summary", asked)
    assert "was changed on the disk" in text_of(damaged)


# One file


def guarded(content: str | bytes, *columns: Column, open_schema: bool = False) -> tuple[list[list[str]], str]:
    """The records that are kept, and what is said of them."""
    source, target = Path("source.csv"), Path("target.csv")
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = protect(source, target, report_type(*columns, open_schema=open_schema), PEOPLE)
    return list(csv.reader(io.StringIO(target.read_text(encoding="utf-8"), newline=""))), " ".join(said)


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


EMAIL = Column(header="Email", kind=ColumnKind.TEXT, meaning="", personal=True)
SPACE = column("Space", ColumnKind.TEXT)
MESSAGE = Column(header="Message", kind=ColumnKind.TEXT, meaning="", free_text=True)
ADA = PEOPLE.of_person("ada@firm.example")


@pytest.mark.parametrize(
    "spelling",
    [" Ada@Firm.Example ", "Ada Muster <ada@firm.example>", "mailto:ada@firm.example", "ada\uff20firm.example"],
)
def test_one_person_however_the_address_is_spelled(spelling: str) -> None:
    rows, _ = guarded(f'Email,Space\n"{spelling}",Legal\n', EMAIL, SPACE)
    assert rows[1] == [ADA, "Legal"]


def test_a_name_that_is_no_address_is_told_apart_and_nobody_stays_nobody() -> None:
    rows, _ = guarded("Email,Space\nAda Muster,a\nada muster,b\nUnknown,c\n,d\n", EMAIL, SPACE)
    people = [row[0] for row in rows[1:]]
    assert people[0] == people[1] == PEOPLE.of_person("Ada Muster")
    assert people[0].startswith("name-")
    assert people[2:] == ["Unknown", ""]


def test_an_address_is_replaced_wherever_it_stands() -> None:
    rows, _ = guarded(
        'Email,Space,Mood,eva@firm.example\nx@firm.example,"For ada@firm.example, only",ask ada@firm.example!,5\n',
        EMAIL, SPACE,
    )  # fmt: skip
    assert rows[0] == ["Email", "Space", "Mood", PEOPLE.of_person("eva@firm.example")]
    assert rows[1][1:] == [f"For {ADA}, only", f"ask {ADA}!", "5"]


@pytest.mark.parametrize(
    "header",
    ["Full Name", "User", "Owner", "Created By", "employeeId", "Line Manager", "Reviewed by", "Assignee", "Sender",
     "Team Member", "Contact"],
)  # fmt: skip
def test_an_undeclared_column_that_speaks_of_people_holds_none(header: str) -> None:
    rows, _ = guarded(f"Email,{header}\nx@firm.example,Ada Muster\n", EMAIL)
    assert rows[1][1] == PEOPLE.of_person("Ada Muster")


@pytest.mark.parametrize(
    ("declared", "header", "kept"),
    [
        (EMAIL, "Badge", PEOPLE.of_person("Ada Muster")),
        (SPACE, "User Group", "Ada Muster"),
        (MESSAGE, "Opinion", PEOPLE.of_text("Ada Muster")),
        (SPACE, "Content Type", "Ada Muster"),
    ],
    ids=["of people", "not of people", "of texts", "not of texts"],
)
def test_a_declared_column_is_what_it_is_declared_to_be_whatever_its_header_speaks_of(
    declared: Column, header: str, kept: str
) -> None:
    rows, _ = guarded(f"Space,{header}\na,Ada Muster\n", SPACE, replace(declared, header=header))
    assert rows[1] == ["a", kept]


def test_what_people_wrote_is_left_out_but_still_counts() -> None:
    rows, said = guarded(
        "Space,Message,User Comment,Message Count\na,Ada is late,Ask Ada,12\nb,Ada is late,,3\nc,,,4\n", SPACE, MESSAGE
    )
    (late, ask), same, nothing = [row[1:3] for row in rows[1:]]
    assert all(re.fullmatch("text-[0-9a-f]{12}", text) for text in (late, ask))
    assert (late != ask, same, nothing) == (True, [late, ""], ["", ""])
    assert [row[3] for row in rows[1:]] == ["12", "3", "4"]
    assert "What people wrote is left out: each text of Message, User Comment, Message Count" in said


def test_a_number_that_somebody_wrote_may_be_that_of_a_telephone() -> None:
    rows, _ = guarded("Space,Message\na,+41 79 000 00 00\n", SPACE, MESSAGE)
    assert rows[1][1].startswith("text-")


def test_a_column_that_may_hold_names_unseen_is_named() -> None:
    _, said = guarded("Email,Mood\nx@firm.example,good\n", EMAIL)
    assert "Of undocumented columns (Mood) only mail addresses are replaced; they may hold names." in said
    assert "undocumented" not in guarded("Email\nx@firm.example\n", EMAIL)[1]


def test_nothing_is_said_of_people_where_no_column_names_any() -> None:
    assert guarded("Space,Mood\na,good\n", SPACE)[1].startswith("Of undocumented columns (Mood) only mail addresses")
    assert guarded("Space\na\n", SPACE)[1] == ""
    named = guarded("Space,Owner\na,Ada Muster\n", SPACE)[1]
    assert ("pseudonyms made here" in named, "undocumented" in named) == (True, False)
    written = guarded("Space,User Comment\na,Late\n", SPACE)[1]
    assert ("is left out" in written, "made here" in written, "undocumented" in written) == (True, False, False)


def test_a_record_that_cannot_be_searched_is_withheld_and_counted() -> None:
    rows, _ = guarded('Email,Space\nAda Muster,a,b\n"Ada Muster\nx@firm.example,c\n', EMAIL, SPACE)
    assert [len(row) for row in rows] == [2, 1, 1, 2]
    assert "Ada" not in str(rows)


def test_a_record_of_the_only_column_is_withheld_in_another_width_too() -> None:
    rows, _ = guarded('Email\nAda Muster,a\n"Ada Muster\n', EMAIL)
    assert [len(row) for row in rows] == [1, 2, 2]
    assert "Ada" not in str(rows)


def test_another_encoding_and_another_delimiter_are_read_and_said() -> None:
    rows, said = guarded("Email;Space\nZoë;Prüfung\n".encode("cp1252"), EMAIL, SPACE)
    assert rows[1] == [PEOPLE.of_person("Zoë"), "Prüfung"]
    assert "Windows-1252" in said


def test_characters_that_are_taken_out_are_counted() -> None:
    rows, said = guarded("Email,Space\nx@firm.example,Le\0g\0al\n", EMAIL, SPACE)
    assert rows[1][1] == "Legal"
    assert "NUL characters were taken out: 2." in said


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ReportUnreadable):
        guarded("<html>Ada Muster</html>", EMAIL)


def test_a_key_is_not_shown() -> None:
    assert repr(Pseudonyms(b"secret-secret")) == "Pseudonyms()"


def test_a_short_key_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant(monkeypatch, tmp_path):
        pseudonymous(monkeypatch, key="short-secret")
        assert main(["report", "CHAT_INTERACTION", "--period", "yesterday"]) == 2
    assert "UNIQUE_ANALYTICS_PEOPLE_KEY" in (told := capsys.readouterr().err)
    assert "short-secret" not in told
