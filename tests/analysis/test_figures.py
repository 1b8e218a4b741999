"""The figures of a report: the answer to the main question, what must be said of it, and its edges."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.chats import CHAT, HEADERS, WEEK, computed, table
from analysis.computing import compared, csv_of, summed_up
from analysis.reading import VISITS, column
from documented import report_of
from unique_analytics_mcp.analysis.caveats import NO_ROWS, NO_SHARES, ODD_SHARES
from unique_analytics_mcp.analysis.covered import Covered
from unique_analytics_mcp.analysis.figures import figures
from unique_analytics_mcp.analysis.intake import convert
from unique_analytics_mcp.backends.unique.reports import UNIQUE_REPORTS
from unique_analytics_mcp.domain.measures import Between, Measure, Ranking, Ratio, SummaryPlan, Trend
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType
from unique_analytics_mcp.domain.summary import Figures, Table, Total
from unique_analytics_mcp.errors import ReportUnreadable, StoreError

MODEL = UNIQUE_REPORTS["MODEL_USAGE"]


# The answer to the main question


OCTOBER_USES = [
    ["ada@example.com", "05.10.2026", "Legal Helper", 7, 7, 0, 0, 0],
    ["ben@example.com", "05.10.2026", "Legal Helper", 2, 1, 1, 0, 0],
    ["ada@example.com", "06.10.2026", "Translator", 3, 0, 3, 0, 0],
]


def test_who_used_which_assistant_most_is_answered_whole() -> None:
    found = computed(csv_of(HEADERS, OCTOBER_USES), top=2)
    assert found == Figures(
        headline=(
            "ada@example.com used Legal Helper most: 7 of 12 interactions (58.3 %). "
            "ada@example.com was the most active of 2 people (10 interactions). "
            "Legal Helper was the most used of 2 assistants (9 interactions)."
        ),
        totals=(
            Total(name="interactions", value=12, unit="questions with their answers"),
            Total(name="people", value=2, unit="people"),
            Total(name="assistants", value=2, unit="assistants"),
            Total(name="days", value=2, unit="days with use"),
        ),
        tables=(
            Table(
                name="users_and_assistants",
                columns=["email", "assistant", "interactions", "share_percent", "days"],
                rows=[["ada@example.com", "Legal Helper", 7, 58.3, 1], ["ada@example.com", "Translator", 3, 25.0, 1]],
                total_rows=3,
                truncated=True,
            ),
            Table(
                name="users",
                columns=["email", "interactions", "share_percent", "assistants", "days"],
                rows=[["ada@example.com", 10, 83.3, 2, 2], ["ben@example.com", 2, 16.7, 1, 1]],
                total_rows=2,
                truncated=False,
            ),
            Table(
                name="assistants",
                columns=["assistant", "interactions", "share_percent", "people", "days"],
                rows=[["Legal Helper", 9, 75.0, 2, 1], ["Translator", 3, 25.0, 1, 1]],
                total_rows=2,
                truncated=False,
            ),
            Table(
                name="daily",
                columns=["date", "interactions", "people", "assistants"],
                rows=[
                    ["2026-10-01", 0, 0, 0], ["2026-10-02", 0, 0, 0], ["2026-10-03", 0, 0, 0],
                    ["2026-10-04", 0, 0, 0], ["2026-10-05", 9, 2, 1], ["2026-10-06", 3, 1, 1],
                    ["2026-10-07", 0, 0, 0],
                ],
                total_rows=7,
                truncated=False,
            ),
            Table(
                name="devices",
                columns=["device", "interactions", "share_percent"],
                rows=[["desktop", 8, 66.7], ["smartphone", 4, 33.3], ["tablet", 0, 0.0], ["other", 0, 0.0]],
                total_rows=4,
                truncated=False,
            ),
        ),
        caveats=CHAT.caveats,
    )  # fmt: skip


# What must be said


def caveats(found: Figures, report: ReportType = CHAT) -> tuple[str, ...]:
    """Those beyond the ones that belong to every answer about rows of the type."""
    assert found.caveats[len(found.caveats) - len(report.caveats) :] == report.caveats
    return found.caveats[: len(found.caveats) - len(report.caveats)]


def test_an_empty_report_says_so_and_why_that_may_be() -> None:
    found = computed(csv_of(HEADERS, []))
    assert (found.headline, found.tables) == ("The report has no rows.", ())
    assert [total.value for total in found.totals] == [0, 0, 0, 0]
    assert found.caveats == (NO_ROWS,)


@pytest.mark.parametrize("report", UNIQUE_REPORTS.values(), ids=lambda report: report.name)
def test_of_a_report_without_rows_only_what_explains_that_is_said_beside_it(report: ReportType) -> None:
    found = summed_up(csv_of([column.header for column in report.columns], []), report)
    assert found.caveats == (NO_ROWS, *report.caveats_without_rows)
    assert set(report.caveats_without_rows) < set(report.caveats)


def test_a_report_of_which_nothing_can_be_read_is_not_said_to_be_empty() -> None:
    found = computed(csv_of(HEADERS, [["ada@example.com", "05.10.2026"]]))
    assert found.headline == "The report has no row that can be read."
    assert [caveat.split(" could")[0] for caveat in found.caveats] == ["1 record of the CSV"]


def test_one_row_is_said_to_be_one() -> None:
    assert computed(csv_of(HEADERS[:1], [["ada@example.com"]])).headline == "The report has 1 row."


def test_what_reading_lost_is_said_when_it_is_known() -> None:
    content = csv_of(HEADERS, [*OCTOBER_USES, ["ben@example.com", "x", "Translator", "12.5", 0, 0, 0, 0], ["cut"]])
    told, untold = computed(content), computed(content, told=False)
    assert caveats(told) == (
        (
            "1 record of the CSV could not be read and is in no number here: not as many cells as the header, or "
            "quotes that do not close (record 5). The last record is among them, so the file may have been cut short: "
            "rows behind it would be missing."
        ),
        "Not readable as date, and so taken as empty: 1 cell of Date.",
        "Not readable as integer, and so taken as empty: 1 cell of Count.",
        "1 row without a readable day is in the totals but not in daily.",
    )
    assert caveats(untold) == caveats(told)[3:]
    assert untold.totals == told.totals
    assert told.headline == f"Not readable, and so not counted: 1 record, 1 cell of Count. {untold.headline}"


def test_a_comparison_begins_with_what_could_not_be_counted() -> None:
    cents = [["ada@example.com", "05.10.2026", "Translator", "1,5", 0, 0, 0, 0]] * 2
    found = compared(csv_of(HEADERS, [*OCTOBER_USES, *cents]), csv_of(HEADERS, OCTOBER_USES), CHAT)
    assert found.headline.startswith("Not readable, and so not counted: 2 cells of Count. Interactions stayed at 12 ")


def priced(*costs: str) -> bytes:
    rows = [["1", f"u{place}", "", "", "", f"m{place}", cost, 1, 1, ""] for place, cost in enumerate(costs)]
    return report_of("MODEL_USAGE", rows)


def test_what_nobody_wrote_is_not_passed_off_as_a_sum() -> None:
    found = computed(priced("", "0.5", "x"), MODEL)
    said = "Empty, and so counted as 0: 1 cell of Spent."
    unread = "Not readable, and so not counted: 1 cell of Spent."
    assert found.headline.startswith(f"{unread} {said} 3 model calls cost 0.5 ")
    assert said in caveats(found, MODEL)
    assert not any(caveat.startswith("Empty") for caveat in computed(priced("0", "0.5"), MODEL).caveats)


def test_a_comparison_begins_with_what_nobody_wrote_in_either_window() -> None:
    found = compared(priced("", "1"), priced("1", ""), MODEL)
    assert found.headline.startswith("Empty, and so counted as 0: 2 cells of Spent. Model calls stayed at 2 ")


def test_records_in_the_middle_that_cannot_be_read_do_not_look_like_a_file_cut_short() -> None:
    first = caveats(computed(csv_of(HEADERS, [["cut"], ["short"], *OCTOBER_USES])))[0]
    assert first == (
        "2 records of the CSV could not be read and are in no number here: not as many cells as the header, or quotes "
        "that do not close (records 1, 2)."
    )


def test_figures_without_their_columns_are_left_out_by_name() -> None:
    kept = [0, 1, 3, 4]
    found = computed(
        csv_of([HEADERS[place] for place in kept], [[use[place] for place in kept] for use in OCTOBER_USES])
    )
    assert [each.name for each in found.tables] == ["users", "daily", "devices"]
    assert table(found, "users").columns == ["email", "interactions", "share_percent", "days"]
    assert table(found, "devices").rows == [["desktop", 8, 100.0]]
    assert found.headline == "ada@example.com was the most active of 2 people (10 interactions)."
    assert caveats(found) == (
        (
            "The report has no column Assistant, SmartphoneCount, TabletCount, OtherDeviceCount, so there is no figure "
            "for: assistants, users_and_assistants, devices (smartphone), devices (tablet), devices (other)."
        ),
        "devices adds up to 8, while interactions is 12: it says nothing of the difference.",
    )


def test_a_column_that_only_groups_rows_is_missed_by_its_name() -> None:
    rows = [["Ada", "Helper", "c1", "q", "a"]]
    detailed = UNIQUE_REPORTS["CHAT_INTERACTION_DETAILED"]
    found = computed(csv_of(["Username", "Space", "Chat ID", "Message", "Answer"], rows), detailed)
    assert (
        "The report has no column Device Category, Timestamp, so there is no figure for: devices, weekdays, hours, "
        "daily."
    ) in found.caveats


@pytest.mark.parametrize(
    ("strangers", "said"),
    [
        (1, "1 of 3 people is not named by a mail address: services, or people who may have another name in every"),
        (3, "3 of 5 people are not named by a mail address, so the platform probably pseudonymises them: unless it"),
    ],
    ids=["a few", "most"],
)
def test_people_without_mail_addresses_are_noticed(strangers: int, said: str) -> None:
    others = [[f"anon_{number}", "05.10.2026", "Translator", number, 1, 0, 0, 0] for number in range(strangers)]
    found = caveats(computed(csv_of(HEADERS, [*OCTOBER_USES, *others])))
    assert [caveat for caveat in found if caveat.startswith(said)]


@pytest.mark.parametrize(("source", "is_said"), [("MICROSOFT_365_SHAREPOINT", False), ("UNIQUE_BLOB_STORAGE", True)])
def test_only_uploaders_who_are_people_are_missed_by_their_mail_addresses(source: str, is_said: bool) -> None:
    rows = [["01.10.2026", "a.pdf", "connector-1", source, 3, "S"], ["01.10.2026", "b.pdf", "Unknown", source, 3, "S"]]
    found = computed(report_of("REFERENCE_STAT", rows), UNIQUE_REPORTS["REFERENCE_STAT"])
    assert any(caveat.startswith("1 of 1 people is not named") for caveat in found.caveats) is is_said


def test_people_named_alike_are_counted_as_they_are_named_and_that_is_said() -> None:
    names = ("zo\u00eb@example.com", "ZOE\u0308@example.com ", "b@c.ch")
    found = computed(csv_of(HEADERS, [[who, "05.10.2026", "Helper", 1, 1, 0, 0, 0] for who in names]))
    assert found.totals[1].value == 3
    assert [caveat for caveat in caveats(found) if "first place" not in caveat] == [
        (
            "People named alike but for capitals, blanks or how accents are coded count as different people: 1 person "
            "more than there may be."
        )
    ]


@pytest.mark.parametrize(
    "other",
    ["\u00fcbersetzer", "\u00dcbersetzer ", "\u00dcber\u200bsetzer", "\u00dcbersetzer\n", "U\u0308bersetzer"],
    ids=["capitals", "blanks", "not seen", "line end", "coded in two"],
)
def test_groups_that_read_as_one_are_said_to_be_several(other: str) -> None:
    uses = [["ben@example.com", "06.10.2026", name, 1, 1, 0, 0, 0] for name in ("\u00dcbersetzer", other)]
    assert (
        "In assistants some names differ in nothing but capitals, blanks, how accents are coded or characters that are "
        "not seen: each is a group of its own."
    ) in caveats(computed(csv_of(HEADERS, uses)))


def test_names_that_read_alike_are_found_in_rows_that_are_left_out_too() -> None:
    uses = [["ben@example.com", "06.10.2026", name, 1, 1, 0, 0, 0] for name in ("Anna", "Zita", "zita")]
    found = computed(csv_of(HEADERS, uses), top=1)
    assert [row[0] for row in table(found, "assistants").rows] == ["Anna"]
    assert any(caveat.startswith("In assistants some names differ in nothing but") for caveat in caveats(found))


def test_names_of_two_windows_that_read_alike_are_said_to_be_several() -> None:
    now, before = (csv_of(HEADERS, [["ben@example.com", "", name, 1, 1, 0, 0, 0]]) for name in ("Legal", "legal"))
    said = [caveat for caveat in compared(now, before, CHAT).caveats if "nothing but capitals" in caveat]
    assert [caveat.split(" some ")[0] for caveat in said] == ["In assistants"]


def test_a_shared_first_place_is_said() -> None:
    uses = [[f"{name}@example.com", "05.10.2026", "Helper", 4, 4, 0, 0, 0] for name in ("eve", "bob")]
    found = computed(csv_of(HEADERS, uses), top=1)
    assert table(found, "users").rows == [["bob@example.com", 4, 50.0, 1, 1]]
    assert caveats(found) == (
        *(
            f"The first place of {name} is shared; equal groups are listed in the order of their names."
            for name in ("users_and_assistants", "users")
        ),
        "Place 1 of users_and_assistants, users is shared with groups that are left out.",
    )


def test_a_ranking_that_is_cut_among_equals_says_so() -> None:
    ada, *others = (f"{who}@example.com" for who in ("ada", "ben", "cem", "dan"))
    rows = [[who, "05.10.2026", who, count, count, 0, 0, 0] for who, count in [(ada, 3), *((who, 2) for who in others)]]
    said = "Place 2 of users_and_assistants, users, assistants is shared with groups that are left out."
    assert said in computed(csv_of(HEADERS, rows), top=2).caveats
    assert not any(caveat.startswith("Place ") for caveat in computed(csv_of(HEADERS, rows), top=1).caveats)
    assert not any(caveat.startswith("Place ") for caveat in computed(csv_of(HEADERS, rows), top=4).caveats)


NOTHING_DONE = {
    "CHAT_INTERACTION": [["ada", "2026-10-01", "Helper", *[0] * 5], ["ben", "2026-10-01", "Helper", *[0] * 5]],
    "INGESTION_STAT": [["7", "ada", 0, 0], ["8", "ben", 0, 0]],
    "MODEL_USAGE": [[1, "ada", "7", "c", "app", "gpt", "0.00", 0, 0, "2026-10-01T08:00:00Z"]],
    "PRODUCT_METRICS": [[1, "message:tools:usage:web", 0, "2026-10-01T00:00:00Z"]],
}


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("CHAT_INTERACTION", "The report has 2 rows, with 0 interactions."),
        ("INGESTION_STAT", "2 people ingested 0 files with 0 pages."),
        ("MODEL_USAGE", "1 model call cost 0 in the deployment's currency. 1 person used models."),
        ("PRODUCT_METRICS", "The report has 1 row."),
    ],
)
def test_who_did_nothing_is_not_said_to_lead_nor_to_share_the_first_place(name: str, headline: str) -> None:
    report = UNIQUE_REPORTS[name]
    found = computed(report_of(name, NOTHING_DONE[name]), report)
    assert found.headline == headline
    assert not [caveat for caveat in found.caveats if "first place" in caveat]


def test_what_nobody_and_nothing_did_leads_the_table_but_not_the_headline() -> None:
    uses = [["", "05.10.2026", "", 9, 9, 0, 0, 0], *([name, "05.10.2026", "Helper", 1, 1, 0, 0, 0] for name in "ba")]
    found = computed(csv_of(HEADERS, uses))
    assert table(found, "users").rows[0][:2] == ["(empty)", 9]
    assert found.headline == (
        "a used Helper most: 1 of 11 interactions (9.1 %); the first place of users_and_assistants is shared. "
        "a was the most active of 2 people (1 interaction); the first place of users is shared. "
        "Helper was the most used of 1 assistant (2 interactions)."
    )
    assert (
        "First in users_and_assistants, users, assistants are rows without a value there, shown as (empty); the "
        "headline passes over them."
    ) in caveats(found)


def test_use_of_no_assistant_leads_the_table_but_not_the_headline() -> None:
    uses = [["a", "05.10.2026", "", 9, 9, 0, 0, 0], *([name, "05.10.2026", "Helper", 1, 1, 0, 0, 0] for name in "cb")]
    found = computed(csv_of(HEADERS, uses))
    assert table(found, "users_and_assistants").rows[0][:3] == ["a", "(empty)", 9]
    assert found.headline.startswith(
        "b used Helper most: 1 of 11 interactions (9.1 %); the first place of users_and_assistants is shared. "
        "a was the most active of 3 people (9 interactions)"
    )
    assert any(said.startswith("First in users_and_assistants, assistants are rows") for said in caveats(found))


def test_people_without_a_name_are_not_said_to_lead() -> None:
    uses = [["Unknown", "05.10.2026", "Helper", 9, 9, 0, 0, 0], ["a", "05.10.2026", "Helper", 1, 1, 0, 0, 0]]
    assert computed(csv_of(HEADERS, uses)).headline == "Helper was the most used of 1 assistant (10 interactions)."


def test_who_has_a_name_leads_those_without_and_an_assistant_may_be_called_unknown() -> None:
    uses = [["a", "05.10.2026", "Unknown", 9, 9, 0, 0, 0], ["Unknown", "05.10.2026", "Unknown", 1, 1, 0, 0, 0]]
    assert computed(csv_of(HEADERS, uses)).headline == (
        "a used Unknown most: 9 of 10 interactions (90.0 %). "
        "Unknown was the most used of 1 assistant (10 interactions)."
    )


def test_devices_that_do_not_add_up_to_the_interactions_are_said_to() -> None:
    uses = [["a@example.com", "05.10.2026", "Helper", 4, "", "", "", ""], *OCTOBER_USES]
    assert caveats(computed(csv_of(HEADERS, uses))) == (
        "devices adds up to 12, while interactions is 16: it says nothing of the difference.",
    )


def test_shares_of_a_whole_that_credits_made_smaller_are_explained() -> None:
    def said(*costs: str, top: int = 3) -> bool:
        return ODD_SHARES in computed(priced(*costs), MODEL, top=top).caveats

    assert (said("3", "-1"), said("3", "1")) == (True, False)
    assert (said("5", "4", "-3", top=2), said("5", "4", "3", top=2)) == (True, False)


def test_shares_that_there_are_not_are_not_said_to_be_odd() -> None:
    found = computed(priced("5", "4", "-12"), MODEL, top=2).caveats
    assert NO_SHARES in found
    assert ODD_SHARES not in found


@pytest.mark.parametrize(("spent", "is_said"), [((2, -3), True), ((2, -2), True), ((0, 0), False), ((3, -2), False)])
def test_shares_that_credits_leave_none_of_are_explained(spent: tuple[int, int], is_said: bool) -> None:
    rows = [["1", f"u{place}", "", "", "", f"m{place}", cost, 1, 1, ""] for place, cost in enumerate(spent)]
    found = computed(report_of("MODEL_USAGE", rows), MODEL)
    assert (NO_SHARES in found.caveats) is is_said


# Edges


def plan_of(*totals: Measure, trends: tuple[Trend, ...] = (), rankings: tuple[Ranking, ...] = ()) -> SummaryPlan:
    return SummaryPlan(totals=totals, trends=trends, rankings=rankings)


def planned(plan: SummaryPlan, *columns: Column) -> ReportType:
    return ReportType(
        **{name: getattr(VISITS, name) for name in ("name", "backend", "title", "answers", "row", "roles", "caveats")},
        columns=columns or VISITS.columns,
        max_days=3,
        summary=plan,
    )


VISITORS = Measure(name="visitors", how="distinct", column="email")
VISIT_COUNT = Measure(name="visits", how="sum", column="count")


def visits(*rows: Sequence[object]) -> bytes:
    return csv_of(["Email", "Date", "Count"], rows)


def test_a_ranking_by_a_count_of_people_has_no_shares() -> None:
    ranking = Ranking(name="days", by=("date",), measures=("visitors", "visits"))
    report = planned(plan_of(VISITORS, VISIT_COUNT, rankings=(ranking,)))
    found = computed(visits(["a", "05.10.2026", 2], ["b", "05.10.2026", 3], ["a", "", 4]), report)
    assert found.tables == (
        Table(
            name="days",
            columns=["date", "visitors", "visits"],
            rows=[["2026-10-05", 2, 5], ["(empty)", 1, 4]],
            total_rows=2,
            truncated=False,
        ),
    )


BUSY = Between("count", 3, 9)


@pytest.mark.parametrize(
    "ranking",
    [
        pytest.param(Ranking(name="people", by=("email",), measures=("visits",)), id="by the same column"),
        pytest.param(Ranking(name="people", by=("email",), measures=("visits",), where=BUSY), id="of some rows"),
        pytest.param(Ranking(name="people", by=("email", "date"), measures=("visits",)), id="by another column too"),
        pytest.param(Ranking(name="people", by=("count",), measures=("visits",)), id="by what is added up"),
    ],
)
def test_different_values_are_counted_whatever_is_ranked_by_them(ranking: Ranking) -> None:
    busy = Measure(name="busy", how="distinct", column="email", where=BUSY)
    report = planned(plan_of(VISITORS, busy, VISIT_COUNT, rankings=(ranking,)))
    rows = [["a", "05.10.2026", 2], ["a", "06.10.2026", 2], ["b", "05.10.2026", 3], ["", "05.10.2026", 1]]
    assert [total.value for total in computed(visits(*rows), report).totals] == [2, 1, 8]


def test_a_part_of_a_figure_that_lacks_its_column_is_left_out_with_the_figure() -> None:
    hours = Measure(name="hours", how="sum", column="hours")
    rate = Ratio(name="rate", of=("visits",), per=("hours",))
    report = planned(SummaryPlan(totals=(VISIT_COUNT, rate), parts=(hours,)))
    found = computed(visits(["a", "05.10.2026", 2]), report)
    assert [(total.name, total.value) for total in found.totals] == [("visits", 2)]


def test_sums_beyond_64_bit_are_exact() -> None:
    found = computed(visits(*(["a", "05.10.2026", 2**63 - 1] for _ in range(3))), planned(plan_of(VISIT_COUNT)))
    assert found.totals == (Total(name="visits", value=3 * (2**63 - 1), unit=""),)


def test_decimals_are_added_exactly_and_shown_without_trailing_zeros() -> None:
    spent = Measure(name="spent", how="sum", column="spent", unit="CHF")
    report = planned(plan_of(spent), column("Spent", ColumnKind.DECIMAL))
    costs = [["0.1"], ["0.2"], ["1.2e-05"], ["0.00018449999999999999"]]
    assert computed(csv_of(["Spent"], costs), report).totals == (
        Total(name="spent", value="0.30019649999999999999", unit="CHF"),
    )
    assert computed(csv_of(["Spent"], [["1.50"], ["1.50"]]), report).totals[0].value == "3"


def test_decimals_too_large_to_be_added_are_refused_not_rounded() -> None:
    report = planned(plan_of(Measure(name="spent", how="sum", column="spent")), column("Spent", ColumnKind.DECIMAL))
    with pytest.raises(ReportUnreadable):
        computed(csv_of(["Spent"], [["99999999999999"]] * 3), report)


def test_a_whole_that_is_not_positive_has_no_shares() -> None:
    found = computed(csv_of(HEADERS, [["a@example.com", "05.10.2026", "Helper", 0, 0, 0, 0, 0]]))
    assert table(found, "users").rows == [["a@example.com", 0, None, 1, 1]]


def test_a_file_that_is_not_there_is_the_stores_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        figures(Covered(window=WEEK, parquet=[tmp_path / "report.parquet"]), CHAT, top=3)


def test_a_file_that_is_not_parquet_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "report.parquet").write_bytes(b"Email,Date\n")
    with pytest.raises(ReportUnreadable):
        figures(Covered(window=WEEK, parquet=[tmp_path / "report.parquet"]), CHAT, top=3)


def test_counting_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_bytes(csv_of(HEADERS, OCTOBER_USES))
    convert(tmp_path / "report.csv", tmp_path / "report.parquet", CHAT)
    before = Counter(tmp_path.iterdir())
    figures(Covered(window=WEEK, parquet=[tmp_path / "report.parquet"]), CHAT, top=3)
    assert Counter(tmp_path.iterdir()) == before


def test_costs_and_people_of_orders_with_other_decimals_are_those_of_all_their_rows(tmp_path: Path) -> None:
    orders = {"short": [("ada", "0.5"), ("", "")], "long": [("ada", "12345678.9"), ("", "1e-20"), ("", "n/a")]}
    for order, calls in orders.items():
        rows = [["1", who, "a", "c", "app", "gpt", cost, "1", "1", "2026-10-05T08:00:00Z"] for who, cost in calls]
        (tmp_path / f"{order}.csv").write_bytes(report_of("MODEL_USAGE", rows))
        convert(tmp_path / f"{order}.csv", tmp_path / f"{order}.parquet", MODEL)
    tables = [tmp_path / f"{order}.parquet" for order in orders]
    found = figures(Covered(window=WEEK, parquet=tables), MODEL, top=1)
    totals = {total.name: total.value for total in found.totals}
    assert (totals["spent"], totals["people"]) == ("12345679.40000000000000000001", 1)
    assert table(found, "models").rows[0][:2] == ["gpt", "12345679.40000000000000000001"]
