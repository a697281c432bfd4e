"""Liveness, readiness and the public configuration."""

from __future__ import annotations

import asyncio
import os
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response

from api.services import Service, ServiceDep
from errors import Unavailable
from memory import flags
from memory.caller import SYSTEM
from memory.pool import get_conn, use_lane
from settings import SCHEMA_VERSION, VERSION

router = APIRouter(tags=["health"])
CHECK_SECONDS = 2.0


@router.get("/health")
async def health(service: ServiceDep, response: Response) -> dict[str, Any]:
    """Whether the service works, and on what. 503 when the database does not answer.

    The model's state is "ok", "open" (its provider is failing and left alone for a moment), or
    "offline" (no key is set).
    """
    with use_lane("health"):
        database = await _database()
        state = await _model_state(service) if database is not None else "ok"
    if database is None:
        response.status_code = 503
    return {
        "ok": database is not None,
        "version": VERSION,
        "schema_version": SCHEMA_VERSION,
        "deployment": {"git_commit": git_commit()},
        "model": {
            "provider": service.agent.model.provider,
            "name": service.agent.model.name,
            "state": state if service.settings.uses_claude else "offline",
        },
        "database": {
            "engine": "postgresql",
            "version": database,
            "migration": service.migration,
        },
    }


@router.get("/health/ready")
async def ready(service: ServiceDep, response: Response) -> dict[str, Any]:
    """Whether requests can be served: database, pgvector, flags, and not about to leave."""
    checks = {
        "database": False,
        "vector": False,
        "flags": False,
        "accepting": not service.door.closed,
    }
    try:
        async with asyncio.timeout(CHECK_SECONDS), get_conn(SYSTEM) as conn:
            checks["database"] = True
            row = await (
                await conn.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
            ).fetchone()
            checks["vector"] = row is not None
            checks["flags"] = bool(await flags.all_flags(conn))
    except (Unavailable, TimeoutError):
        response.status_code = 503
    if not all(checks.values()):
        response.status_code = 503
    return {"ok": all(checks.values()), "checks": checks}


@router.get("/config")
async def config(service: ServiceDep) -> dict[str, Any]:
    """What a client needs to know before it logs in."""
    async with get_conn(SYSTEM) as conn:
        enabled = await flags.all_flags(conn)
    settings = service.settings
    return {
        "apiBase": "/",
        "schemaVersion": SCHEMA_VERSION,
        "flags": enabled,
        "model": {"provider": service.agent.model.provider},
        "coach": {"name": settings.coach_name, "booking_url": settings.coach_booking_url},
    }


async def _database() -> str | None:
    """The server's version, or None when it does not answer in time."""
    try:
        async with asyncio.timeout(CHECK_SECONDS), get_conn(SYSTEM) as conn:
            row = await (await conn.execute("SHOW server_version")).fetchone()
    except (Unavailable, TimeoutError):
        return None
    return str(row["server_version"]) if row else None


async def _model_state(service: Service) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await service.agent.breaker.state()
    except (Unavailable, TimeoutError):
        return "ok"


@lru_cache(maxsize=1)
def git_commit() -> str:
    """The commit this process runs: GIT_SHA, else the checkout's, else "unknown"."""
    if sha := os.environ.get("GIT_SHA"):
        return sha[:12]
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - git of the PATH is meant
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
