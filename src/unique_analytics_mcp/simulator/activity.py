"""What the people of the invented firm do on one day: chats, model calls, citations, uploads, surveys, features.

A day's events follow from the firm and the date alone, so a month is the sum of its days and two reports of
one day agree. Each kind of event draws from a random stream of its own. It knows no report. Layer: simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from random import Random
from typing import NamedTuple

from unique_analytics_mcp.simulator import vocabulary
from unique_analytics_mcp.simulator.calendar import ZURICH, activity_level
from unique_analytics_mcp.simulator.firm import Assistant, Document, Firm, Model, Person, popularity

_HOUR_WEIGHTS = (0.1, 0, 0, 0, 0, 0.1, 0.6, 3, 8, 11, 11, 8, 4, 7, 10, 10, 8, 5, 2, 1, 0.8, 0.6, 0.4, 0.2)
_HOURS = range(len(_HOUR_WEIGHTS))
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_DEVICES = ("desktop", "tablet", "other")
_DEVICE_WEIGHTS = (95, 4, 1)
"""For those who are not on the telephone."""
_SECOND_CALL_CHANCE = 0.15
_CITING_TOOL = "InternalSearch"
_TOOL_CHANCE = 0.6
_UPLOAD_CHANCE = 0.25
_SURVEY_CHANCE = 0.012
_COMMENT_CHANCE = 0.45
_SURVEY_ZEAL = 0.5
"""The survey only meets people who chat a lot, as the platform's does."""
_DETRACTOR, _PASSIVE = 6, 8
"""The highest score of each group."""
_SCORE_WEIGHTS = (1, 1, 1, 2, 3, 6, 8, 14, 22, 24, 18)


class Interaction(NamedTuple):
    """One question with its answer."""

    person: Person
    assistant: Assistant
    day: date
    """In Europe/Zurich."""
    at_ms: int
    """Milliseconds since that day's midnight."""
    device: str
    """desktop, smartphone, tablet or other."""
    chat_id: str


class Exchange(NamedTuple):
    """What was said in an interaction."""

    interaction: Interaction
    message: str
    answer: str


class ModelCall(NamedTuple):
    """One call of a language model; an interaction makes one or two."""

    interaction: Interaction
    model: Model
    input_tokens: int
    completion_tokens: int
    spent: Decimal
    """In the deployment's currency, with six decimals."""


class Citation(NamedTuple):
    """An answer that names a document as its source."""

    document: Document
    assistant: Assistant


class Upload(NamedTuple):
    """What one person uploaded on a day."""

    person: Person
    assistant: Assistant
    files: int
    pages: int


class Survey(NamedTuple):
    """One answer to the question whether one would recommend the platform."""

    person: Person
    assistant: Assistant
    day: date
    at_ms: int
    score: int
    """0 to 10."""
    feedback: str
    """Often empty."""


class FeatureUse(NamedTuple):
    """A person used a feature on a day; the same use may occur more than once."""

    metric_key: str
    person: Person
    assistant: Assistant


def moment(day: date, at_ms: int) -> datetime:
    """Give the UTC moment of a wall-clock time in Europe/Zurich."""
    local = datetime.combine(day, time.min, ZURICH) + timedelta(milliseconds=at_ms)
    return local.astimezone(UTC)


def interactions(firm: Firm, day: date) -> list[Interaction]:
    """Give a day's interactions by time; empty before the launch."""
    rng = _stream(firm, day, "chats")
    level = activity_level(day) * rng.gauss(1, 0.05)
    found = [
        event for person in firm.people if rng.random() < person.zeal * level for event in _chats(rng, person, day)
    ]
    return sorted(found, key=attrgetter("at_ms"))


def exchanges(firm: Firm, day: date) -> Iterator[Exchange]:
    """Give a day's interactions by time, with what was said."""
    rng = _stream(firm, day, "texts")
    for interaction in interactions(firm, day):
        topic = rng.choice(vocabulary.TOPICS)
        message, answer = rng.choice(vocabulary.QUESTIONS), rng.choice(vocabulary.ANSWERS)
        yield Exchange(interaction, message.format(topic=topic), answer.format(topic=topic))


def model_calls(firm: Firm, day: date) -> Iterator[ModelCall]:
    """Give a day's model calls by time."""
    rng = _stream(firm, day, "calls")
    for interaction in interactions(firm, day):
        yield _model_call(rng, interaction)
        if rng.random() < _SECOND_CALL_CHANCE:
            yield _model_call(rng, interaction)


def citations(firm: Firm, day: date) -> Iterator[Citation]:
    """Give the sources named in a day's answers; a document is never cited before it was uploaded."""
    rng = _stream(firm, day, "citations")
    weights = popularity(len(firm.documents))
    for interaction in interactions(firm, day):
        if _CITING_TOOL in interaction.assistant.tools:
            cited = rng.choices(firm.documents, weights, k=rng.randint(0, 3))
            yield from (Citation(file, interaction.assistant) for file in cited if file.uploaded <= day)


def uploads(firm: Firm, day: date) -> Iterator[Upload]:
    """Give what the curators uploaded on a day, at most one entry each."""
    rng = _stream(firm, day, "uploads")
    chance = activity_level(day) * _UPLOAD_CHANCE
    for person in firm.people:
        if person.is_curator and rng.random() < chance:
            files = 1 + int(rng.expovariate(0.5))
            pages = sum(1 + int(rng.expovariate(1 / 14)) for _ in range(files))
            yield Upload(person, person.favourites[0], files, pages)


def surveys(firm: Firm, day: date) -> Iterator[Survey]:
    """Give a day's survey answers by time, from people who chatted on it."""
    rng = _stream(firm, day, "surveys")
    asked: set[str] = set()
    for interaction in interactions(firm, day):
        person = interaction.person
        if person.user_id in asked or person.zeal < _SURVEY_ZEAL:
            continue
        asked.add(person.user_id)
        if rng.random() < _SURVEY_CHANCE:
            yield _survey(rng, interaction)


def feature_uses(firm: Firm, day: date) -> Iterator[FeatureUse]:
    """Give a day's uses of features, tools and MCP servers, in no particular order."""
    rng = _stream(firm, day, "features")
    met: set[str] = set()
    for interaction in interactions(firm, day):
        person, assistant = interaction.person, interaction.assistant
        yield from (FeatureUse(key, person, assistant) for key in _tools_used(rng, assistant))
        yield FeatureUse("space_interaction", person, assistant)
        if person.user_id not in met:
            met.add(person.user_id)
            yield from (FeatureUse(key, person, assistant) for key in _features_used(rng))
    yield from (FeatureUse("kb_document_upload", upload.person, upload.assistant) for upload in uploads(firm, day))


def _stream(firm: Firm, day: date, kind: str) -> Random:
    return Random(f"{firm.seed}/{kind}/{day}")


def _chats(rng: Random, person: Person, day: date) -> Iterator[Interaction]:
    for _ in range(1 + int(rng.expovariate(1.1))):
        favourite = min(int(rng.expovariate(1.3)), len(person.favourites) - 1)
        device, chat_id = _device(rng, person), f"chat_{rng.getrandbits(96):024x}"
        for at_ms in _question_times(rng):
            yield Interaction(person, person.favourites[favourite], day, at_ms, device, chat_id)


def _question_times(rng: Random) -> Iterator[int]:
    at_ms = rng.choices(_HOURS, _HOUR_WEIGHTS)[0] * _HOUR_MS + int(rng.random() * _HOUR_MS)
    for _ in range(1 + int(rng.expovariate(0.6))):
        if at_ms < _DAY_MS:
            yield at_ms
        at_ms += 20_000 + int(rng.expovariate(1 / 120_000))


def _device(rng: Random, person: Person) -> str:
    if rng.random() < person.phone_share:
        return "smartphone"
    return rng.choices(_DEVICES, _DEVICE_WEIGHTS)[0]


def _model_call(rng: Random, interaction: Interaction) -> ModelCall:
    model = interaction.assistant.model
    into, out = int(rng.lognormvariate(7.2, 0.8)), int(rng.lognormvariate(5.6, 0.7))
    spent = (into * model.input_price + out * model.completion_price) / 1_000_000
    return ModelCall(interaction, model, into, out, round(spent, 6))


def _survey(rng: Random, interaction: Interaction) -> Survey:
    score = rng.choices(range(11), _SCORE_WEIGHTS)[0]
    feedback = rng.choice(_feedback(score)) if rng.random() < _COMMENT_CHANCE else ""
    return Survey(interaction.person, interaction.assistant, interaction.day, interaction.at_ms, score, feedback)


def _feedback(score: int) -> tuple[str, ...]:
    if score <= _DETRACTOR:
        return vocabulary.FEEDBACK_DETRACTORS
    return vocabulary.FEEDBACK_PASSIVES if score <= _PASSIVE else vocabulary.FEEDBACK_PROMOTERS


def _tools_used(rng: Random, assistant: Assistant) -> Iterator[str]:
    for tool in assistant.tools:
        if rng.random() < _TOOL_CHANCE:
            yield f"mcp:server:tool:usage:{tool}" if "." in tool else f"message:tools:usage:{tool}"


def _features_used(rng: Random) -> Iterator[str]:
    return (key for key, share in vocabulary.CHAT_FEATURES if rng.random() < share)
