"""The whole HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import (
    account,
    agui,
    approvals,
    auth,
    chat,
    health,
    leads,
    mcp,
    metrics,
    pages,
    problems,
    receipts,
    security,
    threads,
    tool_routes,
)
from api.limits import BodyLimit, RequestLane
from api.services import open_service
from settings import VERSION, Settings

BODY_BYTES = 256 * 1024


def create_app(settings: Settings, *, worker: bool = True) -> FastAPI:
    """The app; while it is served, its pool, hub, queue and (with `worker`) worker are open."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_service(settings, worker=worker) as service:
            app.state.service = service
            yield

    app = FastAPI(
        title="Mosaic",
        version=VERSION,
        description="A chat-first agent service whose every answer carries a verified receipt.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(pages.places)
    for module in (
        account, agui, approvals, auth, chat, health, leads, mcp, metrics, receipts, threads,
    ):  # fmt: skip
        app.include_router(module.router)
    app.include_router(tool_routes.build_router())
    app.include_router(pages.router)
    app.add_middleware(RequestLane)
    app.add_middleware(BodyLimit, limit=BODY_BYTES)
    security.install(app, secure_cookies=settings.secure_cookies)
    app.add_middleware(metrics.CountRequests)
    return app
