"""Output schemas: pydantic's description of an answer, made small and flat enough for every host.

Every reference is replaced by what it refers to, because some hosts follow none. Texts are left out (the tool's
description says what it gives), and so are nulls: an answer omits what has no value. Which keys there are is said for
the answer itself, and for what it holds where it only wraps one thing or another; of anything deeper only that it is
an object or a list, which is less but never wrong, and spares every session the repetition. A value that may be of
several kinds, like a table's cell, gets the empty schema. Knows no MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from pydantic import BaseModel

Schema = dict[str, object]

_NULL: Final = {"type": "null"}
_KEPT: Final = ("type", "enum")
_PLAIN: Final = ("string", "integer", "number", "boolean")


@cache
def output_schema(model: type[BaseModel]) -> Schema:
    """The schema of an answer as it is sent: without references and without null values; nobody changes it."""
    described = cast("Schema", model.model_json_schema(mode="serialization"))
    definitions = cast("Mapping[str, Schema]", described.get("$defs", {}))
    properties = _properties(described)
    required = [
        name for name in cast("list[str]", described.get("required", [])) if _NULL not in _arms(properties[name])
    ]
    is_wrapper = not required
    return {
        **_small(described, definitions, levels=2 if is_wrapper else 1),
        **({} if is_wrapper else {"required": required}),
    }


def _small(schema: Schema, definitions: Mapping[str, Schema], *, levels: int) -> Schema:
    """The schema with the keys of objects down to so many levels."""
    arms = [arm for arm in _arms(schema) if arm != _NULL]
    if len(arms) != 1:
        return {}
    said = arms[0]
    if "$ref" in said:
        return _small(definitions[str(said["$ref"]).rpartition("/")[2]], definitions, levels=levels)
    small: Schema = {key: said[key] for key in _KEPT if key in said}
    if levels and (properties := _properties(said)):
        small["properties"] = {name: _small(part, definitions, levels=levels - 1) for name, part in properties.items()}
    if "items" in said:
        items = _small(cast("Schema", said["items"]), definitions, levels=0)
        small |= {"items": items} if items.get("type") in _PLAIN else {}
    return small


def _properties(schema: Schema) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", schema.get("properties", {}))


def _arms(schema: Schema) -> list[Schema]:
    """What a value may be, one by one."""
    return cast("list[Schema]", schema.get("anyOf", [schema]))
