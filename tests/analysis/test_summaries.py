"""The summary of a report is what plain Python makes of its CSV, on simulated rows and on random ones."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from documented import report_of
from recount import rows_of
from simulated import simulated_csv
from summing import SUMMED, Days
from unique_analytics_mcp.analysis.comparison import SHIFTED, comparison
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS, unique_reports
from unique_analytics_mcp.domain.report import ReportType
from unique_analytics_mcp.domain.summary import Cell, Figures
from unique_analytics_mcp.domain.window import Window, previous_window

ZURICH = "Europe/Zurich"
WINDOW = Window(start=date(2026, 10, 20), end=date(2026, 11, 2), time_zone=ZURICH, label="asked", complete=True)
"""Two weeks around the end of summer time and of a month."""


simulated = partial(simulated_csv, start=WINDOW.start, end=WINDOW.end)


def over(name: str, window: Window) -> bytes:
    return simulated_csv(name, window.start, window.end)


def typed(folder: Path, content: bytes, report: ReportType, name: str = "report") -> Path:
    source, parquet = folder / f"{name}.csv", folder / f"{name}.parquet"
    source.write_bytes(content)
    convert(source, parquet, report)
    return parquet


def computed(content: bytes, report: ReportType, *, window: Window = WINDOW) -> Figures:
    with TemporaryDirectory() as folder:
        return figures(Covered(window=window, parquet=[typed(Path(folder), content, report)]), report, top=10_000)


def value(cell: Cell | Decimal) -> Decimal | str | None:
    """A cell as a number where it is one."""
    try:
        return None if cell is None else Decimal(str(cell))
    except InvalidOperation:
        return str(cell)


def agrees(name: str, content: bytes) -> None:
    expected = SUMMED[name](rows_of(content), Days(WINDOW.start, WINDOW.end, ZoneInfo(ZURICH)))
    found = computed(content, UNIQUE_REPORTS[name])
    assert {each.name: value(each.value) for each in found.totals} == expected.totals
    assert {each.name for each in found.tables} == expected.tables.keys()
    for table in found.tables:
        rows = [[value(cell) for cell in row] for row in expected.tables[table.name]]
        assert [[value(cell) for cell in row] for row in table.rows] == rows, table.name


# Random rows


def one_of(random: Random, *choices: object) -> str:
    return str(random.choice(choices))


def moment(random: Random) -> str:
    """Around the window, its ends and the night in which an hour comes twice included."""
    seconds = random.choice([random.randrange(0, 18 * 86_400), random.randrange(7 * 86_400, 7 * 86_400 + 10_000)])
    at = datetime(2026, 10, 18, tzinfo=UTC) + timedelta(seconds=seconds)
    return random.choice([f"{at:%Y-%m-%dT%H:%M:%S.123Z}"] * 9 + [""])


def call(random: Random) -> list[str]:
    who = [one_of(random, "u1", "u2", "ü3", ""), one_of(random, "a1", "a2"), one_of(random, "c1", "c2", "c3", "")]
    spent = one_of(random, "0", "0.1", "0.2", "1.2e-05", "0.00018449999999999999", "12.5", "")
    tokens = [one_of(random, 0, 1, 999, 10**12, ""), one_of(random, 0, 3, "")]
    return ["1", *who, "app", one_of(random, "gpt", "claude", ""), spent, *tokens, moment(random)]


def answer(random: Random) -> list[str]:
    score = one_of(random, *range(11), 11, -1, "")
    return [score, one_of(random, "", "fine"), one_of(random, "ada@x.example", "ben@x.example", ""), moment(random)]


def message(random: Random) -> list[str]:
    who, space = one_of(random, "Ada Muster", "Ben Beispiel", ""), one_of(random, "Legal", "Übersetzer", "")
    return [who, moment(random), space, one_of(random, "c1", "c2", ""), one_of(random, "desktop", "tablet"), "m", "a"]


def document(random: Random) -> list[str]:
    day = date(2025, 11, 2) + timedelta(days=random.randrange(-3, 4))
    uploaded = random.choice([f"{day:%d.%m.%Y}"] * 5 + [""])
    name, who = one_of(random, "a.pdf", "b.pdf", "ä|b.docx", ""), one_of(random, "ada@x.example", "robot")
    source = one_of(random, "UNIQUE_BLOB_STORAGE", "MICROSOFT_365_SHAREPOINT")
    return [uploaded, name, who, source, one_of(random, 0, 1, 2, 7, ""), one_of(random, "Legal", "HR", "")]


RANDOM: dict[str, Callable[[Random], list[str]]] = {
    "MODEL_USAGE": call,
    "NPS": answer,
    "CHAT_INTERACTION_DETAILED": message,
    "REFERENCE_STAT": document,
}


@pytest.mark.parametrize("name", SUMMED)
def test_a_summary_equals_plain_python_on_the_simulated_platforms_rows(name: str) -> None:
    agrees(name, simulated(name))


@pytest.mark.parametrize("name", SUMMED)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 6))])
def test_a_summary_equals_plain_python_on_random_rows(name: str, seed: int) -> None:
    random = Random(f"{name} {seed}")
    agrees(name, report_of(name, [RANDOM[name](random) for _ in range(random.choice([1, 5, 80]))]))


# What they say


HEADLINES = {
    "MODEL_USAGE": (
        [["1", "u1", "a1", "c1", "app", "gpt", "1.5", "900", "100", "2026-10-21T08:00:00Z"]],
        (
            "1 model call cost 1.5 in the deployment's currency. 1 person used models. A thousand tokens cost 1.5. "
            "Of 1 model gpt cost most: 1.5 (100.0 %)."
        ),
    ),
    "NPS": (
        [[score, "", "ada@x.example", "2026-10-21T08:00:00Z"] for score in (10, 9, 8, 3)],
        (
            "The net promoter score is 25, with 95 % confidence between -44.2 and 72.7: of 4 answers 2 are from "
            "promoters, 1 from passives, 1 from detractors."
        ),
    ),
    "CHAT_INTERACTION_DETAILED": (
        [["Ada Muster", "2026-10-21T08:00:00Z", "Legal", "c1", "desktop", "m", "a"]] * 3,
        (
            "3 messages were written; 1 conversation had 3 on average. "
            "1 person took part, told apart by display names. "
            "Of 1 space Legal was used most: 3 messages (100.0 %). The busiest hour began at 10:00, with 3 messages."
        ),
    ),
    "REFERENCE_STAT": (
        [
            ["01.11.2025", "a.pdf", "ada@x.example", "UNIQUE_BLOB_STORAGE", 1, "HR"],
            ["01.10.2026", "b.pdf", "ada@x.example", "UNIQUE_BLOB_STORAGE", 3, "HR"],
        ],
        (
            "Answers referred 4 times to the 2 documents listed. Cited most was b.pdf: 3 times (75.0 %). "
            "Of those listed 1 was cited once, 0 never. 1 is stale: old and hardly cited."
        ),
    ),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_answers_in_few_sentences(name: str) -> None:
    rows, expected = HEADLINES[name]
    assert computed(report_of(name, rows), UNIQUE_REPORTS[name]).headline == expected


def test_hours_that_are_equally_busy_have_no_busiest() -> None:
    hours = [
        ["Ada", f"2026-10-21T{hour}:00:00Z", "Legal", "c1", "desktop", "", ""] for hour in ("08", "13", "13", "08")
    ]
    for rows, busiest in ((hours, False), (hours[:3], True)):
        found = computed(report_of("CHAT_INTERACTION_DETAILED", rows), UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"])
        assert ("The busiest hour began at 15:00, with 2 messages." in found.headline) is busiest
        assert ("busiest" in found.headline) is busiest


def test_the_hour_that_autumn_repeats_is_said_to_be_longer() -> None:
    rows = [["Ada", f"2026-10-25T{hour}:30:00Z", "Legal", "c1", "desktop", "", ""] for hour in ("00", "01")]
    detailed = UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]
    found = computed(report_of(detailed.name, rows), detailed)
    said = "In hours, 02:00 has 60 minutes more than the others: clocks are changed within the window."
    assert ["02:00", 2, 1] in next(each.rows for each in found.tables if each.name == "hours")
    assert said in found.caveats


@pytest.mark.parametrize("nobody", ["Unknown", "unknown", "UNKNOWN"])
def test_nobody_is_nobody_in_any_letters(nobody: str) -> None:
    content = report_of("MODEL_USAGE", [["1", nobody, "a", "c", "app", "gpt", "1.5", "", "", "2026-10-21T08:00:00Z"]])
    assert said("MODEL_USAGE", content, "Nobody is named in 1 row of the report: User ID is Unknown")
    assert "1 person" not in computed(content, UNIQUE_REPORTS["MODEL_USAGE"]).headline


def test_people_who_are_counted_by_one_column_and_ranked_by_another_lack_names_in_either() -> None:
    content = report_of("INGESTION_STAT", [["Unknown", "ada@x.example", 1, 1], ["u2", "Unknown", 1, 1]])
    for header in ("UserId", "Email"):
        assert said("INGESTION_STAT", content, f"Nobody is named in 1 row of the report: {header} is Unknown")


@pytest.mark.parametrize(("source", "is_said"), [("UNIQUE_BLOB_STORAGE", True), ("SHAREPOINT", False)])
def test_uploads_lack_a_name_only_where_their_source_names_people(source: str, is_said: bool) -> None:
    content = report_of("REFERENCE_STAT", [["01.10.2026", "a.pdf", "Unknown", source, 2, "HR"]])
    assert said("REFERENCE_STAT", content, "File Uploader is Unknown") is is_said


def test_messages_outside_any_conversation_are_not_shared_among_conversations() -> None:
    rows = [["Ada", "2026-10-21T08:00:00Z", "Legal", chat, "desktop", "m", "a"] for chat in ("c1", "c1", "")]
    found = computed(report_of("CHAT_INTERACTION_DETAILED", rows), UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"])
    totals = {total.name: total.value for total in found.totals}
    assert (totals["messages"], totals["conversations"], totals["messages_per_conversation"]) == (3, 1, "2")
    assert found.headline.startswith("3 messages were written; 1 conversation had 2 on average.")


WITHOUT_ONE_NUMBER = {
    "tokens": (
        "MODEL_USAGE",
        ["1", "u1", "a1", "c1", "app", "gpt", "1.5", "0", "0", "2026-10-21T08:00:00Z"],
        (
            "1 model call cost 1.5 in the deployment's currency. 1 person used models. "
            "Of 1 model gpt cost most: 1.5 (100.0 %)."
        ),
    ),
    "people": (
        "CHAT_INTERACTION_DETAILED",
        ["Unknown", "2026-10-21T08:00:00Z", "Legal", "c1", "desktop", "m", "a"],
        (
            "1 message was written; 1 conversation had 1 on average. "
            "Of 1 space Legal was used most: 1 message (100.0 %). The busiest hour began at 10:00, with 1 message."
        ),
    ),
    "references": (
        "REFERENCE_STAT",
        ["01.10.2026", "a.pdf", "ada@x.example", "UNIQUE_BLOB_STORAGE", 0, "HR"],
        (
            "Answers referred 0 times to the 1 document listed. "
            "Of those listed 0 were cited once, 1 never. 0 are stale: old and hardly cited."
        ),
    ),
}


@pytest.mark.parametrize("lacking", WITHOUT_ONE_NUMBER)
def test_a_headline_without_one_number_says_the_others(lacking: str) -> None:
    name, row, expected = WITHOUT_ONE_NUMBER[lacking]
    assert computed(report_of(name, [row]), UNIQUE_REPORTS[name]).headline == expected


def said(name: str, content: bytes, words: str) -> bool:
    return any(words in caveat for caveat in computed(content, UNIQUE_REPORTS[name]).caveats)


@pytest.mark.parametrize(("answers", "is_said"), [(0, False), (1, True), (29, True), (30, False)])
def test_few_answers_are_said_to_be_few(answers: int, is_said: bool) -> None:
    content = report_of("NPS", [[9, "", "ada@x.example", "2026-10-21T08:00:00Z"]] * answers)
    assert said("NPS", content, f"nps rests on few responses ({answers}): below 30") is is_said


@pytest.mark.parametrize(
    ("months", "few"),
    [((30, 29), "1 of 2 months"), ((20, 20), "2 of 2 months"), ((30, 0), ""), ((20, 9), "")],
    ids=["one", "each", "none", "all of them together"],
)
def test_scores_of_months_that_rest_on_few_answers_are_said_to(months: tuple[int, int], few: str) -> None:
    days = ["2026-10-21"] * months[0] + ["2026-11-02"] * months[1]
    content = report_of("NPS", [[9, "", "ada@x.example", f"{day}T08:00:00Z"] for day in days])
    words = f"In monthly, nps rests on fewer than 30 responses in {few}"
    assert said("NPS", content, f"{words}: differences between these may be chance.") is (few != "")
    assert said("NPS", content, "In monthly, nps") is (few != "")


def test_every_score_is_listed_in_its_order_and_what_is_none_is_said() -> None:
    content = report_of(
        "NPS", [[score, "", "ada@x.example", "2026-10-21T08:00:00Z"] for score in (9, 9, 10, "", 11, 0)]
    )
    found = computed(content, UNIQUE_REPORTS["NPS"])
    (scores,) = [table for table in found.tables if table.name == "scores"]
    assert scores.columns == ["score", "responses"]
    assert scores.rows == [[str(score), {9: 2, 10: 1, 0: 1}.get(score, 0)] for score in range(11)]
    assert "2 rows without a score from 0 to 10 are not in scores." in found.caveats
    assert not any("first place of scores" in caveat for caveat in found.caveats)


def test_scores_of_two_windows_are_compared_and_not_ranked() -> None:
    window, report = WINDOW.model_copy(update={"start": date(2026, 10, 24)}), UNIQUE_REPORTS["NPS"]
    rows = [[[score, "", "ada@x.example", "2026-10-21T08:00:00Z"] for score in side] for side in ((9, 9), (3,))]
    with TemporaryDirectory() as folder:
        now, before = (
            Covered(window=over, parquet=[typed(Path(folder), report_of("NPS", answers), report, f"{over.start}")])
            for over, answers in zip((window, previous_window(window)), rows, strict=True)
        )
        found = comparison(now, before, report, top=10)
    (scores,) = [table for table in found.tables if table.name == "scores"]
    assert scores.columns == ["score", "responses", "before", "change"]
    assert [row for row in scores.rows if any(row[1:])] == [["3", 0, 1, -1], ["9", 2, 0, 2]]
    assert SHIFTED not in found.caveats


def test_texts_that_a_role_withholds_are_explained_by_the_role() -> None:
    words = "no column Message and Answer: whose key this is lacks the role chat.data.admin"
    withheld = simulated("CHAT_INTERACTION_DETAILED", shows_prompts=False)
    assert said("CHAT_INTERACTION_DETAILED", withheld, words)
    assert not computed(withheld, UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]).has_texts
    shown = simulated("CHAT_INTERACTION_DETAILED")
    assert not said("CHAT_INTERACTION_DETAILED", shown, "lacks the role")
    assert computed(shown, UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]).has_texts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CHAT_INTERACTION_DETAILED", "Username is Unknown"),
        ("NPS", "are not named by a mail address"),
        ("CHAT_INTERACTION", "are not named by a mail address"),
        ("INGESTION_STAT", "are not named by a mail address"),
        ("REFERENCE_STAT", "are not named by a mail address"),
    ],
)
def test_pseudonymised_people_are_noticed_and_named_ones_are_not(name: str, words: str) -> None:
    assert said(name, simulated(name, pseudonyms="per_export"), words)
    assert not said(name, simulated(name), words)


@pytest.mark.parametrize(("folder", "is_said"), [("HR", True), ("Legal", False)])
def test_documents_of_one_name_and_folder_are_said_to_be_added_up(folder: str, is_said: bool) -> None:
    row = ["01.10.2026", "a.pdf", "ada@x.example", "UNIQUE_BLOB_STORAGE", 2]
    content = report_of("REFERENCE_STAT", [[*row, "HR"], [*row, folder]])
    assert said("REFERENCE_STAT", content, "those of equal File Name and Scope are added up") is is_said


def test_stale_uploads_are_defined_by_their_day() -> None:
    assert said(
        "REFERENCE_STAT", simulated("REFERENCE_STAT"), "stale counts rows with File Uploaded Date before 2025-11-02"
    )


# Two windows

CLAUSE = (
    r"[a-z' ]+ (stayed at [0-9.-]+|came to [0-9.-]+ after no value|"
    r"(rose|fell) from [0-9.-]+ to [0-9.-]+ \([+-][0-9.]+(, [+-][0-9.]+ %)?\))"
)
SENTENCE = re.compile(
    f"[A-Z]{CLAUSE} and {CLAUSE}, compared with the 14 days before, 2026-10-06 to 2026-10-19"
    r"(, of which the report has no rows)?\."
)


@pytest.mark.parametrize("name", SUMMED)
def test_a_comparison_has_the_totals_of_either_window_and_says_what_it_leaves_out(name: str) -> None:
    report, before = UNIQUE_REPORTS[name], previous_window(WINDOW)
    with TemporaryDirectory() as folder:
        now_side, before_side = (
            Covered(window=window, parquet=[typed(Path(folder), over(name, window), report, f"{window.start}")])
            for window in (WINDOW, before)
        )
        found = comparison(now_side, before_side, report, top=10)
    now, earlier = (computed(over(name, window), report, window=window) for window in (WINDOW, before))
    assert [row[:3] for row in found.tables[0].rows] == [
        [total.name, total.value, other.value] for total, other in zip(now.totals, earlier.totals, strict=True)
    ]
    assert SENTENCE.fullmatch(found.headline), found.headline
    left_out = {each.name for each in now.tables} - {each.name for each in found.tables}
    assert left_out == {"NPS": {"monthly"}, "REFERENCE_STAT": {"stale_documents"}}.get(name, set())
    assert all(any("one window alone" in caveat and each in caveat for caveat in found.caveats) for each in left_out)


# Money


def test_the_currency_is_the_operators_or_said_to_be_unknown() -> None:
    rows, unknown = HEADLINES["MODEL_USAGE"]
    content = report_of("MODEL_USAGE", rows)
    francs = computed(content, unique_reports("CHF")["MODEL_USAGE"])
    assert francs.headline == unknown.replace("in the deployment's currency", "CHF")
    units = {total.name: total.unit for total in francs.totals}
    assert (units["spent"], units["cost_per_1000_tokens"]) == ("CHF", "CHF for 1000 tokens of either kind")
    assert "Amounts are in CHF, as the operator says; the file does not name its currency." in francs.caveats
    assert said("MODEL_USAGE", content, "The currency is not in the file")


def test_a_currency_changes_no_report_without_money() -> None:
    francs = unique_reports("CHF")
    assert [name for name, report in UNIQUE_REPORTS.items() if francs[name] != report] == ["MODEL_USAGE"]
