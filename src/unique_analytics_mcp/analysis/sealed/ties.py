"""Rows that a statement's order does not part, put in the order of their columns, so that its pages agree.

Of rows that are equal in what they are ordered by the engine takes others for each page: of three thousand rows with
three values a third was on no page, another on two. Pure but for the parser that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

_Node = Mapping[str, object]


def without_ties(statement: str, tree: object, *, columns: int, is_readable: Callable[[str], bool]) -> str:
    """The statement, ordered by all its columns behind what it is ordered by itself.

    `tree` is that of `FROM (statement) AS answer SELECT 0`. As it is where it has no order, where that has all columns
    (`ALL`), or where something stands behind: of a LIMIT of its own the engine takes the same rows each time.
    """
    if not _ends_with_order(tree):
        return statement
    ordered = f"{statement}\n, {', '.join(str(place) for place in range(1, columns + 1))}"
    return ordered if is_readable(ordered) else statement  # a bracket may stand behind the order


def _ends_with_order(tree: object) -> bool:
    modifiers = cast("list[_Node]", _outermost(tree)["modifiers"])
    orders = cast("list[_Node]", modifiers[-1].get("orders", [])) if modifiers else []
    return bool(orders) and cast("_Node", orders[0]["expression"])["class"] != "STAR"


def _outermost(tree: object) -> _Node:
    """The statement itself, within what it was put into."""
    node = cast("list[_Node]", tree)[0]
    for name in ("node", "from_table", "subquery", "node"):
        node = cast("_Node", node[name])
    return node
