"""The reports of use: how much the assistants are used, by whom and for what.

One literal each, as "Query Analytics via API" (S004) prints it; computes nothing. Layer: backend, values only.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.backends.unique.reports.words import (
    ADMIN,
    ASSISTANT,
    DEPARTMENTS,
    EITHER_ROLE,
    FREE_TEXT,
    LONGEST_DAYS,
    MAY_BE_REDACTED,
    ONE_TENANT,
    PSEUDONYMS,
    READ,
)
from unique_analytics_mcp.domain.measures import (
    Breakdown,
    Filled,
    Grouping,
    Measure,
    Ranking,
    Ratio,
    SummaryPlan,
    Trend,
)
from unique_analytics_mcp.domain.readings import Cadence, Series
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType

_CHAT_INTERACTION: Final = ReportType(
    name="CHAT_INTERACTION",
    backend="unique",
    title="Chat interactions",
    answers="Who used which assistant how often, on which days and on which devices?",
    row="one person with one assistant on one day",
    columns=(
        Column(
            header="Email",
            kind=ColumnKind.TEXT,
            meaning="Mail address of the person, or a pseudonym",
            personal=True,
            other_headers=(
                "User Email",
                "User",
            ),
        ),
        Column(header="Date", kind=ColumnKind.DATE, meaning="Day of the interactions"),
        Column(
            header="Assistant",
            kind=ColumnKind.TEXT,
            meaning="Name of the assistant (space)",
            other_headers=("Assistant Name", "Space", "Space Name"),
        ),
        Column(
            header="Count",
            kind=ColumnKind.INTEGER,
            meaning="Interactions: a question and its answer",
            unit="interactions",
            adds_up=True,
            other_headers=("Interactions", "Interaction Count"),
        ),
        Column(
            header="DesktopCount",
            kind=ColumnKind.INTEGER,
            meaning="Interactions from desktop devices",
            unit="interactions",
            adds_up=True,
            optional=True,
        ),
        Column(
            header="SmartphoneCount",
            kind=ColumnKind.INTEGER,
            meaning="Interactions from smartphones",
            unit="interactions",
            adds_up=True,
            optional=True,
        ),
        Column(
            header="TabletCount",
            kind=ColumnKind.INTEGER,
            meaning="Interactions from tablets",
            unit="interactions",
            adds_up=True,
            optional=True,
        ),
        Column(
            header="OtherDeviceCount",
            kind=ColumnKind.INTEGER,
            meaning="Interactions from other or unknown devices",
            unit="interactions",
            adds_up=True,
            optional=True,
            other_headers=("OtherCount", "OtherDevicesCount"),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=EITHER_ROLE,
    caveats=(
        "An interaction is a question with its answer, not a single message.",
        PSEUDONYMS,
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="interactions", how="sum", column="count", unit="questions with their answers"),
            Measure(name="people", how="distinct", column="email", unit="people"),
            Measure(name="assistants", how="distinct", column="assistant", unit="assistants"),
            Measure(name="days", how="distinct", column="date", unit="days with use"),
        ),
        rankings=(
            Ranking(name="users_and_assistants", by=("email", "assistant"), measures=("interactions", "days")),
            Ranking(name="users", by=("email",), measures=("interactions", "assistants", "days")),
            Ranking(name="assistants", by=("assistant",), measures=("interactions", "people", "days")),
        ),
        trends=(Trend(name="daily", by="date", measures=("interactions", "people", "assistants")),),
        breakdowns=(
            Breakdown(
                name="devices",
                label="device",
                columns={
                    "desktop": "desktop_count",
                    "smartphone": "smartphone_count",
                    "tablet": "tablet_count",
                    "other": "other_device_count",
                },
                measure="interactions",
            ),
        ),
        headline=(
            (
                "{users_and_assistants.email} used {users_and_assistants.assistant} most: "
                "{users_and_assistants.interactions} of {interactions:interaction|interactions} "
                "({users_and_assistants.share_percent} %)."
            ),
            (
                "{users.email} was the most active of {people:person|people} "
                "({users.interactions:interaction|interactions})."
            ),
            (
                "{assistants.assistant} was the most used of {assistants:assistant|assistants} "
                "({assistants.interactions:interaction|interactions})."
            ),
        ),
        people="email",
    ),
    options=(ASSISTANT,),
    lacks=(DEPARTMENTS, "time saved"),
)

_ACTIVE_USER: Final = ReportType(
    name="ACTIVE_USER",
    backend="unique",
    title="Active users",
    answers="How many people were active per day, week and month?",
    row="one day, week or month with its number of active people",
    columns=(
        Column(header="Period", kind=ColumnKind.TEXT, meaning="Length of the period: day, week or month"),
        Column(
            header="Date",
            kind=ColumnKind.DATE,
            meaning="Day of the period; of a week its last day, of a month not documented",
        ),
        Column(
            header="Value",
            kind=ColumnKind.INTEGER,
            meaning="Different people with at least one interaction in the period",
            unit="people",
            other_headers=("Count", "Users", "Active Users"),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=EITHER_ROLE,
    caveats=(
        (
            "Values must not be added: the same person counts in many days, weeks and months. CHAT_INTERACTION counts "
            "the people of a whole period."
        ),
        "A week is the 7 days ending on its date; whether calendar weeks are meant is not documented.",
        "Which date a month bears is not documented.",
    ),
    summary=SummaryPlan(
        totals=(Measure(name="values", how="rows", unit="days, weeks and months listed"),),
        series=Series(
            name="periods",
            by="period",
            at="date",
            value="value",
            measure="people",
            cadences=(
                Cadence(name="day", words=("days", "daily", "dau", "d", "1d"), table="daily", dated="date", days=1),
                Cadence(
                    name="week",
                    words=("weeks", "weekly", "wau", "w", "1w", "7d", "7days"),
                    table="weekly",
                    dated="7_days_ending",
                    days=7,
                ),
                Cadence(
                    name="month", words=("months", "monthly", "mau", "m", "1m"), table="monthly", dated="month_dated"
                ),
            ),
            stickiness=("day", "month"),
        ),
        headline=(
            "{day.mean:person was|people were} active on an average day, most on {day.peak_date} ({day.peak}).",
            "The latest: {day.last} on {day.latest_date}.",
            (
                "From Monday to Friday it was {workday.average} on an average day, {workday.last} on "
                "{workday.latest_date}."
            ),
            "{day.each:person was|people were} active on each of the {day.readings} days listed.",
            "{day.only:person was|people were} active on {day.peak_date}.",
            "{week.mean:person was|people were} active in an average week.",
            "{week.latest:person was|people were} active in the {week.latest_date}.",
            "{month.latest:person was|people were} active in the {month.latest_date}.",
            "Stickiness is {stickiness.percent} %: the average day of the average month.",
        ),
        compared={"values": "values listed"},
    ),
    options=(ASSISTANT,),
    stands_alone="weeks and months that cross the border of two windows would be counted in halves",
)

_CHAT_INTERACTION_DETAILED: Final = ReportType(
    name="CHAT_INTERACTION_DETAILED",
    backend="unique",
    title="Detailed chat interactions",
    answers="What is asked, when, in which space, on which device and in how long conversations?",
    row="one message with its answer",
    columns=(
        Column(
            header="Username",
            kind=ColumnKind.TEXT,
            meaning="Display name of the person; Unknown where anonymised",
            personal=True,
            other_headers=("User",),
        ),
        Column(header="Timestamp", kind=ColumnKind.TIMESTAMP, meaning="When the message was sent", unit="UTC"),
        Column(
            header="Space",
            kind=ColumnKind.TEXT,
            meaning="Name of the assistant (space)",
            other_headers=("Assistant", "Space Name"),
        ),
        Column(header="Chat ID", kind=ColumnKind.TEXT, meaning="The conversation; equal ids belong together"),
        Column(
            header="Device Category",
            kind=ColumnKind.TEXT,
            meaning="desktop, smartphone, tablet or other",
            other_headers=("Device",),
        ),
        Column(
            header="Message",
            kind=ColumnKind.TEXT,
            meaning="What the person wrote",
            free_text=True,
            optional=True,
            role=ADMIN,
            other_headers=("User Message", "Prompt", "Question"),
        ),
        Column(
            header="Answer",
            kind=ColumnKind.TEXT,
            meaning="What the assistant answered",
            free_text=True,
            optional=True,
            role=ADMIN,
            other_headers=("Response",),
        ),
    ),
    max_days=14,
    roles=f"{READ}; {ADMIN} too for the columns Message and Answer",
    caveats_without_rows=(ONE_TENANT,),
    caveats=(
        ONE_TENANT,
        "People are display names, which two people may share; all are Unknown where the platform anonymises.",
        FREE_TEXT,
        MAY_BE_REDACTED,
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="messages", how="rows", unit="messages with their answers"),
            Measure(name="conversations", how="distinct", column="chat_id", unit="conversations"),
            Ratio(
                name="messages_per_conversation",
                of=("messages_in_conversations",),
                per=("conversations",),
                decimals=2,
                unit="messages for each conversation",
            ),
            Measure(name="people", how="distinct", column="username", unit="different display names"),
            Measure(name="spaces", how="distinct", column="space", unit="spaces"),
        ),
        parts=(Measure(name="messages_in_conversations", how="rows", where=Filled("chat_id"), unit="messages"),),
        groupings=(
            Grouping(name="day", column="timestamp", part="day"),
            Grouping(name="hour", column="timestamp", part="hour"),
            Grouping(name="weekday", column="timestamp", part="weekday"),
        ),
        rankings=(
            Ranking(
                name="spaces",
                by=("space",),
                measures=("messages", "conversations", "messages_per_conversation", "people"),
            ),
            Ranking(
                name="users",
                by=("username",),
                measures=("messages", "conversations", "messages_per_conversation", "spaces"),
            ),
            Ranking(name="devices", by=("device_category",), measures=("messages", "conversations", "people")),
        ),
        trends=(
            Trend(name="weekdays", by="weekday", measures=("messages", "conversations", "people")),
            Trend(name="hours", by="hour", measures=("messages", "people")),
            Trend(name="daily", by="day", measures=("messages", "conversations", "people")),
        ),
        headline=(
            (
                "{messages:message was|messages were} written; {conversations:conversation|conversations} had "
                "{messages_per_conversation} on average."
            ),
            "{people:person|people} took part, told apart by display names.",
            (
                "Of {spaces:space|spaces} {spaces.space} was used most: "
                "{spaces.messages:message|messages} ({spaces.share_percent} %)."
            ),
            "The busiest hour began at {hours_peak.hour}, with {hours_peak.messages:message|messages}.",
        ),
    ),
    options=(ASSISTANT,),
)

_USER_CHAT_EXPORT: Final = ReportType(
    name="USER_CHAT_EXPORT",
    backend="unique",
    title="User chat export",
    answers="Which prompts did people write, for example for a scan against data leaks?",
    row="not documented, presumably one prompt",
    columns=(
        Column(
            header="Prompt",
            kind=ColumnKind.TEXT,
            meaning="What the person wrote",
            personal=True,
            free_text=True,
            optional=True,
            role=ADMIN,
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=f"{READ}; {ADMIN} too for the column Prompt",
    caveats=(
        "Its columns are not documented: they are kept as the platform sends them.",
        FREE_TEXT,
        MAY_BE_REDACTED,
    ),
    summary=SummaryPlan(
        totals=(Measure(name="rows", how="rows", unit="rows"),), headline=("The export has {rows:row|rows}.",)
    ),
    options=(ASSISTANT,),
    on_by_default=False,
    open_schema=True,
    stands_alone="what one of its rows is, is not documented",
)

CHAT_REPORTS: Final = (_CHAT_INTERACTION, _ACTIVE_USER, _CHAT_INTERACTION_DETAILED, _USER_CHAT_EXPORT)
