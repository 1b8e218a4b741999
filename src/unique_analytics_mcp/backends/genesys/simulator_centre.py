"""The invented contact centre: divisions, queues, agents and wrap-up codes, all from one seed.

Its agents are people of the invented firm. It does not know who speaks with whom on which day. Layer: backend,
simulator side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from uuid import UUID

from unique_analytics_mcp.simulator import build_firm

TIMEOUT_CODE = "ININ-WRAP-UP-TIMEOUT"
"""Written when an agent chose no code in time; built in, so it is in no list of codes."""

_PEOPLE_PER_AGENT = 10
_FEWEST_AGENTS = 6
_LEAVER_EVERY = 11
"""One agent in so many has left; the conversations stay."""
_DIVISIONS = ("Home", "Romandie", "Back Office")
_TEAMS = ("Team Arve", "Team Birs", "Team Ceresio")
_QUEUES = (
    ("Support DE", ("voice", "message", "chat"), 0, 20, 30),
    ("Support FR", ("voice", "message", "chat"), 1, 20, 14),
    ("Sales & Neukunden", ("voice", "callback", "chat"), 0, 30, 12),
    ("Claims; Schadenfälle", ("voice", "email"), 2, 60, 14),
    ("E-Mail Service", ("email",), 2, 14_400, 12),
    ("Complaints", ("voice", "email"), 0, 30, 5),
    ("VIP", ("voice", "message"), 1, 10, 4),
    ("ZZ Test (do not use)", ("voice",), 0, 20, 0),
)
"""Name, media, place of its division, seconds to answer within, weight; nothing reaches a queue of weight 0."""
_WRAP_UP_CODES = (
    "Frage beantwortet", "Rückruf vereinbart", "Beschwerde", "Adressänderung", "Offerte, versandt",
    "Weitergeleitet", "Falsch verbunden", '"Sonstiges"',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with an id and a name: a division, a team, a wrap-up code."""

    identity: str
    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Where conversations wait for an agent."""

    identity: str
    name: str
    division: Named
    media: tuple[str, ...]
    answer_within_ms: int
    """Whoever waits longer is over the service level."""
    service_target: float
    """The part that should be answered in time, from 0 to 1."""
    weight: int
    """How much of the traffic it gets."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers."""

    identity: str
    name: str
    mail: str
    team: Named
    division: Named
    queues: tuple[Queue, ...]
    is_active: bool
    """False once the agent has left the firm."""


@dataclass(frozen=True, slots=True)
class Centre:
    """Everything that does not change from day to day."""

    seed: int
    daily: float
    """Conversations of an ordinary working day."""
    divisions: tuple[Named, ...]
    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    wrap_up_codes: tuple[Named, ...]
    staff: Mapping[str, tuple[Agent, ...]]
    """Who works for a queue, by its id; at least one each."""

    def queue_of(self, rng: Random, medium: str) -> Queue:
        """Choose a queue that takes this medium, by its weight."""
        fitting = [queue for queue in self.queues if medium in queue.media]
        return rng.choices(fitting, [queue.weight for queue in fitting])[0]

    def agent_of(self, rng: Random, queue: Queue) -> Agent:
        """Choose an agent who works for this queue."""
        return rng.choice(self.staff[queue.identity])


def build_centre(seed: int, users: int) -> Centre:
    """Invent the contact centre of a firm with so many people; equal arguments give equal centres."""
    divisions = _named(seed, "division", _DIVISIONS)
    queues = tuple(_queue(seed, number, divisions) for number in range(len(_QUEUES)))
    agents = _agents(seed, users, divisions, queues)
    return Centre(
        seed=seed,
        daily=0.6 * users,
        divisions=divisions,
        queues=queues,
        agents=agents,
        wrap_up_codes=_named(seed, "wrapup", _WRAP_UP_CODES),
        staff={queue.identity: tuple(agent for agent in agents if queue in agent.queues) for queue in queues},
    )


def random_uuid(rng: Random) -> str:
    """Give an id as the platform makes them."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def _named(seed: int, kind: str, names: tuple[str, ...]) -> tuple[Named, ...]:
    return tuple(Named(random_uuid(Random(f"{seed}/{kind}/{name}")), name) for name in names)


def _queue(seed: int, number: int, divisions: tuple[Named, ...]) -> Queue:
    name, media, division, seconds, weight = _QUEUES[number]
    return Queue(
        identity=random_uuid(Random(f"{seed}/queue/{name}")),
        name=name,
        division=divisions[division],
        media=media,
        answer_within_ms=seconds * 1_000,
        service_target=0.8,
        weight=weight,
    )


def _agents(seed: int, users: int, divisions: tuple[Named, ...], queues: tuple[Queue, ...]) -> tuple[Agent, ...]:
    rng = Random(f"{seed}/agents")
    teams = _named(seed, "team", _TEAMS)
    people = build_firm(seed, max(_FEWEST_AGENTS, users // _PEOPLE_PER_AGENT)).people
    return tuple(
        Agent(
            identity=random_uuid(rng),
            name=person.name,
            mail=person.mail,
            team=teams[number % len(teams)],
            division=divisions[number % len(divisions)],
            queues=_skills(rng, number, queues),
            is_active=number % _LEAVER_EVERY != _LEAVER_EVERY - 1,
        )
        for number, person in enumerate(people)
    )


def _skills(rng: Random, number: int, queues: tuple[Queue, ...]) -> tuple[Queue, ...]:
    """Each queue has an agent, however few there are, and each agent a few queues."""
    own = {place for place in range(len(queues)) if place % _FEWEST_AGENTS == number % _FEWEST_AGENTS}
    return tuple(queues[place] for place in sorted(own | {rng.randrange(len(queues)) for _ in range(3)}))
