"""A collector of traces on loopback: takes OTLP over HTTP as the real ones do, and reads the protobuf it is sent."""

import gzip
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from fakes import HANGS_S


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ids in hexadecimal."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    facts: Mapping[str, str]
    resource: Mapping[str, str]


@dataclass
class Collector:
    """What has arrived, and how the next batch is answered."""

    spans: list[Seen] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Each batch whole, as text."""
    headers: list[Mapping[str, str]] = field(default_factory=list)
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    """While it is not set, nothing is answered."""
    url: str = ""

    @property
    def names(self) -> set[str]:
        return {span.name for span in self.spans}

    def named(self, name: str) -> Seen:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def children_of(self, parent: Seen) -> list[Seen]:
        return [span for span in self.spans if span.parent_id == parent.span_id]

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        content = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        batch = ExportTraceServiceRequest.FromString(content)
        self.headers.append(headers)
        self.texts.append(str(batch))
        for part in batch.resource_spans:
            resource = _facts(part.resource.attributes)
            for scope in part.scope_spans:
                self.spans += [
                    Seen(
                        name=span.name,
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        facts=_facts(span.attributes),
                        resource=resource,
                    )
                    for span in scope.spans
                ]


@contextmanager
def collecting() -> Generator[Collector]:
    collector = Collector()
    collector.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            collector.gate.wait(HANGS_S)
            collector.take(dict(self.headers), body)
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            collector.gate.set()
            server.shutdown()


def _facts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    found = {each.key: each.value for each in attributes}
    return {key: value.string_value or str(value.int_value) for key, value in found.items()}
