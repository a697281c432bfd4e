"""What a serving process holds: pool, hub, queue, models. Opened once, closed in reverse."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from agent import tracing
from agent.context import Services
from agent.jobs import Jobs
from agent.models.offline import OfflineModel
from agent.models.types import Model
from agent.upkeep import keep_up
from api.database import database_url
from api.markdown import render
from api.stream import Streams
from log import get_logger
from memory import migrations
from memory.breaker import Breaker
from memory.clock import DatabaseClock
from memory.door import Door, Limits
from memory.embedding_models import ActiveEmbedder
from memory.filling import keep_filled
from memory.hub import Hub
from memory.pool import close_pool, open_pool
from memory.recaller import Recaller
from memory.recorder import Recorder
from memory.spending import Cap, Caps, Spending
from settings import Settings

logger = get_logger(__name__)

STAND_BY_SECONDS = 60.0


@dataclass(frozen=True)
class Service:
    """A process that serves: `agent` is what its runs use; `door` and `streams` say when no
    more messages and readers are taken."""

    settings: Settings
    hub: Hub
    jobs: Jobs
    agent: Services
    door: Door
    streams: Streams
    migration: str

    async def drain(self) -> None:
        """Leave: take no more messages and runs, let the running ones finish or hand them over,
        then send every reader elsewhere."""
        self.door.close()
        await self.jobs.stop()
        self.hub.dismiss()


async def get_service(request: Request) -> Service:
    """The service of the app that got this request."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(get_service)]


@asynccontextmanager
async def open_service(settings: Settings, *, worker: bool) -> AsyncIterator[Service]:
    """Open everything a process needs; with `worker`, also work off runs while it is open.

    Raises ConfigError when the database is missing or its migrations are not applied.
    """
    tracing.configure(settings.otlp_endpoint)
    url = await asyncio.to_thread(database_url, settings)
    migration = await asyncio.to_thread(migrations.check, url)
    await open_pool(url, max_size=settings.database_connections)
    hub, jobs, clock = Hub(url), Jobs(), DatabaseClock()
    try:
        await hub.start()
        await jobs.open()
        await clock.start()
        agent = _agent(settings, hub, clock)
        service = Service(
            settings, hub, jobs, agent, _door(settings), _streams(settings), migration
        )
        background = [asyncio.create_task(clock.keep(), name="clock")]
        if worker:
            jobs.start(agent, drain_seconds=settings.drain_seconds)
            background.append(asyncio.create_task(_warm(agent), name="warm up"))
            upkeep = keep_up(agent, settings.summary_daily_cost_usd)
            background.append(asyncio.create_task(upkeep, name="upkeep"))
            filling = keep_filled(agent.recaller.active)
            background.append(asyncio.create_task(filling, name="fill vectors"))
        _collect_less()
        try:
            yield service
        finally:
            await service.drain()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
    finally:
        await hub.stop()
        await close_pool()
        await asyncio.to_thread(tracing.shut_down)


def _collect_less() -> None:
    """Look for cyclic garbage more rarely, and no more in what was loaded at start: it took an
    eighth of the processor time of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def _warm(agent: Services) -> None:
    """Train the offline model before it is needed: at once where it is the one in use, later
    where it only stands by."""
    if agent.model is not agent.offline:
        await asyncio.sleep(STAND_BY_SECONDS)
    if isinstance(agent.offline, OfflineModel):
        await agent.offline.warm()


def _agent(settings: Settings, hub: Hub, clock: DatabaseClock) -> Services:
    active = ActiveEmbedder(settings)
    offline = OfflineModel(active.configured, settings.home / "cache", clock)
    model: Model = offline
    if settings.uses_claude:
        # The provider's library takes as long to load as all the rest of the service.
        from agent.models.claude import Claude

        model = Claude.from_settings(settings)
    return Services(
        hub=hub,
        recorder=Recorder(),
        model=model,
        offline=offline,
        breaker=Breaker(model.provider),
        spending=Spending(_caps(settings)),
        recaller=Recaller(active),
        render=render,
        clock=clock,
        coach=settings.coach_name,
    )


def _caps(settings: Settings) -> Caps:
    return Caps(
        person=Cap(settings.user_daily_cost_usd, settings.user_daily_tokens),
        everybody=Cap(settings.daily_cost_usd, settings.daily_tokens),
    )


def _door(settings: Settings) -> Door:
    return Door(
        Limits(
            messages_per_minute=settings.user_messages_per_minute,
            waiting_per_person=settings.user_waiting_runs,
            waiting=settings.waiting_runs,
        )
    )


def _streams(settings: Settings) -> Streams:
    return Streams(settings.streams, settings.user_streams)
