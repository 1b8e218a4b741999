"""The reports of the platform as a whole: use of features, cost of models, satisfaction.

One literal each, as "Query Analytics via API" (S004) prints it; computes nothing. Layer: backend, values only.
"""

from __future__ import annotations

from typing import Final

from unique_analytics_mcp.backends.unique.reports.words import (
    ADMIN,
    ASSISTANT,
    BOTH_ROLES,
    DEPARTMENTS,
    FREE_TEXT,
    LONGEST_DAYS,
    MONEY,
    PSEUDONYMS,
    READ,
    UNKNOWN_CURRENCY,
    WHO_IS_ASKED,
)
from unique_analytics_mcp.domain.measures import (
    All,
    Between,
    Bound,
    Filled,
    Grouping,
    Measure,
    Ranking,
    Ratio,
    Scale,
    SummaryPlan,
    TextsAsked,
    Trend,
)
from unique_analytics_mcp.domain.readings import Family, Metrics
from unique_analytics_mcp.domain.report import Column, ColumnKind, ReportType

_PRODUCT_METRICS: Final = ReportType(
    name="PRODUCT_METRICS",
    backend="unique",
    title="Product metrics",
    answers="Which features, tools and MCP servers are used, by how many people a day?",
    row="one metric with its value for one day",
    columns=(
        Column(
            header="S/N",
            kind=ColumnKind.INTEGER,
            meaning="Serial number of the row",
            optional=True,
            other_headers=("Serial Number", "No"),
        ),
        Column(
            header="Metric Key",
            kind=ColumnKind.TEXT,
            meaning="The feature; message:tools:usage:… names a tool, mcp:server:tool:usage:… an MCP server",
            other_headers=("Metric", "Key"),
        ),
        Column(
            header="Metric Value",
            kind=ColumnKind.INTEGER,
            meaning="Different people who used the feature on the day",
            unit="people",
            other_headers=("Value",),
        ),
        Column(
            header="Partition Timestamp",
            kind=ColumnKind.TIMESTAMP,
            meaning="The day the value belongs to",
            unit="UTC",
            other_headers=("Timestamp", "Partition Date"),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=f"{READ}; the release notes let {ADMIN} do as well",
    caveats=(
        "Values of different days or features must not be added: the same person counts in each of them.",
        "Days are in UTC; an average is that of the days with a value, at weekends too.",
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="values", how="rows", unit="values listed"),
            Measure(name="metrics", how="distinct", column="metric_key", unit="different metrics"),
            Measure(name="periods", how="distinct", column="partition_timestamp", unit="different timestamps"),
        ),
        metrics=Metrics(
            by="metric_key",
            at="partition_timestamp",
            value="metric_value",
            families=(
                Family(
                    name="chat_features",
                    keys=("space_interaction", "context_window_interaction", "select_files_to_chat"),
                ),
                Family(name="tools", prefix="message:tools:usage:", parts=("tool",)),
                Family(name="mcp_servers", prefix="mcp:server:tool:usage:", parts=("server", "tool")),
                Family(
                    name="knowledge_base",
                    keys=("kb_visit", "kb_document_upload", "kb_scope_created", "kb_document_search"),
                ),
                Family(
                    name="agentic_table",
                    keys=(
                        "agentic_table_sheet_creation",
                        "agentic_table_library_sheet_creation",
                        "agentic_table_sheet_deletion",
                        "agentic_table_sheet_completion",
                        "agentic_table_library_sheet_completion",
                        "agentic_table_cell_update",
                        "agentic_table_metadata_added_existing_sheet",
                        "agentic_table_metadata_added_new_sheet",
                    ),
                ),
            ),
            other=Family(name="other"),
        ),
        headline=(
            (
                "The chat feature of most people was {chat_features.metric}: {chat_features.average} on an average "
                "day, with use on {chat_features.days_with_use:day|days}."
            ),
            "The chat feature of most people was {chat_features.metric}: {chat_features.people:person|people}.",
            (
                "The tool of most people was {tools.tool}: {tools.average} on an average day, {tools.peak} at most, "
                "with use on {tools.days_with_use:day|days}."
            ),
            "The tool of most people was {tools.tool}: {tools.people:person|people}.",
            (
                "The MCP server of most people was {mcp_servers.server}: {mcp_servers.average} on an average day, "
                "with use on {mcp_servers.days_with_use:day|days}."
            ),
            "The MCP server of most people was {mcp_servers.server}: {mcp_servers.people:person|people}.",
        ),
        compared={"values": "values listed", "metrics": "different metrics"},
    ),
    options=(ASSISTANT,),
)

_MODEL_USAGE: Final = ReportType(
    name="MODEL_USAGE",
    backend="unique",
    title="Model usage",
    answers="What do which models, people, assistants and conversations cost, in money and tokens?",
    row="one call of a language model",
    columns=(
        Column(
            header="S/N",
            kind=ColumnKind.INTEGER,
            meaning="Serial number of the row",
            optional=True,
            other_headers=("Serial Number", "No"),
        ),
        Column(
            header="User ID",
            kind=ColumnKind.TEXT,
            meaning="Identifier of the person; may be a pseudonym",
            personal=True,
        ),
        Column(
            header="Assistant ID",
            kind=ColumnKind.TEXT,
            meaning="Identifier of the assistant (space), not its name",
            other_headers=("Space ID",),
        ),
        Column(header="Chat ID", kind=ColumnKind.TEXT, meaning="Identifier of the conversation"),
        Column(header="App ID", kind=ColumnKind.TEXT, meaning="Identifier of the application"),
        Column(
            header="Language Model",
            kind=ColumnKind.TEXT,
            meaning="Name of the language model",
            other_headers=("Model", "Model Name"),
        ),
        Column(
            header="Spent",
            kind=ColumnKind.DECIMAL,
            meaning="Cost of the call",
            unit=MONEY,
            adds_up=True,
            other_headers=("Cost", "Spend"),
        ),
        Column(
            header="Input Tokens",
            kind=ColumnKind.INTEGER,
            meaning="Tokens the model read",
            unit="tokens",
            adds_up=True,
            other_headers=("Prompt Tokens",),
        ),
        Column(
            header="Completion Tokens",
            kind=ColumnKind.INTEGER,
            meaning="Tokens the model wrote",
            unit="tokens",
            adds_up=True,
            other_headers=("Output Tokens",),
        ),
        Column(
            header="Timestamp",
            kind=ColumnKind.TIMESTAMP,
            meaning="When the model was called",
            unit="UTC",
            other_headers=("Created At",),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=BOTH_ROLES,
    caveats=(
        UNKNOWN_CURRENCY,
        "A question may take several calls: tokens of a call are not those of an answer.",
        (
            "People, assistants and conversations are ids: CHAT_INTERACTION with an assistant_id names that one; "
            "joined by chat_id, SELECT DISTINCT chat_id, space of CHAT_INTERACTION_DETAILED names all."
        ),
        PSEUDONYMS,
    ),
    summary=SummaryPlan(
        totals=(
            Measure(name="calls", how="rows", unit="model calls"),
            Measure(name="spent", how="sum", column="spent", unit=MONEY),
            Ratio(
                name="cost_per_1000_tokens",
                of=("spent",),
                per=("input_tokens", "completion_tokens"),
                times=1000,
                decimals=6,
                unit=f"{MONEY} for 1000 tokens of either kind",
            ),
            Measure(name="input_tokens", how="sum", column="input_tokens", unit="tokens"),
            Measure(name="completion_tokens", how="sum", column="completion_tokens", unit="tokens"),
            Measure(name="people", how="distinct", column="user_id", unit="people"),
            Measure(name="assistants", how="distinct", column="assistant_id", unit="assistants"),
            Measure(name="conversations", how="distinct", column="chat_id", unit="conversations"),
            Measure(name="models", how="distinct", column="language_model", unit="models"),
        ),
        groupings=(Grouping(name="day", column="timestamp", part="day"),),
        rankings=(
            Ranking(
                name="models",
                by=("language_model",),
                measures=("spent", "calls", "input_tokens", "completion_tokens", "cost_per_1000_tokens", "people"),
            ),
            Ranking(name="users", by=("user_id",), measures=("spent", "calls", "conversations")),
            Ranking(name="assistants", by=("assistant_id",), measures=("spent", "calls", "people")),
            Ranking(name="conversations", by=("chat_id",), measures=("spent", "calls")),
        ),
        trends=(Trend(name="daily", by="day", measures=("spent", "calls", "people")),),
        headline=(
            f"{{calls:model call|model calls}} cost {{spent}} in {MONEY}.",
            "{people:person|people} used models.",
            "A thousand tokens cost {cost_per_1000_tokens}.",
            "Of {models:model|models} {models.language_model} cost most: {models.spent} ({models.share_percent} %).",
        ),
        compared={"calls": "model calls", "spent": f"what they cost in {MONEY}"},
    ),
    options=(ASSISTANT,),
    lacks=(DEPARTMENTS, "budgets", "response times of models"),
)

_FEW_ANSWERS: Final = 30
"""Below this many the interval around a score is often wider than 50 points."""

_NPS: Final = ReportType(
    name="NPS",
    backend="unique",
    title="Net promoter score",
    answers="How satisfied are people, and what do detractors say?",
    row="one answer to the survey",
    columns=(
        Column(
            header="Score",
            kind=ColumnKind.INTEGER,
            meaning="From 0 to 10; 9 and 10 are promoters, 0 to 6 detractors",
            other_headers=("NPS Score", "Rating"),
        ),
        Column(
            header="Feedback",
            kind=ColumnKind.TEXT,
            meaning="Comment; often empty",
            free_text=True,
            other_headers=("Comment",),
        ),
        Column(
            header="Created By",
            kind=ColumnKind.TEXT,
            meaning="Mail address of the person, or a pseudonym",
            personal=True,
            other_headers=("Email", "User"),
        ),
        Column(
            header="Created At",
            kind=ColumnKind.TIMESTAMP,
            meaning="When the answer was given",
            unit="UTC",
            other_headers=("Timestamp", "Date"),
        ),
    ),
    max_days=LONGEST_DAYS,
    roles=BOTH_ROLES,
    caveats_without_rows=(WHO_IS_ASKED,),
    caveats=(
        WHO_IS_ASKED,
        "Scores must not be added: nps is the percentage of promoters (9, 10) less that of detractors (0 to 6).",
        (
            "The ends of its 95 % confidence interval, nps_low and nps_high, are adjusted Wald (Rocks 2016), of a "
            "change MOVER (Zou and Donner 2008): as if each answer were another person's."
        ),
        PSEUDONYMS,
        FREE_TEXT,
    ),
    summary=SummaryPlan(
        totals=(
            Ratio(
                name="nps",
                of=("promoters",),
                less=("detractors",),
                per=("responses",),
                times=100,
                unit="points from -100 to 100",
                few=_FEW_ANSWERS,
            ),
            Measure(
                name="responses", how="rows", where=Between("score", 0, 10), unit="answers with a score from 0 to 10"
            ),
            Measure(name="promoters", how="rows", where=Between("score", 9, 10), unit="answers"),
            Measure(name="passives", how="rows", where=Between("score", 7, 8), unit="answers"),
            Measure(name="detractors", how="rows", where=Between("score", 0, 6), unit="answers"),
            Bound(name="nps_low", end="low", of="promoters", less="detractors", per="responses", unit="points"),
            Bound(name="nps_high", end="high", of="promoters", less="detractors", per="responses", unit="points"),
            Measure(name="people", how="distinct", column="created_by", unit="people"),
        ),
        parts=(
            Measure(
                name="comments_of_detractors",
                how="rows",
                where=All((Between("score", 0, 6), Filled("feedback"))),
                unit="comments",
            ),
        ),
        groupings=(
            Grouping(name="score", column="score", part=Scale(0, 10)),
            Grouping(name="month", column="created_at", part="month"),
        ),
        trends=(
            Trend(name="scores", by="score", measures=("responses",)),
            Trend(
                name="monthly",
                by="month",
                measures=("nps", "nps_low", "nps_high", "responses", "promoters", "passives", "detractors"),
            ),
        ),
        headline=(
            (
                "The net promoter score is {nps}, with 95 % confidence between {nps_low} and {nps_high}: of "
                "{responses:answer|answers} {promoters:is|are} from promoters, {passives} from passives, "
                "{detractors} from detractors."
            ),
        ),
        compared={"nps": "the net promoter score", "responses": "answers with a score"},
        people="created_by",
        texts_asked=TextsAsked(
            counted="comments_of_detractors",
            sql="SELECT score, feedback FROM report WHERE score BETWEEN 0 AND 6 AND feedback IS NOT NULL "
            "ORDER BY score",
        ),
        texts_by="score",
    ),
    options=(ASSISTANT,),
    lacks=("how many people the survey asked",),
)

PLATFORM_REPORTS: Final = (_PRODUCT_METRICS, _MODEL_USAGE, _NPS)
