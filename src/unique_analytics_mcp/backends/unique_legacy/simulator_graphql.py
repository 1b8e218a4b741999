"""The little GraphQL that the pretend older API understands: one list, one mutation.

A document is read only as far as needed: which of the two it asks for, and which fields of an order it selects. As a
GraphQL server it answers a question it does not understand with 400, and one that fails with 200 and `errors`. Written
from "Analytics API" (S001, read 2026-11-21); codes of errors are Apollo's. Layer: backend, simulator side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from starlette.responses import JSONResponse, Response

from unique_analytics_mcp.simulator import Refusal
from unique_analytics_mcp.simulator.unique.answers import is_json

FIELDS = frozenset(
    ("id", "type", "state", "createdAt", "updatedAt", "stateUpdatedAt", "createdBy", "companyId", "configuration")
)
"""What an order of the older API consists of."""

Field: TypeAlias = Literal["analyticsOrders", "analyticsOrderDelete"]

_LARGEST_INT = 2**31 - 1
_ASKED = re.compile(r"\b(analyticsOrders|analyticsOrderDelete)\s*\(([^()]*)\)")
_ARGUMENT = re.compile(r"(\w+)\s*:\s*\$(\w+)[\s,]*")
_SELECTED = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """What a document asks for."""

    field: Field
    selected: Sequence[str]
    """Names of the fields of an order."""
    arguments: Mapping[str, object]

    def number(self, name: str, default: int) -> int:
        """Give an argument that is a whole number from 0.

        Raises:
            Refusal: 400, when it is anything else.
        """
        value = self.arguments.get(name)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_INT:
            raise Refusal(misunderstood(f'Variable "${name}" got invalid value; Int cannot represent it.'))
        return value

    @property
    def is_newest_first(self) -> bool:
        """True when the newest orders are asked for first; without an order they come oldest first."""
        return self.arguments.get("orderBy") == [{"createdAt": "desc"}]


def asked_field(body: bytes) -> Field | None:
    """Say what a request's body asks for; None for anything else."""
    found = _ASKED.search(body.decode(errors="replace"))
    return cast("Field", found[1]) if found else None


def read_question(body: bytes, content_type: str) -> Question:
    """Read a request's body, which must say that it is JSON.

    Raises:
        Refusal: 400, when it is no question this API understands.
    """
    try:
        given = cast("Mapping[str, object]", json.loads(body if is_json(content_type) else b""))
        document = str(given["query"])
        variables = dict(cast("Mapping[str, object]", given.get("variables") or {}))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refusal(misunderstood("POST body missing, invalid Content-Type, or JSON object has no keys.")) from error
    asked, braces = _ASKED.search(document), _SELECTED.search(document)
    if asked is None or braces is None:
        raise Refusal(misunderstood("Syntax Error: Unexpected <EOF>."))
    selected = _WORD.findall(braces[1])
    for name in selected:
        if name not in FIELDS:
            raise Refusal(misunderstood(f'Cannot query field "{name}" on type "AnalyticsOrder".'))
    return Question(cast("Field", asked[1]), selected, _arguments(asked[2], variables))


def _arguments(written: str, variables: Mapping[str, object]) -> Mapping[str, object]:
    if _ARGUMENT.sub("", written).strip():
        raise Refusal(misunderstood("The simulated API reads no values in a question: give them as variables."))
    return {name: variables.get(variable) for name, variable in _ARGUMENT.findall(written)}


def told(field: Field, value: object) -> Response:
    """Answer a question."""
    return JSONResponse({"data": {field: value}})


def misunderstood(message: str) -> Response:
    """Refuse a question that cannot be understood."""
    return JSONResponse({"errors": [_error(message, "GRAPHQL_VALIDATION_FAILED")]}, status_code=400)


def failed(message: str, code: str) -> Response:
    """Answer a question that could not be carried out: with status 200, as GraphQL does."""
    return JSONResponse({"errors": [_error(message, code)], "data": None})


def _error(message: str, code: str) -> dict[str, object]:
    return {"message": message, "extensions": {"code": code}}
