"""`audit`: whether any line of an audit file was changed or taken out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from unique_analytics_mcp.commands.telling import DONE, TROUBLE, told
from unique_analytics_mcp.errors import InvalidRequest

if TYPE_CHECKING:
    from argparse import Namespace


def audit(arguments: Namespace) -> int:
    """Say that the chain is whole, or which line breaks it."""
    from unique_analytics_mcp.audit import Broken, verified

    try:
        with arguments.file.open("rb") as lines:
            found = verified(lines)
    except OSError as error:
        raise InvalidRequest(
            f"{arguments.file} cannot be read: {error.strerror}.", hint="Name an audit file."
        ) from error
    if isinstance(found, Broken):
        return told(f"Line {found.line} of {arguments.file} breaks the chain: {found.why}.", TROUBLE)
    sys.stdout.write(f"{found.lines} lines, one whole chain. Its last hash is {found.last_hash}.\n")
    return DONE
