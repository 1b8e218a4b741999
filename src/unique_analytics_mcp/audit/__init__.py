"""The audit file: who was given what, in lines that cannot be changed without its showing.

- `chain.py`   pure: how lines hang together, and the check of a file
- `ledger.py`  the file: one line appended at a time, by any number of processes of one machine

Knows nothing of requests; what a line says is its writer's.
"""

from unique_analytics_mcp.audit.chain import Broken, Whole, verified
from unique_analytics_mcp.audit.ledger import Ledger, takes_lines

__all__ = ["Broken", "Ledger", "Whole", "takes_lines", "verified"]
