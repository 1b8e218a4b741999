"""Output schemas: pydantic's description of an answer, made small and flat enough for every host.

Every reference is replaced by what it refers to, because some hosts follow none. Texts are left out (the tool's
description says what it gives), and so are nulls: an answer omits what has no value. Which keys are always there is
said for the answer itself only. A value that may be of several kinds, like a table's cell, gets the empty schema.
Knows no MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from pydantic import BaseModel

Schema = dict[str, object]

_NULL: Final = {"type": "null"}
_KEPT: Final = ("type", "enum")


def output_schema(model: type[BaseModel]) -> Schema:
    """The schema of an answer as it is sent: without references and without null values."""
    described = cast("Schema", model.model_json_schema(mode="serialization"))
    definitions = cast("Mapping[str, Schema]", described.get("$defs", {}))
    properties = _properties(described)
    required = [
        name for name in cast("list[str]", described.get("required", [])) if _NULL not in _arms(properties[name])
    ]
    return {**_small(described, definitions), **({"required": required} if required else {})}


def _small(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    arms = [arm for arm in _arms(schema) if arm != _NULL]
    if len(arms) != 1:
        return {}
    said = arms[0]
    if "$ref" in said:
        return _small(definitions[str(said["$ref"]).rpartition("/")[2]], definitions)
    small: Schema = {key: said[key] for key in _KEPT if key in said}
    if properties := _properties(said):
        small["properties"] = {name: _small(part, definitions) for name, part in properties.items()}
    if "items" in said:
        small["items"] = _small(cast("Schema", said["items"]), definitions)
    return small


def _properties(schema: Schema) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", schema.get("properties", {}))


def _arms(schema: Schema) -> list[Schema]:
    """What a value may be, one by one."""
    return cast("list[Schema]", schema.get("anyOf", [schema]))
