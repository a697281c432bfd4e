"""OpenTelemetry traces of runs: off, and next to free, unless a collector is configured.

Spans carry ids, names, counts and codes; never what was said, and no text of an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import INVALID_SPAN, Span, StatusCode, Tracer

from settings import VERSION

Attributes = Mapping[str, str | int | float | bool]
EXPORT_SECONDS = 5.0

_tracer: Tracer | None = None
_end: Callable[[], None] | None = None


def configure(endpoint: str | None) -> None:
    """Send spans to the OTLP collector at `endpoint` (its base URL, over HTTP) from here on."""
    global _tracer, _end
    if endpoint is None or _tracer is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "mosaic")
    provider = TracerProvider(
        resource=Resource.create({"service.name": name, "service.version": VERSION})
    )
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer, _end = provider.get_tracer("mosaic", VERSION), provider.shutdown


def shut_down() -> None:
    """Send what is left, and no more after that. A collector that is down is waited for
    `EXPORT_SECONDS` at the most."""
    global _tracer, _end
    end, _tracer, _end = _end, None, None
    if end is not None:
        end()


@contextmanager
def span(
    name: str,
    attributes: Attributes | None = None,
    expected: type[BaseException] | tuple[()] = (),
) -> Iterator[Span]:
    """A span around the block; an exception that is not `expected` marks it by its type."""
    if _tracer is None:
        yield INVALID_SPAN
        return
    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            if not isinstance(error, expected):
                current.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def start(name: str, attributes: Attributes | None = None) -> Span:
    """A span under the current one that is ended by hand: for what is cut in pieces by yields."""
    return INVALID_SPAN if _tracer is None else _tracer.start_span(name, attributes=attributes)
