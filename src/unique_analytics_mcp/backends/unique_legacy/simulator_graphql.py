"""The little GraphQL that the pretend older API understands: one list, one mutation.

A document is read only as far as needed: which of the two it asks for, with which variables, and which fields of an
order it selects. As a GraphQL server it answers a question it does not understand with 400, and one that fails with 200
and `errors`. Written from "Analytics API" (S001, read 2026-11-21); codes of errors are Apollo's. Layer: backend,
simulator side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
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

_Document: TypeAlias = Mapping[str, object]
"""An order, whole or in part."""

_SORTABLE = FIELDS - {"configuration"}
_LARGEST_INT = 2**31 - 1
_ASKED = re.compile(r"\b(analyticsOrders|analyticsOrderDelete)\s*(?:\(([^()]*)\)\s*)?\{([^{}]*)\}")
"""A field, its arguments, and what is selected of it: the innermost braces."""
_MUTATION = re.compile(r"\s*mutation\b")
_DECLARED = re.compile(r"\$(\w+)\s*:")
_ARGUMENT = re.compile(r"(\w+)\s*:\s*\$(\w+)[\s,]*")
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

    def required_text(self, name: str) -> str:
        """Give an argument that is a text and must be there.

        Raises:
            Refusal: 400, when it is not.
        """
        value = self.arguments.get(name)
        if not isinstance(value, str):
            raise Refusal(misunderstood(f'Variable "${name}" of required type "String!" was not provided.'))
        return value

    def sorted(self, oldest_first: Sequence[_Document]) -> Sequence[_Document]:
        """Give the orders as `orderBy` wants them; what it leaves equal comes newest first when it ends with desc.

        Raises:
            Refusal: 400, when it names a field or a direction there is not.
        """
        ways = list(self._ways())
        found = list(reversed(oldest_first) if ways and ways[-1][1] else oldest_first)
        for name, is_descending in reversed(ways):
            found.sort(key=lambda document: str(document[name]), reverse=is_descending)
        return found

    def selection(self, document: _Document) -> _Document:
        """Give what was asked for of an order."""
        return {name: document[name] for name in self.selected}

    def _ways(self) -> Iterator[tuple[str, bool]]:
        """Give the fields to sort by, the weightiest first, and whether their largest values come first."""
        given = self.arguments.get("orderBy")
        one = () if given is None else (given,)
        entries = cast("Sequence[object]", given) if isinstance(given, list) else one
        for entry in entries:
            pairs = list(cast("Mapping[str, object]", entry).items()) if isinstance(entry, dict) else []
            if len(pairs) != 1 or pairs[0][0] not in _SORTABLE or pairs[0][1] not in ("asc", "desc"):
                raise Refusal(misunderstood('Variable "$orderBy" got invalid value.'))
            yield pairs[0][0], pairs[0][1] == "desc"


def asked_field(body: bytes) -> Field | None:
    """Say what a request's body asks for; None for anything else."""
    try:
        return _asked_by(_body_of(body)[0])[0]
    except Refusal:
        return None


def read_question(body: bytes, content_type: str) -> Question:
    """Read a request's body, which must say that it is JSON.

    Raises:
        Refusal: 400, when it is no question this API understands.
    """
    document, variables = _body_of(body if is_json(content_type) else b"")
    field, arguments, selected = _asked_by(document)
    names = _WORD.findall(selected)
    for name in names:
        if name not in FIELDS:
            raise Refusal(misunderstood(f'Cannot query field "{name}" on type "AnalyticsOrder".'))
    return Question(field, names, _arguments(arguments, document, variables))


def _body_of(body: bytes) -> tuple[str, Mapping[str, object]]:
    try:
        given = cast("Mapping[str, object]", json.loads(body))
        return str(given["query"]), dict(cast("Mapping[str, object]", given.get("variables") or {}))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refusal(misunderstood("POST body missing, invalid Content-Type, or JSON object has no keys.")) from error


def _asked_by(document: str) -> tuple[Field, str, str]:
    """Give the field, and what is written as its arguments and as what is selected of it."""
    asked = _ASKED.search(document)
    if asked is None:
        raise Refusal(misunderstood("Syntax Error: Unexpected <EOF>."))
    field, root = cast("Field", asked[1]), "Mutation" if _MUTATION.match(document) else "Query"
    if root != ("Mutation" if field == "analyticsOrderDelete" else "Query"):
        raise Refusal(misunderstood(f'Cannot query field "{field}" on type "{root}".'))
    return field, asked[2] or "", asked[3]


def _arguments(written: str, document: str, variables: Mapping[str, object]) -> Mapping[str, object]:
    if _ARGUMENT.sub("", written).strip():
        raise Refusal(misunderstood("The simulated API reads no values in a question: give them as variables."))
    named, declared = _ARGUMENT.findall(written), _DECLARED.findall(document)
    for _, variable in named:
        if variable not in declared:
            raise Refusal(misunderstood(f'Variable "${variable}" is not defined.'))
    return {name: variables.get(variable) for name, variable in named}


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
