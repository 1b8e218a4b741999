"""The invented firm: its people, assistants, models and documents, all from one seed.

It does not know what anybody does on which day (`activity`) nor what a report looks like. Layer: simulator.
"""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from unique_analytics_mcp.simulator import vocabulary
from unique_analytics_mcp.simulator.calendar import LAUNCH

_ALPHANUMERICS = string.ascii_lowercase + string.digits
_DOCUMENTS = 240
_SHAREPOINT_CHANCE = 0.4
_POPULARITY_EXPONENT = 1.1
_RANK_SPREAD = 5
"""How far the seed may move an assistant from its place in the vocabulary."""
_FAVOURITES = 4
_CURATOR_EVERY = 9
"""One person in so many looks after documents."""
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "é": "e", "è": "e", "ë": "e", "à": "a", "ò": "o", " ": "."})


@dataclass(frozen=True, slots=True)
class Model:
    """A language model and what it costs."""

    name: str
    input_price: Decimal
    """For a million input tokens, in the deployment's currency."""
    completion_price: Decimal
    """For a million completion tokens, in the deployment's currency."""


@dataclass(frozen=True, slots=True)
class Assistant:
    """A space people chat in."""

    assistant_id: str
    name: str
    model: Model
    tools: tuple[str, ...]
    """A name with a dot is the host of an MCP server, any other a tool of the platform."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    user_id: str
    name: str
    mail: str
    zeal: float
    """Chance to chat on a full working day, from 0 to 1."""
    favourites: tuple[Assistant, ...]
    """The assistants this person uses, the dearest first."""
    phone_share: float
    """The part of this person's chats held on a telephone, from 0 to 1."""
    is_curator: bool
    """True when this person uploads documents."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file in the knowledge base."""

    name: str
    uploader: str
    """A mail address, or a generic id for what came from SharePoint."""
    source: str
    folder: str
    uploaded: date


@dataclass(frozen=True, slots=True)
class Firm:
    """Everything about the firm that does not change from day to day."""

    seed: int
    people: tuple[Person, ...]
    assistants: tuple[Assistant, ...]
    """The most popular first."""
    documents: tuple[Document, ...]
    """The most cited first."""


def build_firm(seed: int, users: int) -> Firm:
    """Invent a firm with so many people; equal arguments give equal firms."""
    assistants = _assistants(seed)
    people = _people(Random(f"{seed}/people"), users, assistants)
    return Firm(seed, people, assistants, _documents(Random(f"{seed}/documents"), people))


def identifier(prefix: str, key: str) -> str:
    """Give an id as the platform makes them: the prefix, `_`, and 24 lowercase letters and digits.

    The same key always gives the same id.
    """
    return f"{prefix}_{''.join(Random(key).choices(_ALPHANUMERICS, k=24))}"


def popularity(count: int) -> list[float]:
    """Give the weights of ranks 1 to `count`: few are popular, most are hardly used."""
    return [1 / rank**_POPULARITY_EXPONENT for rank in range(1, count + 1)]


def _assistants(seed: int) -> tuple[Assistant, ...]:
    models = [Model(name, Decimal(into), Decimal(out)) for name, into, out in vocabulary.MODELS]
    found = [
        Assistant(identifier("assistant", f"{seed}/{name}"), name, models[model], tools)
        for name, model, tools in vocabulary.ASSISTANTS
    ]
    rng = Random(f"{seed}/assistants")
    ranks = {assistant.assistant_id: place + rng.uniform(0, _RANK_SPREAD) for place, assistant in enumerate(found)}
    return tuple(sorted(found, key=lambda assistant: ranks[assistant.assistant_id]))


def _people(rng: Random, users: int, assistants: tuple[Assistant, ...]) -> tuple[Person, ...]:
    weights = popularity(len(assistants))
    namesakes: Counter[str] = Counter()
    return tuple(_person(rng, number, assistants, weights, namesakes) for number in range(users))


def _person(
    rng: Random, number: int, assistants: tuple[Assistant, ...], weights: list[float], namesakes: Counter[str]
) -> Person:
    name = _name(rng)
    return Person(
        user_id=str(268834226248000000 + number * 1009),
        name=name,
        mail=_mail(name, namesakes),
        zeal=rng.betavariate(1.1, 1.6),
        favourites=tuple(dict.fromkeys(rng.choices(assistants, weights, k=_FAVOURITES))),
        phone_share=rng.betavariate(0.6, 4),
        is_curator=number % _CURATOR_EVERY == 0,
    )


def _name(rng: Random) -> str:
    surname = rng.choice(vocabulary.SURNAME_STARTS) + rng.choice(vocabulary.SURNAME_ENDS)
    return f"{rng.choice(vocabulary.FIRST_NAMES)} {surname}"


def _mail(name: str, namesakes: Counter[str]) -> str:
    local = name.lower().translate(_ASCII)
    namesakes[local] += 1
    number = namesakes[local] if namesakes[local] > 1 else ""
    return f"{local}{number}@{vocabulary.MAIL_DOMAIN}"


def _documents(rng: Random, people: tuple[Person, ...]) -> tuple[Document, ...]:
    curators = [person for person in people if person.is_curator]
    return tuple(_document(rng, number, curators) for number in range(1, _DOCUMENTS + 1))


def _document(rng: Random, number: int, curators: list[Person]) -> Document:
    from_sharepoint = rng.random() < _SHAREPOINT_CHANCE
    subject, ending = rng.choice(vocabulary.DOCUMENT_SUBJECTS), rng.choice(vocabulary.DOCUMENT_ENDINGS)
    return Document(
        name=f"{subject} {number:03}.{ending}",
        uploader="sharepoint-connector" if from_sharepoint else rng.choice(curators).mail,
        source="MICROSOFT_365_SHAREPOINT" if from_sharepoint else "UNIQUE_BLOB_STORAGE",
        folder=rng.choice(vocabulary.FOLDERS),
        uploaded=LAUNCH + timedelta(days=int(rng.triangular(0, 900, 0))),
    )
