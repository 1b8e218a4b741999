"""The names behind the ids of the pretend contact centre: queues, wrap-up codes, users, in pages; and the organisation.

Paging as every list of the API has it: `pageSize` (25 if not given, at most 500), `pageNumber` from 1, `entities`,
`pageCount`, `nextUri` while there is a next page. Layer: backend, simulator side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

from unique_analytics_mcp.backends.genesys import simulator_answers as answers
from unique_analytics_mcp.backends.genesys.simulator_centre import Agent, Centre, Named, random_uuid
from unique_analytics_mcp.backends.genesys.simulator_tree import Json
from unique_analytics_mcp.simulator import Refusal

_LARGEST_PAGE = 500


def queues(centre: Centre) -> list[Json]:
    """Give the queues."""
    return [
        {
            "id": queue.identity,
            "name": queue.name,
            "division": _reference(queue.division),
            "mediaSettings": {
                "call": {
                    "serviceLevel": {"percentage": queue.service_target, "durationMs": queue.answer_within_ms},
                }
            },
            "selfUri": f"/api/v2/routing/queues/{queue.identity}",
        }
        for queue in centre.queues
    ]


def wrap_up_codes(centre: Centre) -> list[Json]:
    """Give the wrap-up codes; those built in are not among them."""
    return [
        {"id": code.identity, "name": code.name, "selfUri": f"/api/v2/routing/wrapupcodes/{code.identity}"}
        for code in centre.wrap_up_codes
    ]


def users(centre: Centre, state: str) -> list[Json]:
    """Give the users who are `active`, `inactive` or `any` of both.

    Raises:
        Refusal: 400, it is another word.
    """
    kept = {"active": (True,), "inactive": (False,), "any": (True, False)}.get(state)
    if kept is None:
        raise Refusal(answers.bad(f"The state {state} is not valid.", "invalid.value"))
    return [_user(agent) for agent in centre.agents if agent.is_active in kept]


def organisation(seed: int) -> Json:
    """Give the organisation that the client belongs to."""
    identity = random_uuid(Random(f"{seed}/organisation"))
    return {"id": identity, "name": "Nordwind (simulated)", "thirdPartyOrgName": "nordwind", "state": "active"}


def page(path: str, query: Mapping[str, str], entities: Sequence[Json]) -> Json:
    """Give a page of a list.

    Raises:
        Refusal: 400, there can be no such page.
    """
    size, number = whole_number(query, "pageSize", 25), whole_number(query, "pageNumber", 1)
    if size > _LARGEST_PAGE:
        raise Refusal(answers.bad(f"The page size must not exceed {_LARGEST_PAGE}.", "invalid.value"))
    pages = -(-len(entities) // size)

    def uri(of: int) -> str:
        others = "".join(f"&{name}={value}" for name, value in query.items() if name not in {"pageSize", "pageNumber"})
        return f"{path}?pageSize={size}&pageNumber={of}{others}"

    found: Json = {
        "entities": list(entities[(number - 1) * size : number * size]),
        "pageSize": size,
        "pageNumber": number,
        "total": len(entities),
        "pageCount": pages,
        "firstUri": uri(1),
        "selfUri": uri(number),
        "lastUri": uri(max(1, pages)),
    }
    if number > 1:
        found["previousUri"] = uri(number - 1)
    return found | ({"nextUri": uri(number + 1)} if number < pages else {})


def _user(agent: Agent) -> Json:
    return {
        "id": agent.identity,
        "name": agent.name,
        "email": agent.mail,
        "username": agent.mail,
        "state": "active" if agent.is_active else "inactive",
        "division": _reference(agent.division),
        "selfUri": f"/api/v2/users/{agent.identity}",
    }


def _reference(named: Named) -> Json:
    return {"id": named.identity, "name": named.name}


def whole_number(query: Mapping[str, str], name: str, usual: int) -> int:
    """Read a number from 1 that stands in the address.

    Raises:
        Refusal: 400, it is none.
    """
    text = query.get(name, str(usual))
    if not re.fullmatch("[0-9]{1,15}", text) or int(text) < 1:
        raise Refusal(answers.bad(f"The value of {name} must be a number from 1.", "invalid.value"))
    return int(text)
