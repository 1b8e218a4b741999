"""The engine the pretend platforms share: an invented firm, ripening jobs, faults on demand, and a server.

Each backend folder puts its platform's words and wire format on top. Written from documents, never from our
clients, so that agreement between the two is evidence. Importing it starts nothing. Layer: simulator.
"""

from unique_analytics_mcp.simulator.door import ConnectionDropped, Door, RecordedRequest
from unique_analytics_mcp.simulator.faults import FAULTS, Fault, FaultBox, FaultName, Operation, parse_faults
from unique_analytics_mcp.simulator.firm import Firm, build_firm, identifier
from unique_analytics_mcp.simulator.jobs import Fate, Job, JobBook, Ripeness, Stage, utc_now
from unique_analytics_mcp.simulator.routing import Refusal, app_of
from unique_analytics_mcp.simulator.serving import Platform, serve, serve_in_thread, side_by_side
from unique_analytics_mcp.simulator.settings import SimulatorSettings

__all__ = [
    "FAULTS",
    "ConnectionDropped",
    "Door",
    "Fate",
    "Fault",
    "FaultBox",
    "FaultName",
    "Firm",
    "Job",
    "JobBook",
    "Operation",
    "Platform",
    "RecordedRequest",
    "Refusal",
    "Ripeness",
    "SimulatorSettings",
    "Stage",
    "app_of",
    "build_firm",
    "identifier",
    "parse_faults",
    "serve",
    "serve_in_thread",
    "side_by_side",
    "utc_now",
]
