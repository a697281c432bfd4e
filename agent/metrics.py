"""What the service counts about itself, for Prometheus. No label holds anything of a person.

Counted by `agent.observe` (runs, models, tools) and `api.metrics` (HTTP), read at
`GET /health/metrics`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
SLOW = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 180)

HTTP_REQUESTS = Counter(
    "mosaic_http_requests",
    "Requests answered, by route template and status.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "mosaic_http_seconds",
    "Time from the request to the start of its response (a stream goes on after that).",
    ("method", "route"),
    buckets=FAST,
    registry=REGISTRY,
)
RUNS = Counter(
    "mosaic_runs",
    "Runs that ended in this process, by outcome and, for errors, code.",
    ("outcome", "code"),
    registry=REGISTRY,
)
RUNS_RUNNING = Gauge(
    "mosaic_runs_running", "Runs that this process works on now.", registry=REGISTRY
)
RUN_SECONDS = Histogram(
    "mosaic_run_seconds",
    "Time from taking a run up to its end.",
    ("outcome",),
    buckets=SLOW,
    registry=REGISTRY,
)
FIRST_TEXT_SECONDS = Histogram(
    "mosaic_first_text_seconds",
    "Time from taking a run up to its first text.",
    buckets=SLOW,
    registry=REGISTRY,
)
MODEL_CALLS = Counter(
    "mosaic_model_calls",
    "Calls of a model: ok, failed (with the code) or cut off.",
    ("provider", "model", "outcome", "code"),
    registry=REGISTRY,
)
MODEL_SECONDS = Histogram(
    "mosaic_model_seconds",
    "Time of a model call, to its last event.",
    ("provider", "model"),
    buckets=SLOW,
    registry=REGISTRY,
)
MODEL_TOKENS = Counter(
    "mosaic_model_tokens",
    "Tokens: input (cached ones included), output, cache_read, cache_write.",
    ("provider", "model", "kind"),
    registry=REGISTRY,
)
MODEL_COST = Counter(
    "mosaic_model_cost_dollars",
    "What the calls cost at list prices, in US dollars.",
    ("provider", "model"),
    registry=REGISTRY,
)
TOOL_CALLS = Counter(
    "mosaic_tool_calls",
    "Calls of tools in runs: ok, error (the model is told), failed or cut off.",
    ("tool", "outcome"),
    registry=REGISTRY,
)
TOOL_SECONDS = Histogram(
    "mosaic_tool_seconds", "Time of a tool call.", ("tool",), buckets=FAST, registry=REGISTRY
)
SENTENCES = Counter(
    "mosaic_sentences",
    "Sentences by what the verifier made of them: known, inferred and plain are what was shown; "
    "held is what was held back, of which repaired or replaced.",
    ("verdict",),
    registry=REGISTRY,
)
VERIFIER_FAILURES = Counter(
    "mosaic_verifier_failures",
    "Answers that the verifier could not check; they were made of facts alone.",
    registry=REGISTRY,
)
