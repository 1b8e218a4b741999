"""Which statements may run: a decision over the engine's own parse tree, by allow lists.

Pure. Everything in the tree that carries a kind must be of a known kind, every function and table a known one; what is
not known is refused by its name. A table name counts only where the engine would resolve it to one of the reports or
to a WITH of the statement itself. The walk needs no recursion, so that nesting cannot end it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from unique_analytics_mcp.analysis.sealed.allowed import CLOCK_FUNCTIONS, CLOCK_WORDS, FUNCTIONS, TABLE_FUNCTIONS
from unique_analytics_mcp.analysis.sealed.dialects import instead_of
from unique_analytics_mcp.domain.headers import as_written
from unique_analytics_mcp.domain.statement import Statement

_Node = dict[str, object]

_VALUES: Final = ("CASE", "CAST", "COLLATE", "COLUMN_REF", "CONSTANT", "FUNCTION", "LAMBDA", "OPERATOR", "STAR")
_CONDITIONS: Final = ("BETWEEN", "COMPARISON", "CONJUNCTION", "POSITIONAL_REFERENCE", "SUBQUERY", "TYPE", "WINDOW")
_EXPRESSIONS: Final = frozenset((*_VALUES, *_CONDITIONS))
_QUERIES: Final = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE")
_TABLES: Final = ("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY")
_MODIFIERS: Final = ("LIMIT_MODIFIER", "ORDER_MODIFIER", "DISTINCT_MODIFIER")
_DIRECTIONS: Final = ("ORDER_DEFAULT", "ASCENDING", "DESCENDING")
_PLACES: Final = frozenset((*_QUERIES, *_TABLES, *_MODIFIERS, *_DIRECTIONS))
_SESSION_WORDS: Final = frozenset(
    ("current_catalog", "current_database", "current_role", "current_schema", "current_user", "session_user", "user")
)
_ENGINES_OWN: Final = ("duckdb_", "pg_", "sqlite_", "pragma_", "information_schema")
"""How names of the engine's catalogue begin: a WITH may not take one, so that none is ever mistaken for it."""
_CALL_BY_NAME: Final = ("list_aggregate", "array_aggregate")
"""Functions whose second argument is another function's name."""
_COMPARISONS: Final = ("COMPARISON", "BETWEEN")
_COMPARING_OPERATORS: Final = ("COMPARE_IN", "COMPARE_NOT_IN")
_MATCHING_OPERATORS: Final = ("~~", "!~~", "~~*", "!~~*", "~~~", "^@", "@>", "<@", "&&")
_MATCHING_WORDS: Final = ("contains", "ends_with", "list_contains", "list_has", "prefix", "starts_with", "suffix")
_MATCHING_PATTERNS: Final = ("ilike_escape", "like_escape", "not_ilike_escape", "not_like_escape")
_MATCHING_FUNCTIONS: Final = frozenset(
    (*_MATCHING_OPERATORS, *_MATCHING_WORDS, *_MATCHING_PATTERNS, "regexp_full_match", "regexp_matches")
)
"""Functions that say whether one text is, or is in, another."""
_BETWEEN: Final = frozenset(("approx_quantile", "fill", "list_median", "mad", "median", "quantile_cont"))
_COUNTS: Final = ("avg", "count", "count_star", "mean", "median")
_PIVOT: Final = "PIVOT"
_DESCRIPTIONS: Final = {"SHOW_REF": "DESCRIBE, SHOW or SUMMARIZE"}
"""What the tree has one word for."""
_MOST_NODES: Final = 20_000
_LONGEST_NAME: Final = 60


class Refused(Exception):
    """The statement may not run; the message says what is not available, `hint` what is."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Spot:
    """A part of the tree and the table names that mean something there."""

    part: object
    tables: frozenset[str]


def check(tree: object, tables: Mapping[str, Collection[str]]) -> Statement:
    """What the statement does, as it may run and as far as its tree shows; `tables` are the columns of each table.

    Of its columns it gives every name that may be one, in lower case.

    Raises:
        Refused: something in it is not on a list.
    """
    known_columns = {column.lower() for columns in tables.values() for column in columns}
    seen: list[_Node] = []
    for node, scope in _nodes(tree, frozenset(tables)):
        if what := _unlisted(node, scope) or _word(node, _SESSION_WORDS - known_columns):
            raise _not_available(what, tables, instead=instead_of(_called(node)))
        seen.append(node)
    return Statement(
        columns_read=frozenset[str]().union(*map(_columns, seen)),
        names_sought=frozenset[str]().union(*map(_sought, seen)),
        asks_clock=any(_asks_clock(node, known_columns) for node in seen),
        draws_rows=any(map(_draws_rows, seen)),
        repeats_rows=any(_repeats_rows(node, tables) for node in seen),
        goes_between=any({_called(node).lower(), _named_inside(node)} & _BETWEEN for node in seen),
        counts_rows=any(_counts_rows(node, tables) for node in seen),
    )


def _nodes(tree: object, tables: frozenset[str]) -> Iterator[tuple[_Node, frozenset[str]]]:
    """Every node of the tree with the tables it sees; a node's parts come after it, once it has been let pass."""
    spots = [_Spot(tree, tables)]
    for _ in range(_MOST_NODES):
        if not spots:
            return
        spot = spots.pop()
        if isinstance(spot.part, dict):
            node = cast("_Node", spot.part)
            yield node, spot.tables
            spots += _parts(node, spot.tables)
        elif isinstance(spot.part, list):
            spots += (_Spot(part, spot.tables) for part in cast("list[object]", spot.part))
    raise Refused("The statement is too long.", "Send a shorter one.")


def shown(name: object) -> str:
    """A name of the statement as a message bears it."""
    text = " ".join(str(name).split())
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def tables_hint(tables: Mapping[str, Collection[str]]) -> str:
    """The tables and columns there are; tables of equal columns share a sentence."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for table, columns in tables.items():
        alike.setdefault(tuple(columns), []).append(table)
    return " ".join(
        f"Columns of {', '.join(names)}: {', '.join(map(as_written, columns))}." for columns, names in alike.items()
    )


def _unlisted(node: _Node, scope: frozenset[str]) -> str:
    """What in the node is on no list; empty when all of it is."""
    expression, kind = node.get("class"), node.get("type")
    if isinstance(expression, str):
        return _unlisted_expression(node, expression)
    return _unlisted_place(node, kind, scope) if isinstance(kind, str) else ""


def _unlisted_expression(node: _Node, expression: str) -> str:
    if expression not in _EXPRESSIONS:
        return _spoken(expression)
    if expression not in ("FUNCTION", "WINDOW"):
        return ""
    if (name := _name(node, "function_name")) not in FUNCTIONS:
        return f"The function {_said(node)}"
    if name in _CALL_BY_NAME and (inner := _named_inside(node)) not in FUNCTIONS:
        return f"The function {shown(inner or 'of a computed name')}"
    return ""


def _named_inside(node: _Node) -> str:
    """The function that another is told to call, in lower case; empty when its name is computed."""
    argument = cast("list[_Node]", node.get("arguments", []))[1:2]
    expression = cast("_Node", argument[0].get("expression") or {}) if argument else {}
    return str(cast("_Node", expression.get("literal") or {}).get("text", "")).lower()


def _unlisted_place(node: _Node, kind: str, scope: frozenset[str]) -> str:
    if kind not in _PLACES:
        return _spoken(kind)
    if kind == "BASE_TABLE" and _name(node, "table_name") not in scope:
        return f"The table {_said(node)}"
    function = cast("_Node", node.get("function") or {})
    if kind == "TABLE_FUNCTION" and _name(function, "function_name") not in TABLE_FUNCTIONS:
        return f"The function {_said(function)}"
    return ""


def _name(node: _Node, key: str) -> str:
    """The name in a node, in lower case; empty when it is qualified by a schema or catalogue: nothing here is."""
    spellings = {str(node.get(key, "")), *_path(node)}
    qualified = any(node.get(part) for part in ("catalog_name", "catalog", "schema_name", "schema"))
    return "" if qualified or len(spellings) != 1 or len(_path(node)) > 1 else spellings.pop().lower()


def _called(node: _Node) -> str:
    """The function that a node calls; empty when it calls none."""
    return str(cast("_Node", node.get("function") or node).get("function_name", ""))


def _said(node: _Node) -> str:
    """The name in a node as the statement wrote it."""
    return shown(".".join(_path(node)))


def _path(node: _Node) -> list[str]:
    return cast("Mapping[str, list[str]]", node.get("qualified_name") or {}).get("path", [])


def no_pivot() -> Refused:
    """The engine takes PIVOT and UNPIVOT apart before anything of them could be judged."""
    return Refused(
        "PIVOT and UNPIVOT are not available here.",
        "Write each column, such as sum(x) FILTER (WHERE y = 'a') AS a, and rows of columns with UNION ALL.",
    )


def _not_available(what: str, tables: Mapping[str, Collection[str]], *, instead: str) -> Refused:
    if what == _PIVOT:
        return no_pivot()
    return Refused(
        f"{what} is not available here: a statement only reads the tables {', '.join(tables)}.",
        f"{instead}{tables_hint(tables)}",
    )


def _spoken(kind: str) -> str:
    """`INSERT_QUERY_NODE` as `INSERT`."""
    if kind in _DESCRIPTIONS:
        return _DESCRIPTIONS[kind]
    for ending in ("_QUERY_NODE", "_NODE", "_REF", "_MODIFIER"):
        kind = kind.removesuffix(ending)
    return shown(kind.replace("_", " "))


def _columns(node: _Node) -> set[str]:
    """The names of a reference to a column."""
    if node.get("class") != "COLUMN_REF":
        return set()
    return {name.lower() for name in cast("list[str]", node.get("column_names", []))}


def _sought(node: _Node) -> set[str]:
    """The columns that a node compares with a text of the statement, as it names them without their table."""
    if not _compares(node):
        return set()
    parts = list(_own(node))
    dates = sum(_is_text(cast("_Node", part.get("child") or {})) for part in parts if part.get("class") == "CAST")
    if sum(map(_is_text, parts)) == dates:
        return set()
    return {cast("list[str]", part["column_names"])[-1].lower() for part in parts if part.get("class") == "COLUMN_REF"}


def _compares(node: _Node) -> bool:
    return (
        node.get("class") in _COMPARISONS
        or node.get("type") in _COMPARING_OPERATORS
        or _called(node).lower() in _MATCHING_FUNCTIONS
    )


def _is_text(node: _Node) -> bool:
    return cast("_Node", node.get("literal") or {}).get("kind") == "STRING"


def _word(node: _Node, words: Collection[str]) -> str:
    """The word, of those that the engine takes for its own where no column is called so; empty for any other."""
    names = _columns(node)
    return next(iter(names.intersection(words)), "") if len(names) == 1 else ""


def _asks_clock(node: _Node, known: Collection[str]) -> bool:
    called = _called(node).lower()
    since = called == "age" and len(cast("list[object]", node.get("arguments", []))) == 1
    return since or called in CLOCK_FUNCTIONS or bool(_word(node, CLOCK_WORDS.difference(known)))


def _draws_rows(node: _Node) -> bool:
    sample = cast("_Node | None", node.get("sample"))
    return bool(sample) and not sample.get("repeatable")


def _repeats_rows(node: _Node, tables: Collection[str]) -> bool:
    if node.get("type") != "JOIN" or node.get("join_type") in ("SEMI", "ANTI"):
        return False
    return all(_name(cast("_Node", node[side]), "table_name") in tables for side in ("left", "right"))


def _counts_rows(node: _Node, tables: Collection[str]) -> bool:
    if node.get("type") != "SELECT_NODE" or _name(cast("_Node", node["from_table"]), "table_name") not in tables:
        return False
    return any(_called(each).lower() in _COUNTS and not each.get("distinct") for each in _own(node["select_list"]))


def _own(part: object) -> Iterator[_Node]:
    """Every node of a part of a query, without those of queries within it."""
    parts = [part]
    while parts:
        each = parts.pop()
        if isinstance(each, list):
            parts += cast("list[object]", each)
        elif isinstance(each, dict) and (node := cast("_Node", each)).get("type") not in _QUERIES:
            yield node
            parts += node.values()


def _parts(node: _Node, scope: frozenset[str]) -> Iterator[_Spot]:
    """The parts of a node, each with the tables it sees: those of a WITH are seen behind it, not before."""
    entries = _with_entries(node)
    for name, _ in entries:
        if name.startswith(_ENGINES_OWN):
            raise Refused(f"WITH {shown(name)} is not available here.", "Choose another name.")
    inside = scope.union(name for name, _ in entries)
    before = scope
    for name, body in entries:
        yield _Spot(body, before)
        before |= {name}
    itself = node.get("cte_name")
    for key, part in node.items():
        if key == "right" and node.get("type") == "RECURSIVE_CTE_NODE" and isinstance(itself, str):
            yield _Spot(part, inside | {itself.lower()})
        elif key != "cte_map" and isinstance(part, dict | list):
            yield _Spot(cast("object", part), inside)


def _with_entries(node: _Node) -> list[tuple[str, object]]:
    entries = cast("Mapping[str, Iterable[_Node]]", node.get("cte_map") or {}).get("map", ())
    return [(str(entry.get("key", "")).lower(), entry.get("value")) for entry in entries]
