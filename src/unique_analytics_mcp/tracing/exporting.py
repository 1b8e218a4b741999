"""Whether and where spans are sent: OTLP over HTTP by OpenTelemetry's own SDK, switched on by its own variables alone.

Nothing of the SDK is loaded where no variable asks for it. Traces never decide about serving: what stands in their way
is one warning, a collector that is away costs no call anything, and the end waits for it `FAREWELL_S` at most.
Variables by the specification of OpenTelemetry and of its OTLP exporter (opentelemetry.io, read 2026-11-21).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from unique_analytics_mcp import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FAREWELL_S: Final = 1.5
"""For the last spans to be sent at the end; hosts give a process of theirs two seconds."""

_SERVICE: Final = "unique-analytics-mcp"
_PROTOCOL: Final = "http/protobuf"
_SWITCHES: Final = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Each asks for traces by itself."""

_log: Final = logging.getLogger(__name__)


@contextmanager
def exporting(variables: Mapping[str, str]) -> Generator[None]:
    """Send what is traced in the block to where the `OTEL_…` variables of the environment say, if they do."""
    provider = _opened(variables) if is_asked_for(variables) else None
    try:
        yield
    finally:
        if provider is not None:
            _close(provider)


def is_asked_for(variables: Mapping[str, str]) -> bool:
    """Whether the variables ask for traces: OpenTelemetry asks by default, we only where something is said."""
    if variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return _exporter(variables) != "none" and any(variables.get(name) for name in _SWITCHES)


def obstacle(variables: Mapping[str, str]) -> str | None:
    """Why the traces that are asked for cannot be sent, and what to do about it; None where they can."""
    if _exporter(variables) != "otlp":
        return "OTEL_TRACES_EXPORTER asks for another exporter than otlp, the one there is. Set it to otlp."
    protocol = variables.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or variables.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if (protocol or _PROTOCOL) != _PROTOCOL:
        return (
            f"Only {_PROTOCOL} is spoken. Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL={_PROTOCOL}, and an endpoint that "
            "takes it: collectors do at port 4318."
        )
    return None


def _exporter(variables: Mapping[str, str]) -> str:
    return variables.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"


def _opened(variables: Mapping[str, str]) -> TracerProvider | None:
    """The SDK as its variables describe it, from now on behind every span; None where there is an obstacle."""
    why = obstacle(variables)
    if why is None:
        try:
            return _provider()
        except ImportError:
            why = "The packages for it are missing. Install them with: pip install 'unique-analytics-mcp[otel]'."
        except (ValueError, RuntimeError):
            why = "A value of an OTEL_… variable cannot be. Correct it and start again."
    _log.warning("Traces are asked for and not sent. %s", why)
    return None


def _provider() -> TracerProvider:
    """Without the detectors of resources that look at the process: a command line is nobody's business."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    _soften_complaints()
    service = Resource({"service.name": _SERVICE, "service.version": __version__})
    provider = TracerProvider(resource=service.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def _close(provider: TracerProvider) -> None:
    """Send what is left; the SDK itself would wait half a minute for a collector that is away."""
    last = threading.Thread(target=provider.shutdown, daemon=True)
    last.start()
    last.join(FAREWELL_S)


def _soften_complaints() -> None:
    """Have the SDK's log lines told in ours, without what it quotes: headers with their secrets, addresses, answers."""
    logger = logging.getLogger("opentelemetry")
    logger.propagate = False
    logger.handlers = [_Complaints()]


class _Complaints(logging.Handler):
    """Tells each kind of line once: a collector that is away for a night is not a thousand lines."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the line's own words, and of what it quotes the numbers."""
        words = str(record.msg)
        if words not in self._told:
            self._told.add(words)
            quoted = record.args if isinstance(record.args, tuple) else ()
            told = tuple(each if isinstance(each, int | float) else "…" for each in quoted)
            _log.warning("Traces: %s", _filled(words, told))


def _filled(words: str, quoted: tuple[object, ...]) -> str:
    try:
        return words % quoted if quoted else words
    except (TypeError, ValueError):
        return words
