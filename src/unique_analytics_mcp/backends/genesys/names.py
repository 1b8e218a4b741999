"""Names of queues, people and wrap-up codes: looked up, remembered for a while, and found again from what people write.

Three lists of the platform (genesys-api.md 1.2), read to their last page. A list that the client may not read leaves
ids without names, which is said; a name that nobody has is refused with the nearest ones, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal

import anyio
from anyio import to_thread

from unique_analytics_mcp.backends._answers import Call
from unique_analytics_mcp.backends.genesys import refusals, wire
from unique_analytics_mcp.domain.request import comma_separated
from unique_analytics_mcp.errors import InvalidRequest, NotAllowed

if TYPE_CHECKING:
    from unique_analytics_mcp.backends.genesys.api import Api

Kind = Literal["queue", "user", "wrap_up_code"]

_PAGE: Final = 100
_MOST_PAGES: Final = 1_000
"""Beyond 100 000 names something repeats itself."""
_OF_A_PAGE: Final = frozenset({"entities", "total", "pageCount"})
"""What a page of a list says, be it empty."""
_REMEMBERED: Final = timedelta(minutes=15)
_SHOWN: Final = 8
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|ININ-[A-Z0-9-]+", re.IGNORECASE)
"""UUIDs, and the built-in wrap-up words such as `ININ-WRAP-UP-TIMEOUT`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Where the names of one kind are."""

    path: str
    things: str
    permission: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])


_LISTS: Final[Mapping[Kind, _List]] = {
    "queue": _List(path="/api/v2/routing/queues", things="queues", permission="routing:queue:view"),
    "user": _List(
        path="/api/v2/users",
        things="users",
        permission="that lets it list users",
        query={"state": "any"},  # people who have left are in old reports
    ),
    "wrap_up_code": _List(
        path="/api/v2/routing/wrapupcodes", things="wrap-up codes", permission="routing:wrapupCode:view"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one kind."""

    by_id: Mapping[str, str] = field(default_factory=dict[str, str])
    hidden: str = ""
    """Why there are none, as a sentence; empty when the list could be read."""

    def of(self, id_: str) -> str:
        """The name of an id, or the id itself where none is known; a built-in word is its own name."""
        return self.by_id.get(id_) or id_

    def of_all(self, ids: Sequence[str]) -> str:
        """The names of some ids joined by `;`, each once."""
        return ";".join(dict.fromkeys(map(self.of, ids)))


NO_NAMES: Final = Names()


class Directory:
    """The names of one organisation."""

    def __init__(self, api: Api, *, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now
        self._one_at_a_time = anyio.Lock()
        self._known: dict[Kind, tuple[datetime, Names]] = {}

    async def names(self, kind: Kind) -> Names:
        """The names of that kind, at most a quarter of an hour old.

        Raises:
            BackendError: they cannot be read for another reason than a missing permission.
        """
        async with self._one_at_a_time:
            read_at, known = self._known.get(kind, (None, NO_NAMES))
            if read_at is None or abs(self._now() - read_at) > _REMEMBERED:  # a clock may be set back
                known = await self._read(kind)
                self._known[kind] = (self._now(), known)
            return known

    async def ids(self, kind: Kind, written: str) -> Sequence[str]:
        """The ids of what was written: names in any case, or ids, separated by commas.

        Raises:
            InvalidRequest: nothing, or a name that nobody has, or several have.
            NotAllowed: the names cannot be read, and what was written is no id.
        """
        words = comma_separated(written)
        if not words:
            raise InvalidRequest(f"{kind} names nothing.", hint=f"Give {kind} by its name or id, or leave it out.")
        if all(_ID.fullmatch(word) for word in words):
            return list(dict.fromkeys(map(_as_the_platform_writes, words)))
        names = await self.names(kind)
        if names.hidden:
            raise NotAllowed(names.hidden, hint=f"Give {kind} as an id, or ask an administrator for the permission.")
        return await to_thread.run_sync(_all_found, names, kind, written)

    async def _read(self, kind: Kind) -> Names:
        try:
            return Names(by_id={id_: name async for id_, name in self._entries(_LISTS[kind])})
        except NotAllowed:
            place = _LISTS[kind]
            return Names(
                hidden=f"{place.things.capitalize()} are shown by id alone: the OAuth client lacks the permission "
                f"{place.permission}."
            )

    async def _entries(self, place: _List) -> AsyncGenerator[tuple[str, str]]:
        for number in range(1, _MOST_PAGES + 1):
            page = wire.mapping((await self._api.send(_page_call(place, number))).body)
            if not page.keys() & _OF_A_PAGE:
                raise wire.without(place.things)
            entities = wire.mappings(page.get("entities"))
            for entity in entities:
                yield wire.text(entity.get("id")), wire.text(entity.get("name"))
            if not entities or number >= (wire.number(page.get("pageCount")) or _MOST_PAGES):
                return


def _page_call(place: _List, number: int) -> Call:
    return Call(
        method="GET",
        path=place.path,
        route=place.path,
        repeatable=True,
        of_report=True,  # or of a filter: a long list begun anew after each limit of a minute would never end
        query={**place.query, "pageSize": _PAGE, "pageNumber": number},
        explain=refusals.of_call(f"the names of {place.things}", place.permission),
    )


def _all_found(names: Names, kind: Kind, written: str) -> Sequence[str]:
    """The ids of what was written; half a second's work where the nearest of twenty thousand names are to be found."""
    whole = written.strip()
    named = [whole] if _holders(names, whole) else comma_separated(written)  # a name may hold a comma
    return list(dict.fromkeys(_found(names, kind, word) for word in named))


def _found(names: Names, kind: Kind, word: str) -> str:
    if word in names.by_id:
        return word
    if _ID.fullmatch(word):
        return _as_the_platform_writes(word)
    holders = _holders(names, word)
    if len(holders) == 1:
        return holders[0]
    if holders:
        raise InvalidRequest(
            f"{len(holders)} {_LISTS[kind].things} are called {_shown(word)}.",
            hint=f"Give {kind} as an id: {', '.join(holders[:_SHOWN])}.",
        )
    raise InvalidRequest(
        f"Genesys Cloud has no {kind.replace('_', '-')} called {_shown(word)}.",
        hint=f"Give {kind} by its name or id. {_candidates(names, word)}",
    )


def _as_the_platform_writes(id_: str) -> str:
    """An id in the letters it is stored in: another spelling would match nothing, in silence."""
    return id_.upper() if id_.upper().startswith("ININ-") else id_.lower()


def _holders(names: Names, word: str) -> Sequence[str]:
    folded = word.casefold()
    return [id_ for id_, name in names.by_id.items() if name.casefold() == folded]


def _candidates(names: Names, word: str) -> str:
    """The names that come nearest, or the first ones where none is near."""
    by_folded = {name.casefold(): name for name in names.by_id.values()}
    near = get_close_matches(word.casefold(), list(by_folded), n=_SHOWN, cutoff=0.5)
    near += [name for name in by_folded if word.casefold() in name and name not in near]
    said = [_shown(by_folded[name]) for name in (near or sorted(by_folded))[:_SHOWN]]
    lead = "The nearest are" if near else "There are"
    return f"{lead}: {', '.join(said)}." if said else "There are none that this client may see."


def _shown(name: str) -> str:
    """A name short and on one line: administrators write them."""
    return repr("".join(sign if sign.isprintable() else " " for sign in name)[:60])


def hidden(names: Mapping[str, Names]) -> Iterator[str]:
    """Why there are no names, one sentence for each kind that has none."""
    return (each.hidden for each in names.values() if each.hidden)


_JOINED: Final[Mapping[Kind, tuple[str, str]]] = {
    "queue": ("queue_names", "queue_ids"),
    "user": ("agent_names", "agent_ids"),
    "wrap_up_code": ("wrap_up_code_names", "wrap_up_codes"),
}
"""Columns that hold several names of a kind, and the column of their ids."""


def divided(names: Mapping[str, Names]) -> Iterator[str]:
    """Which columns cannot be split into names, because a name holds what joins them."""
    for kind, (joined, ids) in _JOINED.items():
        if any(";" in name for name in names.get(kind, NO_NAMES).by_id.values()):
            yield f"A name in {joined} may hold a ; itself: split {ids} instead."
