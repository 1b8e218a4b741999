"""One order from start to finish in one go.

- `finishing.py`        place, wait until a deadline, and how to say that time is up
- `speaking.py`         the words of errors, for a person and for a program
- `analytics_order.py`  for Python programs: a stand-in for the vendor's run utility
- `reporting.py`        for a person at a terminal: the `report` command
"""

from unique_analytics_mcp.run.analytics_order import RunAnalyticsOrderResult, run_analytics_order
from unique_analytics_mcp.run.finishing import OrderTimedOut

__all__ = ["OrderTimedOut", "RunAnalyticsOrderResult", "run_analytics_order"]
