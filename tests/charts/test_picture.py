"""What is drawn: the same numbers as lengths, in words that the picture's font has."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from pictures import decoded, size_of
from unique_analytics_mcp.charts import Chart
from unique_analytics_mcp.charts.fonts import REGULAR, Font
from unique_analytics_mcp.charts.picture import svg
from unique_analytics_mcp.charts.png import png
from unique_analytics_mcp.charts.specification import Point, Sides
from unique_analytics_mcp.domain.provenance import Provenance
from unique_analytics_mcp.domain.summary import Cell
from unique_analytics_mcp.domain.window import Window

WINDOW = Window(
    start=date(2026, 10, 1), end=date(2026, 10, 31), time_zone="Europe/Zurich", label="last_month", complete=True
)
PROVENANCE = Provenance(
    order_id="order_1", type="CHAT_INTERACTION", window=WINDOW, as_of=datetime(2026, 11, 21, 9, tzinfo=UTC), rows=3,
    rejected_rows=0, columns_missing=[], columns_unknown=[], sha256="0" * 64, truncated=False,
)  # fmt: skip


def chart(*values: Cell, labels: list[str] | None = None) -> Chart:
    """A ranking of these values."""
    named = labels or [f"person.{place}@nordwind.example" for place in range(len(values))]
    return Chart(
        kind="bar",
        table="users",
        keys=("email",),
        measure="interactions",
        unit="questions with their answers",
        points=tuple(Point(parts=(label,), value=value) for label, value in zip(named, values, strict=True)),
        total_points=len(values),
        over_time=False,
        report_title="Chat interactions",
        provenance=PROVENANCE,
        drawable={"users": ("interactions",)},
    )


def development(*values: Cell, kind: str = "line", start: date = date(2026, 10, 1)) -> Chart:
    """The same as days."""
    days = [(start + timedelta(days=passed)).isoformat() for passed in range(len(values))]
    return replace(chart(*values, labels=days), kind=kind, over_time=True, table="daily", keys=("date",))


def bar_lengths(drawn: str) -> list[float]:
    """Widths of the bars, top to bottom; the first rectangle is the paper."""
    return [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"[^>]*fill="#0072B2"', drawn)]


def words(drawn: str) -> list[str]:
    """Every text of the picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn)


@pytest.mark.parametrize(
    "values",
    [[1575, 682, 330, 1], ["12.5", "6.25", "0.05"], [58.3, 25.0, 16.7], [190_617_608, 20_246_948], [7]],
    ids=["counts", "decimals", "shares", "millions", "one"],
)
def test_bars_are_as_long_as_their_values(values: list[Cell]) -> None:
    lengths = bar_lengths(svg(chart(*values)))
    scale = lengths[0] / float(str(values[0]))
    assert lengths == pytest.approx([float(str(value)) * scale for value in values], abs=0.02)


def test_pixels_are_as_long_as_values() -> None:
    picture = decoded(png(chart(1000, 500, 250)))
    assert (picture.width, picture.height) == (1200, 675)
    longest, *others = sorted(picture.runs(), reverse=True)
    assert longest > 450
    assert others[-1] == pytest.approx(longest / 4, abs=1.5)
    assert any(length == pytest.approx(longest / 2, abs=1.5) for length in others)


def test_negative_values_reach_to_the_other_side_of_zero() -> None:
    drawn = svg(chart(40, -20))
    (plus, plus_width), (minus, minus_width) = [
        (float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)"[^>]*?width="([\d.]+)"', drawn)[1:]
    ]
    assert plus == pytest.approx(minus + minus_width)
    assert plus_width == pytest.approx(2 * minus_width, abs=0.02)
    assert "\u221220" in words(drawn)


def test_a_value_below_zero_stands_at_its_place_on_the_line() -> None:
    drawn = svg(development(300, 200, -298, 100))
    (low,) = [float(y) for y, word in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>([^<]*)<', drawn) if "298" in word]
    lowest = max(float(y) for y in re.findall(r'<circle [^>]*cy="([\d.]+)"', drawn))
    assert 0 < lowest - low < 12


def test_names_that_differ_at_their_end_are_told_apart_in_the_picture_too() -> None:
    labels = [f"Quartalsbericht der Abteilung Privatkunden Schweiz, Teil {number}" for number in (1, 2)]
    shown = words(svg(chart(2, 1, labels=labels)))
    assert [word[-6:] for word in shown if word.startswith("Quartalsbericht")] == ["Teil 1", "Teil 2"]


def test_names_that_differ_in_their_middle_are_told_apart_in_the_picture_too() -> None:
    places = ["Bern", "Basel", "Zürich"]
    labels = [f"Abteilung Privatkunden Schweiz, Region Nord-Ost, {place}: Bericht und Plan.pdf" for place in places]
    shown = words(svg(chart(4, 3, 2, 1, labels=[*labels, "short"])))
    assert [sum(f"{place}: " in word for word in shown) for place in [*places, "short"]] == [1, 1, 1, 0]
    assert "short" in shown
    assert Font.read(REGULAR).width(max(shown[2:], key=len), 13) < 752


def test_names_that_had_lost_their_middle_keep_their_end_in_the_picture() -> None:
    ends = ["Genf.pdf", "Zürich.pdf", "Basel.pdf"]
    names = [f"{'Research / 2026 / Quartalsberichte der Abteilung Privatkunden / ' * 2}{end}" for end in ends]
    labels = [f"{name[:39]}…{name[-40:]}" for name in names]
    shown = [word for word in words(svg(chart(3, 2, 1, labels=labels))) if word.startswith("Research")]
    assert [word.rpartition(" ")[2] for word in shown] == ends
    assert [word.count("…") for word in shown] == [1, 1, 1]


@pytest.mark.parametrize("count", [1, 2, 20])
def test_every_bar_carries_its_value_and_stays_on_the_paper(count: int) -> None:
    drawn = svg(chart(*range(2000, 2000 - count, -1)))
    assert [word for word in words(drawn) if word.startswith("2\u202f0")][:1] == ["2\u202f000"]
    assert all(f"1\u202f{999 - place}" in words(drawn) for place in range(count - 1))
    places = [float(y) for y in re.findall(r' y="([\d.]+)"', drawn)]
    assert 0 <= min(places) <= max(places) <= 450


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12, "12"),
        ("0.0023", "0.0023"),
        (2.0, "2"),
        (544000000000.0, "544\u202f000\u202f000\u202f000"),
        (49.400000000000034, "49.40"),
        ("1234567890.125", "1\u202f234\u202f567\u202f890.13"),
        ("-1234567890.125", "\u22121\u202f234\u202f567\u202f890.12"),
        ("0.00012250000000", "0.000123"),
        (0.0023456789012, "0.00235"),
        ("3.16E-9", "3.16e\u22129"),
        (-0.00023456789012, "\u22120.000235"),
        (10**18 - 1, "999\u202f999\u202f999\u202f999\u202f999\u202f999"),
        (-(10**38), "\u22121e38"),
        (1.5e300, "1.5e300"),
        (1e-300, "1e\u2212300"),
    ],
)
def test_a_value_is_written_so_that_it_is_read_at_a_glance_and_never_becomes_zero(value: Cell, shown: str) -> None:
    assert shown in words(svg(chart(value)))


@pytest.mark.parametrize("value", [1e-300, 1e-9, 1, 10**6, 10**9, 4 * 10**15, 10**38, 3e300], ids=str)
def test_numbers_of_any_size_stay_on_the_paper_and_their_axis_is_short(value: float) -> None:
    font = Font.read(REGULAR)
    for drawn in (svg(chart(value, value / 2, -value)), svg(development(*[value / 7] * 30, value))):
        for x, anchor, word in re.findall(r'<text x="([-\d.]+)"[^>]*text-anchor="(\w+)"[^>]*>([^<]*)<', drawn):
            start = float(x) - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * font.width(word, 11)
            assert 0 <= start <= start + font.width(word, 11) <= 800, word
        assert all(0 <= length <= 800 for length in bar_lengths(drawn))
        ticks = re.findall(r'font-size="11" text-anchor="\w+" fill="#595959">([^<]*)<', drawn)
        assert "0" in ticks
        assert max(map(len, ticks)) <= 10


def test_what_an_order_was_asked_for_stands_in_the_title_of_its_picture() -> None:
    filtered = replace(chart(3), provenance=PROVENANCE.model_copy(update={"options": {"assistant_id": "a7"}}))
    assert words(svg(filtered))[0] == "Interactions by email · assistant_id=a7"
    assert "Interactions by email · assistant_id=a7, " in filtered.alt_text


@pytest.mark.parametrize(
    ("measure", "title"), [("nps", "NPS"), ("nps_low", "NPS low"), ("acw_s", "ACW s"), ("npsx", "Npsx")]
)
def test_first_letters_of_words_stay_capitals_where_a_title_begins_with_them(measure: str, title: str) -> None:
    drawn = replace(development(12, 27), measure=measure, unit="")
    assert words(svg(drawn))[0] == f"{title} by date"
    assert drawn.headline.startswith(f"{title}: highest 27")


def test_a_picture_says_what_it_shows_of_when_and_from_where() -> None:
    said = words(svg(chart(3, 2, 1)))
    assert said[0] == "Interactions by email"
    assert said[1].startswith("Chat interactions, 2026-10-01 to 2026-10-31 (31 days")
    assert "interactions (questions with their answers)" in said
    assert said[-1] == "Source: order order_1, CHAT_INTERACTION, as of 2026-11-21T09:00:00Z; 3 rows"


def test_letters_the_font_lacks_are_boxes_and_the_picture_says_so() -> None:
    origin = PROVENANCE.model_copy(update={"order_id": "analyticOrder_9384bavuwu041wprkz1s6c4a", "rows": 100_000_000})
    said = words(svg(replace(chart(3, 2, labels=["Outlook Assistent ✉️", "Jürg Hüsli <b>"]), provenance=origin)))
    assert "Outlook Assistent □" in said
    assert "Jürg Hüsli &lt;b&gt;" in said
    assert said[-1].endswith(" · □: cannot be drawn")
    assert not any("□" in word for word in words(svg(chart(1, labels=["Zoë Thành, Łódź, Αθήνα, Київ, 5 €"]))))


@pytest.mark.parametrize("draw", [chart, development], ids=["bars", "line"])
@pytest.mark.parametrize(
    ("measure", "shown"),
    [("件数", "□□"), ("interactions_of_" * 12, "interactions of .*…")],
    ids=["letters the font lacks", "a long name"],
)
def test_an_axis_is_named_within_the_paper_and_keeps_its_unit(
    draw: Callable[..., Chart], measure: str, shown: str
) -> None:
    *said, source = words(svg(replace(draw(3, 2), measure=measure)))
    (name,) = [word for word in said if re.match(f"{shown}.*\\(questions with their answers\\)$", word)]
    assert Font.read(REGULAR).width(name, 12) < 752
    assert source.endswith(" · □: cannot be drawn") == ("□" in name)


def test_a_source_too_long_for_its_line_keeps_its_rows() -> None:
    origin = PROVENANCE.model_copy(
        update={"order_id": f"genesys-aggregates-{'7995' * 10}", "type": "GENESYS_CONVERSATION_AGGREGATES"}
    )
    source = words(svg(replace(chart(3), provenance=origin)))[-1]
    assert source.startswith("Source: order genesys-aggregates-7995")
    assert source.endswith("as of 2026-11-21T09:00:00Z; 3 rows")
    assert Font.read(REGULAR).width(source, 10.5) <= 752


def test_long_names_are_shortened_and_leave_room_for_bars() -> None:
    drawn = svg(chart(1000, 10, labels=["A very long name " * 5, "short"]))
    assert any(word.endswith("…") for word in words(drawn))
    assert max(bar_lengths(drawn)) > 300


@pytest.mark.parametrize("days", [1, 2, 31, 62, 92, 365])
@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_development_is_drawn_whole(days: int, kind: str) -> None:
    values = [(place * 7) % 11 for place in range(days)]
    drawn = svg(development(*values, kind=kind))
    if kind == "bar":
        assert len(re.findall(r'<rect [^>]*fill="#0072B2"', drawn)) == days
    elif days > 1:
        (path,) = re.findall(r'<path d="M([^"]*)" fill="none"', drawn)
        assert len(path.split("L")) == days
    assert str(max(values)) in words(drawn)


def test_the_first_value_of_a_line_never_covers_the_axis() -> None:
    font = Font.read(REGULAR)
    drawn = svg(development(1_000_000, *[1_999_999 + day for day in range(60)]))
    places = re.findall(r'<text x="([\d.]+)"[^>]*font-size="11" text-anchor="(\w+)"[^>]*>([^<]*)<', drawn)
    axis = max(float(x) for x, anchor, _ in places if anchor == "end")
    (value,) = [float(x) - font.width(word, 11) / 2 for x, _, word in places if word == "1\u202f000\u202f000"]
    assert value > axis


def test_of_two_values_that_would_cover_each_other_the_highest_is_written() -> None:
    written = set(words(svg(development(*[7_000] * 68, 9_001, 9_000))))
    assert ("9\u202f001" in written, "9\u202f000" in written) == (True, False)


def test_days_without_a_value_are_gaps_and_no_zeros() -> None:
    drawn = svg(development(1, 2, None, 3, 4))
    assert len(re.findall(r'<path d="M[^"]*" fill="none"', drawn)) == 2
    assert drawn.count("<circle") == 4


def test_days_without_a_value_are_no_columns_and_never_the_lowest() -> None:
    gaps: list[Cell] = [5, 8, None, 7, *[1_000_000 + place for place in range(40)], None]
    drawn = svg(development(*gaps, kind="bar"))
    assert len(re.findall(r'<rect [^>]*fill="#0072B2"', drawn)) == len(gaps) - 2
    assert {"5", "1\u202f000\u202f039"} <= set(words(drawn))
    assert "\u2013" not in words(drawn)
    assert "\u2013" not in words(svg(development(None, None, *[1_000_000] * 60, None)))
    assert not re.findall(r'<rect [^>]*fill="#0072B2"', svg(development(None, None, kind="bar")))
    assert "\u2013" not in words(svg(development(*[None] * 100)))


def test_midnights_are_days_on_the_axis() -> None:
    labels = [f"2026-10-{day:02d}T00:00:00" for day in (5, 6, 7)]
    drawn = svg(replace(development(1, 2, 3), points=tuple(Point(parts=(label,), value=1) for label in labels)))
    assert {"5 Oct", "6 Oct", "7 Oct"} <= set(words(drawn))


def test_months_on_the_axis_cannot_be_read_as_days() -> None:
    labels = [str(date(2026, 7, 1) + timedelta(days=passed)) for passed in range(92)]
    points = tuple(Point(parts=(label,), value=1) for label in labels)
    assert {"Jul 2026", "Aug 2026", "Sep 2026"} <= set(words(svg(replace(development(1), points=points))))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([f"{date(2025, 4, 7) + timedelta(weeks=week)}" for week in range(80)], ["May 2025", "Jul 2025", "Sep 2025"]),
        ([f"{date(2025, 9, 1) + timedelta(weeks=week)}" for week in range(60)], ["Sep 2025", "Nov 2025", "Jan 2026"]),
        ([f"{year}-01-01" for year in range(2006, 2026)], ["Jan 2006", "Jan 2008", "Jan 2010"]),
        (["2026-07-01", "2026-08-01", "2026-09-01"], ["Jul 2026", "Aug 2026", "Sep 2026"]),
        (["2026-08-31", "2026-09-30"], ["31 Aug", "30 Sep"]),
        (["2026-07-01"], ["1 Jul"]),
        ([f"{date(2026, 1, 5) + timedelta(days=day):%G-W%V-%u}" for day in range(70)], []),
    ],
    ids=["weeks", "sixty weeks", "years", "months", "last days", "one day", "days of weeks"],
)
def test_days_on_the_axis_are_named_so_that_none_reads_like_another(labels: list[str], expected: list[str]) -> None:
    drawn = words(svg(replace(development(1), points=tuple(Point(parts=(label,), value=1) for label in labels))))
    named = [word for word in drawn if re.fullmatch(r"\d* ?[A-Z][a-z]{2} ?\d*", word)]
    assert named[: len(expected)] == expected
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("days", "minutes", "expected"),
    [
        (2, 15, ["19 Oct", "06:00", "12:00", "18:00", "20 Oct", "06:00", "12:00", "18:00"]),
        (5, 60, ["19 Oct", "12:00", "20 Oct", "12:00", "21 Oct", "12:00", "22 Oct", "12:00", "23 Oct", "12:00"]),
        (14, 60, ["19 Oct", "21 Oct", "23 Oct", "25 Oct", "27 Oct", "29 Oct", "31 Oct"]),
    ],
)
def test_moments_of_several_days_name_the_days(days: int, minutes: int, expected: list[str]) -> None:
    count = days * 24 * 60 // minutes
    moments = [datetime(2026, 10, 19, tzinfo=UTC) + timedelta(minutes=minutes * step) for step in range(count)]
    points = tuple(Point(parts=(moment.isoformat(" ", "minutes"),), value=1) for moment in moments)
    drawn = words(svg(replace(development(1), points=points)))
    assert [word for word in drawn if re.fullmatch(r"\d+ Oct|\d\d:\d\d", word)] == expected


def test_moments_at_odd_times_of_several_days_name_the_days() -> None:
    moments = [datetime(2026, 10, 19, 7, 30, tzinfo=UTC) + timedelta(seconds=7_919 * step) for step in range(20)]
    points = tuple(Point(parts=(moment.isoformat(" ", "seconds"),), value=1) for moment in moments)
    drawn = words(svg(replace(development(1), points=points)))
    assert [word for word in drawn if re.fullmatch(r"\d+ Oct|\d\d:\d\d", word)] == ["19 Oct", "20 Oct", "21 Oct"]


@pytest.mark.parametrize("values", [(1.7e308, -1.7e308), (5e-324, 0), (5e-324, 1.7e308)], ids=str)
def test_numbers_at_the_ends_of_what_a_float_holds_are_drawn(values: tuple[float, ...]) -> None:
    for drawn in (svg(chart(*values)), svg(development(*values))):
        assert not re.search(r"nan|inf\b", drawn.partition("<rect")[2])
        assert "0" in words(drawn)


def axis(drawn: str) -> list[tuple[float, float, str]]:
    """Where each number or day of the lowest axis begins and ends, and what it says, from the left."""
    found = re.findall(r'<text x="([\d.]+)"[^>]*font-size="11" text-anchor="middle" fill[^>]*>([^<]*)<', drawn)
    font = Font.read(REGULAR)
    halves = [(float(x), font.width(word, 11) / 2, word) for x, word in found]
    return sorted((x - half, x + half, word) for x, half, word in halves)


@pytest.mark.parametrize(
    "drawn",
    [
        chart(*[4 * 10**17 + 5] * 20, labels=["A very long name " * 5 + str(place) for place in range(20)]),
        chart(10**17, -(10**17), labels=["A very long name " * 5, "short"]),
        replace(
            development(1),
            points=tuple(
                Point(parts=(f"{datetime(2026, 10, 19, 22, 15, tzinfo=UTC) + timedelta(hours=hour)}",), value=1)
                for hour in range(70)
            ),
        ),
    ],
    ids=["long numbers", "long numbers on both sides", "a day that begins late"],
)
def test_what_stands_below_the_marks_never_overlaps(drawn: Chart) -> None:
    below = axis(svg(drawn))
    assert below
    assert "0" in [word for *_, word in below] or drawn.over_time
    assert all(end < start for (_, end, _), (start, *_) in pairwise(below))


def test_only_zeros_and_no_rows_are_drawn_without_a_fall() -> None:
    assert size_of(png(development(0, 0, 0))) == (1200, 675)
    assert size_of(png(chart(0, 0))) == (1200, 675)
    assert "No rows in this window" in words(svg(replace(chart(), table="", total_points=0)))


def test_the_font_measures_as_it_draws() -> None:
    font = Font.read(REGULAR)
    assert font.width("mm", 10) == pytest.approx(2 * font.width("m", 10))
    assert font.width("i", 10) < font.width("m", 10)
    assert font.cut("interactions", 10, 30).endswith("…")
    assert font.width(font.cut("interactions", 10, 30), 10) <= 30


def paired(found: Chart, *before: Cell) -> Chart:
    """The same with what was before."""
    points = tuple(replace(point, before=value) for point, value in zip(found.points, before, strict=True))
    return replace(found, points=points, sides=Sides(now="2026-10-01 to 2026-10-31", before="2026-08-31 to 2026-09-30"))


def pale_lengths(drawn: str) -> list[float]:
    """Widths of the bars of what was before, their edges counted; the first is in the legend."""
    return [float(width) + 1 for width in re.findall(r'<rect [^>]*width="([\d.]+)"[^>]*fill="#CFE3F0"', drawn)[1:]]


def test_both_bars_of_a_group_are_as_long_as_their_numbers() -> None:
    drawn = svg(paired(chart(60, 30), 20, 45))
    (_, longest, half), (third, most) = bar_lengths(drawn), pale_lengths(drawn)
    assert [half / longest, third / longest, most / longest] == pytest.approx([1 / 2, 1 / 3, 3 / 4], abs=0.005)
    assert {"60", "20", "30", "45", "2026-10-01 to 2026-10-31", "2026-08-31 to 2026-09-30"} <= set(words(drawn))


def test_of_many_groups_both_numbers_stand_at_the_longer_bar() -> None:
    drawn = svg(paired(chart(*range(100, 124)), *range(24)))
    assert [word for word in words(drawn) if " / " in word] == [f"{100 + place} / {place}" for place in range(24)]


def test_a_group_that_fell_below_nothing_has_its_bar_on_the_left() -> None:
    drawn = svg(paired(chart(10, -5), 5, 10))
    lefts = [float(x) for x in re.findall(r'<rect x="([\d.]+)"[^>]*fill="#0072B2"', drawn)][1:]
    assert lefts[1] < lefts[0]


def test_what_was_before_differs_by_more_than_its_colour() -> None:
    lines = re.findall(r'd="M[^"]*" fill="none" stroke="#595959"[^>]*stroke-dasharray="5 3"', svg(
        paired(development(4, 2, 3), 8, 0, 1)
    ))  # fmt: skip
    assert [line.count("L") for line in lines] == [1, 2]
    columns = svg(paired(development(4, 2, 3, 5, kind="bar"), 8, 0, None, 1))
    assert len(re.findall(r'fill="#CFE3F0" stroke="#0072B2"', columns)) == 1 + 3


def test_columns_of_two_windows_stand_side_by_side() -> None:
    drawn = svg(paired(development(4, 2, kind="bar"), 8, 3))
    places = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]*fill="(#0072B2|#CFE3F0)"', drawn)
    now = [float(x) for x, _, fill in places if fill == "#0072B2"][1:]
    before = [float(x) + float(width) for x, width, fill in places if fill == "#CFE3F0"][1:]
    assert now == pytest.approx(before, abs=1)


def test_a_day_of_the_window_before_between_days_that_have_none_is_a_short_stroke() -> None:
    drawn = paired(development(4, 2, 3), None, 5, None)
    assert len(re.findall("stroke-dasharray", svg(drawn))) == 2
    assert size_of(png(drawn)) == (1200, 675)
