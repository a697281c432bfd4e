"""`GET /health/metrics` for Prometheus, and the counting of every request.

Who may read it: a program on this machine (a direct connection from a loopback address), or an
operator, whose token a scraper sends as `Authorization: Bearer`. `/metrics` itself is the
client's own figures (client spec 4.2).
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.metrics import HTTP_REQUESTS, HTTP_SECONDS, REGISTRY
from api.auth import presented_token
from api.services import ServiceDep
from errors import ConfigError, Forbidden, Unavailable
from memory.caller import SYSTEM
from memory.hub import Hub
from memory.pool import get_conn, pool_use, use_lane
from memory.sessions import authenticate

router = APIRouter(tags=["health"])

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
CHECK_SECONDS = 2.0
CLIENT_GONE = 499
"""The status of a request whose sender left before it was answered."""


@router.get("/health/metrics", response_class=Response)
async def metrics(request: Request, service: ServiceDep) -> Response:
    """The figures of this process in Prometheus' text format, and those of the queue."""
    await _admit(request)
    now = CollectorRegistry()
    now.register(_Now(service.hub, await _queue()))
    body = generate_latest(REGISTRY) + generate_latest(now)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def show_locally(port: int) -> None:
    """Show the figures of a process that serves no HTTP, to this machine alone. Raises
    ConfigError when the port is taken."""
    try:
        start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as error:
        raise ConfigError(
            f"Cannot show metrics on 127.0.0.1:{port}: {error.strerror}. Choose another port."
        ) from error


async def _admit(request: Request) -> None:
    """Raises Unauthenticated or Forbidden unless the reader may see the figures."""
    if _is_local(request):
        return
    caller = (await authenticate(presented_token(request))).caller
    if caller.role != "operator":
        raise Forbidden("Only an operator may read the metrics from another machine.")


def _is_local(request: Request) -> bool:
    """A direct connection of this machine. What a proxy on it passes on is not: everybody's
    requests would come from the loopback."""
    if any(name in request.headers for name in FORWARDED) or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def _queue() -> list[dict[str, Any]] | None:
    """Open runs of the whole service by status, with the age of the oldest in seconds; None when
    the database does not answer in time."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            with use_lane("health"):
                async with get_conn(SYSTEM) as conn:
                    return await (
                        await conn.execute(
                            "SELECT status, count(*) AS runs, "
                            "extract(epoch FROM now() - min(created_at))::float8 AS oldest "
                            "FROM runs WHERE status IN ('queued', 'running') GROUP BY status"
                        )
                    ).fetchall()
    except (Unavailable, TimeoutError):
        return None


class _Now(Collector):
    """What is read at the moment of asking: followers, pools, queue."""

    def __init__(self, hub: Hub, queue: list[dict[str, Any]] | None) -> None:
        self._hub = hub
        self._queue = queue

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "mosaic_followers", "Readers that follow runs here.", value=self._hub.following
        )
        size = GaugeMetricFamily(
            "mosaic_pool_connections", "Database connections.", labels=("lane", "state")
        )
        waiting = GaugeMetricFamily(
            "mosaic_pool_waiting", "Who waits for a connection.", labels=("lane",)
        )
        for lane, use in pool_use().items():
            size.add_metric((lane, "used"), use.used)
            size.add_metric((lane, "idle"), use.idle)
            size.add_metric((lane, "most"), use.most)
            waiting.add_metric((lane,), use.waiting)
        yield size
        yield waiting
        yield GaugeMetricFamily(
            "mosaic_database_up",
            "Whether the database answered.",
            value=int(self._queue is not None),
        )
        runs = GaugeMetricFamily(
            "mosaic_runs_open", "Open runs of the whole service.", labels=("status",)
        )
        oldest = GaugeMetricFamily(
            "mosaic_runs_oldest_seconds", "Age of the oldest open run.", labels=("status",)
        )
        found = {row["status"]: row for row in self._queue or ()}
        for status in ("queued", "running") if self._queue is not None else ():
            row = found.get(status, {"runs": 0, "oldest": 0.0})
            runs.add_metric((status,), row["runs"])
            oldest.add_metric((status,), max(0.0, row["oldest"]))
        yield runs
        yield oldest


class CountRequests:
    """Counts every request by its route's template, and times it to the start of its response.
    Outermost of all middleware, so that refusals are counted too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        status, seconds = 0, 0.0

        async def note_start(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.monotonic() - began
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", "unmatched")
            HTTP_REQUESTS.labels(method, route, status or CLIENT_GONE).inc()
            HTTP_SECONDS.labels(method, route).observe(seconds or time.monotonic() - began)
