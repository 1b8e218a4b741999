"""Tool parameters: what a function's signature says becomes a flat schema and a reader of raw arguments.

The signature of a tool is its only description: `Annotated[int, Count("...", least=1, most=100)]` publishes the
schema, checks what comes and words the refusal, so that nothing is said twice and no validation library's report
reaches a model. `**options` stands for what the catalogue's reports take beside their window. Knows no MCP.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast, get_args

from unique_analytics_mcp.domain.report import Catalogue, Option
from unique_analytics_mcp.domain.request import did_you_mean, in_any_case
from unique_analytics_mcp.errors import InvalidRequest
from unique_analytics_mcp.render import clean

Schema = dict[str, object]
Argument = str | int | bool

LONGEST_TEXT: Final = 400
"""Characters of the longest text argument, unless it says otherwise."""

_MOST_DIGITS: Final = 18
_LARGEST: Final = 10**_MOST_DIGITS - 1
_HALF: Final = re.compile("[\ud800-\udfff]")
_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Text:
    """A text; with `choices` one of them, in any case."""

    meaning: str
    choices: tuple[str, ...] = ()
    longest: int = LONGEST_TEXT
    """Characters."""
    several: bool = False
    """True where a list of texts is taken for one, with commas."""

    def schema(self) -> Schema:
        """Its JSON schema."""
        return {"type": "string", **({"enum": list(self.choices)} if self.choices else {})}

    def read(self, name: str, value: object) -> str:
        """The text; a number is read as its digits (`period=2026`)."""
        if self.several and isinstance(value, list):
            value = ",".join(map(str, cast("list[object]", value)))
        text = _read_text(name, value, self.longest)
        if not self.choices:
            return text
        if chosen := in_any_case(text.strip(), self.choices):
            return chosen
        raise InvalidRequest(
            f"{name} must be one of {', '.join(self.choices)}, not {_shown(value)}.",
            hint=f"{did_you_mean(text, self.choices)}Correct {name} and call again.",
        )


@dataclass(frozen=True, slots=True)
class ReportTypeName:
    """A report type of the catalogue: published as a choice, checked where the catalogue is known (`request`)."""

    meaning: str
    choices: tuple[str, ...] = ()

    def schema(self) -> Schema:
        """Its JSON schema."""
        return {"type": "string", "enum": list(self.choices)}

    def read(self, name: str, value: object) -> str:
        """The text as it came."""
        return _read_text(name, value)


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number."""

    meaning: str
    least: int
    most: int | None = None

    def schema(self) -> Schema:
        """Its JSON schema."""
        return {"type": "integer", "minimum": self.least, **({} if self.most is None else {"maximum": self.most})}

    def read(self, name: str, value: object) -> int:
        """The number; its digits as text and `10.0` count as one."""
        number = _whole_number(value)
        most = _LARGEST if self.most is None else self.most
        if number is not None and self.least <= number <= most:
            return number
        raise InvalidRequest(
            f"{name} must be a whole number from {self.least} to {most}, not {_shown(value)}.",
            hint=f"Correct {name} and call again.",
        )


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    meaning: str

    def schema(self) -> Schema:
        """Its JSON schema."""
        return {"type": "boolean"}

    def read(self, name: str, value: object) -> bool:
        """The flag; the words `true` and `false` count as one."""
        flag = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
        if isinstance(flag, bool):
            return flag
        raise InvalidRequest(
            f"{name} must be true or false, not {_shown(value)}.", hint=f"Correct {name} and call again."
        )


Kind = Text | ReportTypeName | Count | Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a tool."""

    name: str
    kind: Kind
    required: bool
    default: Argument | None = None
    """Published when there is one."""

    def is_given(self, value: object) -> bool:
        """Whether a value says anything: hosts fill optional parameters with null or a blank text."""
        blank = isinstance(value, str) and not value.strip() and not self.required
        return value is not None and not blank

    def schema(self) -> Schema:
        """Its JSON schema, described."""
        default = {} if self.default is None else {"default": self.default}
        return {**self.kind.schema(), "description": self.kind.meaning, **default}


def parameters_of(function: Callable[..., object], catalogue: Catalogue) -> tuple[Parameter, ...]:
    """The parameters that a tool's signature declares by keyword, in their order, then the catalogue's options."""
    found: list[Parameter] = []
    for name, declared in inspect.signature(function, eval_str=True).parameters.items():
        if declared.kind is inspect.Parameter.VAR_KEYWORD:
            found += _options(catalogue)
        elif declared.kind is inspect.Parameter.KEYWORD_ONLY:
            required = declared.default is inspect.Parameter.empty
            kind = _bound(get_args(declared.annotation)[-1], catalogue)
            default = None if required else declared.default
            found.append(Parameter(name=name, kind=kind, required=required, default=default))
    return tuple(found)


def _bound(kind: Kind, catalogue: Catalogue) -> Kind:
    return ReportTypeName(kind.meaning, tuple(catalogue)) if isinstance(kind, ReportTypeName) else kind


def _options(catalogue: Catalogue) -> list[Parameter]:
    """Each option that some report takes, once, with the reports that take it where not all do."""
    takers: dict[str, list[str]] = {}
    options: dict[str, Option] = {}
    for report in catalogue.values():
        for option in report.options:
            takers.setdefault(option.name, []).append(report.name)
            options.setdefault(option.name, option)
    return [
        Parameter(
            name=name,
            kind=Text(options[name].meaning + _only_for(names, catalogue), options[name].choices),
            required=False,
        )
        for name, names in takers.items()
    ]


def _only_for(names: Sequence[str], catalogue: Catalogue) -> str:
    """Which reports take an option; nothing where all do, and the backend where all of its do: every word counts."""
    if len(names) == len(catalogue):
        return ""
    backend = catalogue[names[0]].backend
    of_backend = [name for name, report in catalogue.items() if report.backend == backend]
    return f" Only for {f'{backend} reports' if of_backend == list(names) else ', '.join(names)}."


def input_schema(parameters: Sequence[Parameter]) -> Schema:
    """The flat schema of a tool's arguments."""
    required = [parameter.name for parameter in parameters if parameter.required]
    return {
        "type": "object",
        "properties": {parameter.name: parameter.schema() for parameter in parameters},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def read_arguments(tool: str, parameters: Sequence[Parameter], raw: Mapping[str, object]) -> dict[str, Argument]:
    """The arguments that were given, checked one by one.

    Raises:
        InvalidRequest: an unknown name, a missing argument, or a value of the wrong kind or out of range.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in raw:
        if name not in known:
            raise _unknown(tool, name, list(known))
    given = {name: value for name, value in raw.items() if known[name].is_given(value)}
    for parameter in parameters:
        if parameter.required and parameter.name not in given:
            raise InvalidRequest(f"{parameter.name} is missing.", hint=f"{parameter.name}: {parameter.kind.meaning}")
    return {name: known[name].kind.read(name, value) for name, value in given.items()}


def _unknown(tool: str, name: str, known: Sequence[str]) -> InvalidRequest:
    takes = f"It takes: {', '.join(known)}." if known else "It takes no parameters."
    return InvalidRequest(f"{tool} has no parameter {_shown(name)}.", hint=f"{did_you_mean(name, known)}{takes}")


def _read_text(name: str, value: object, longest: int = LONGEST_TEXT) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise InvalidRequest(f"{name} must be a text, not {_shown(value)}.", hint=f"Correct {name} and call again.")
    if len(text) > longest:
        raise InvalidRequest(f"{name} is {len(text)} characters long; {longest} are allowed.", hint=f"Shorten {name}.")
    if _HALF.search(text):  # nothing that holds one can be kept or sent
        raise InvalidRequest(f"{name} holds characters that are none.", hint="Send it as plain text.")
    return text


def _whole_number(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if (digits := value.strip().removeprefix("+")).isdecimal() and len(digits) <= _MOST_DIGITS:
            return int(digits)
        case _:
            return None


def _shown(value: object) -> str:
    """What was given, short and harmless."""
    return clean(repr(value), limit=60)
