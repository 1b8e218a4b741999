"""What a person sees: one screen wide on a terminal, whole lines in a pipe, and nothing a report can smuggle in."""

import re
import sys
from datetime import UTC, date, datetime

import pytest

from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.summary import Cell, Summary, Table, Total
from unique_analytics_mcp.domain.window import Window
from unique_analytics_mcp.terminal import Terminal

BOLD = re.compile(r"\x1b\[[0-9;]*m")
LONG = "ada.mustermann-beispielhaft@nordwind.example"


def summary(*rows: list[Cell], caveats: tuple[str, ...] = ()) -> Summary:
    window = Window(
        start=date(2025, 3, 1), end=date(2025, 3, 31), time_zone="Europe/Zurich", label="2025-03", complete=True
    )
    columns = ["email", "assistant", "interactions", "share_percent", "days"]
    table = Table(name="users_and_assistants", columns=columns, rows=list(rows), total_rows=9, truncated=True)
    return Summary(
        headline="Ada asked most.",
        totals=[Total(name="interactions", value=12, unit="questions")],
        tables=[table],
        caveats=list(caveats),
        provenance=Provenance(
            order_id="ord_1",
            type="CHAT_INTERACTION",
            window=window,
            as_of=datetime(2025, 4, 1, tzinfo=UTC),
            rows=12,
            rejected_rows=0,
            columns_missing=["TabletCount"],
            columns_unknown=["Mood"],
            sha256="0" * 64,
            truncated=True,
        ),
        next_steps=[],
        csv_uri="analytics://orders/ord_1/report.csv",
    )


@pytest.fixture
def _screen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal of eighty columns whose owner wants no colours; `capsys` has the streams that are made one."""
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)

    def isatty(_stream: object) -> bool:
        return True

    monkeypatch.setattr(type(sys.stdout), "isatty", isatty)


@pytest.fixture
def _pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_screen")
def test_on_a_terminal_nothing_is_wider_than_it_and_an_address_breaks_before_its_domain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Terminal().summary(summary([LONG, "Contract Review Assistant", 12, 41.4, 3], caveats=("Words. " * 30,)))
    lines = BOLD.sub("", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("@nordwind.example ") for line in lines)


@pytest.mark.usefixtures("_screen")
def test_on_a_narrow_terminal_no_number_and_no_day_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    Terminal().summary(summary([LONG, "2025-03-01", 20_789_536, "57.876086", 3]))
    lines = BOLD.sub("", capsys.readouterr().out).splitlines()
    assert any("2025-03-01  " in line and " 20789536  57.876086" in line for line in lines)
    assert max(map(len, lines)) <= 50


@pytest.mark.usefixtures("_screen")
def test_on_a_narrow_terminal_the_order_and_the_checksum_are_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    order_id = "analyticOrder_u97apq1k4vs02c8g5z3hmlxe0123"
    found = summary([LONG, "Legal", 12, 41.4, 3])
    Terminal().summary(
        found.model_copy(update={"provenance": found.provenance.model_copy(update={"order_id": order_id})})
    )
    said = re.sub(r"\s", "", BOLD.sub("", capsys.readouterr().out))
    assert order_id in said
    assert "0" * 64 in said


@pytest.mark.usefixtures("_pipe")
def test_in_a_pipe_each_row_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary([LONG, "An assistant " * 10, 12, 41.4, 3]))
    assert any(LONG in line and "41.4" in line for line in capsys.readouterr().out.splitlines())


@pytest.mark.usefixtures("_pipe")
def test_the_summary_says_what_was_cut_and_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary(["ada@firm.example", "Legal", 12, 41.4, 3]))
    out = capsys.readouterr().out
    for part in ("Users and assistants (1 of 9)", "share %", "ord_1", "TabletCount", "Mood", "2025-04-01T00:00:00Z"):
        assert part in out


@pytest.mark.usefixtures("_screen")
def test_a_caveat_that_the_headline_says_is_not_shown_again(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary(caveats=("Ada asked most.", "Emails may be pseudonyms.")))
    out = capsys.readouterr().out
    assert out.count("Ada asked most.") == 1
    assert "Emails may be pseudonyms." in out


def test_what_people_wrote_can_neither_colour_nor_erase_nor_be_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary(["[red]ada[/red]", "\x1b[2J\x1b]0;title\x07Le\u202egal", 12, 41.4, 3]))
    out = capsys.readouterr().out
    assert "[red]ada[/red]" in out
    assert "\x1b[2J" not in out
    assert "\x1b]0" not in out
    assert "\u202e" not in out


@pytest.mark.usefixtures("_pipe")
def test_numbers_end_at_one_edge_be_they_whole_decimal_or_missing(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary(["ada", "2025-03-01", 12, "41.4", None], ["ben", "2", 7, "-0.000033", None]))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("email", "ada", "ben"))]
    assert [line.rstrip() for line in lines] == [
        "email  assistant   interactions    share %  days",
        "ada    2025-03-01            12       41.4",
        "ben    2                      7  -0.000033",
    ]


@pytest.mark.usefixtures("_pipe")
def test_a_percentage_ends_at_the_same_edge_where_it_is_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary(["ada", "Legal", 12, 141.4, 1], ["ben", "Legal", 7, "new", 1]))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("ada", "ben"))]
    assert [line.rstrip() for line in lines] == [
        "ada    Legal                12    141.4     1",
        "ben    Legal                 7      new     1",
    ]


@pytest.mark.usefixtures("_pipe")
def test_a_table_without_rows_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().summary(summary())
    assert "Users and assistants" not in capsys.readouterr().out


@pytest.mark.usefixtures("_pipe")
def test_without_a_terminal_a_wait_is_a_line_for_each_change_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal().waiting("NPS") as show:
        for words in ("PENDING", "PENDING", "PROCESSING"):
            show(words)
    assert capsys.readouterr() == ("", "NPS: PENDING\nNPS: PROCESSING\n")


COLOURED = {"colours": "FORCE_COLOR", "escape codes": "TTY_COMPATIBLE", "both": "TTY_INTERACTIVE"}


@pytest.mark.usefixtures("_pipe")
@pytest.mark.parametrize("name", COLOURED.values(), ids=COLOURED)
def test_a_pipe_stays_one_where_colours_are_forced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """As in a log of continuous integration."""
    monkeypatch.setenv(name, "1")
    terminal = Terminal()
    with terminal.waiting("NPS") as show:
        show("PENDING")
    terminal.summary(summary([LONG, "An assistant " * 10, 12, 41.4, 3]))
    out, err = capsys.readouterr()
    assert err == "NPS: PENDING\n"
    assert any(LONG in line and "41.4" in line for line in out.splitlines())


@pytest.mark.usefixtures("_screen")
def test_on_a_terminal_where_nothing_can_move_a_wait_is_a_line_for_each_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with Terminal().waiting("NPS") as show:
        show("PENDING")
    assert capsys.readouterr().err == "NPS: PENDING\n"


@pytest.mark.usefixtures("_screen")
def test_on_a_terminal_a_wait_is_a_bar_on_stderr_that_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Terminal().waiting("NPS") as show:
        show("\x1b[2JPENDING [bold]")
    out, err = capsys.readouterr()
    assert out == ""
    assert "PENDING [bold]" in err
    assert "\x1b[2J" not in err
    assert err.endswith("\x1b[2K")


@pytest.mark.usefixtures("_screen")
def test_texts_to_copy_are_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().examples({"Somewhere": "word " * 40 + "end"})
    assert "word " * 40 + "end" in capsys.readouterr().out
