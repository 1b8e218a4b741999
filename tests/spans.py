"""What is traced in this process, as an exporter would see it: every span that ends, and what secrets are in it."""

import re
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import SpanContext


@dataclass
class Spans(SpanProcessor):
    """Keeps the spans that end, until they are cleared."""

    ended: list[ReadableSpan] = field(default_factory=list)

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)

    @property
    def ours(self) -> list[ReadableSpan]:
        """Without those that a client of the same process writes."""
        return [span for span in self.ended if scope_of(span) == "unique_analytics_mcp"]

    def named(self, name: str) -> ReadableSpan:
        """The one span of a name."""
        (found,) = [span for span in self.ours if span.name == name]
        return found

    def holding(self, secrets: re.Pattern[str]) -> list[str]:
        """Which of the secrets stand in which span."""
        return [f"{found[0]} in span {span.name}" for span in self.ended for found in secrets.finditer(words_of(span))]


def recording() -> Spans:
    """Everything from now on; once in a process, for OpenTelemetry takes no second provider."""
    spans = Spans()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(spans)
    trace.set_tracer_provider(provider)
    return spans


def scope_of(span: ReadableSpan) -> str:
    return span.instrumentation_scope.name if span.instrumentation_scope else ""


def words_of(span: ReadableSpan) -> str:
    """All that a span holds, its resource too, as one text."""
    return span.to_json(indent=None)


def context_of(span: ReadableSpan) -> SpanContext:
    assert span.context is not None
    return span.context


def facts_of(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})
