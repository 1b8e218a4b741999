"""Rows that a statement's order does not part, put in the order of their columns, so that its pages agree.

Of rows that are equal in what they are ordered by the engine takes others for each page: of three thousand rows with
three values a third was on no page, another on two. Where the order stands within the statement, so that nothing can
stand behind it, the whole answer is put in order for each page: then equals stand alike. Pure but for the parser that
it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

_Node = Mapping[str, object]


def without_ties(statement: str, tree: object, *, columns: int, is_readable: Callable[[str], bool]) -> str:
    """The statement, ordered by all its columns behind what it is ordered by itself.

    `tree` is that of `FROM (statement) AS answer SELECT 0`. As it is where it has no order, where that has all columns
    (`ALL`), or where a LIMIT stands behind: of its own the engine takes the same rows each time.
    """
    if _ends_with_order(_outermost(tree)):
        ordered = f"{statement}\n, {', '.join(str(place) for place in range(1, columns + 1))}"
        return ordered if is_readable(ordered) else _at_once(statement)  # a bracket may stand behind the order
    return _at_once(statement) if _has_order(tree) else statement


def _at_once(statement: str) -> str:
    """The statement so that the engine knows nothing of the page when it puts rows in order."""
    return f"WITH pages AS MATERIALIZED (\n{statement}\n) FROM pages"


def _has_order(tree: object) -> bool:
    """Whether any query in it ends with an order."""
    parts = [tree]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += cast("list[object]", part)
        elif isinstance(part, dict):
            node = cast("_Node", part)
            if _ends_with_order(node):
                return True
            parts += node.values()
    return False


def _ends_with_order(node: _Node) -> bool:
    modifiers = cast("list[_Node]", node.get("modifiers") or [])
    orders = cast("list[_Node]", modifiers[-1].get("orders") or []) if modifiers else []
    return bool(orders) and cast("_Node", orders[0]["expression"])["class"] != "STAR"


def _outermost(tree: object) -> _Node:
    """The statement itself, within what it was put into."""
    node = cast("list[_Node]", tree)[0]
    for name in ("node", "from_table", "subquery", "node"):
        node = cast("_Node", node[name])
    return node
