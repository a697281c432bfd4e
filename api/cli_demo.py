"""`mosaic demo`: the demo business and the demo client, and nothing else ever makes them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.database import database_url
from memory import flags, migrations, users
from memory.caller import SYSTEM, Role
from memory.demo import client as demo_client
from memory.demo import operator as demo_operator
from memory.pool import close_pool, get_conn, open_pool
from settings import Settings, get_settings

OPERATOR = "operator@demo.local"
CLIENT = "client@demo.local"
PASSWORD = "mosaic-demo"  # noqa: S105 - the demo's published password
FLAGS = ("EXPERIMENTS_ENABLED", "SELF_EFFICACY_METRICS", "COACH_ESCALATION")


def demo(
    reset: Annotated[bool, typer.Option(help="Remove the demo's rows first.")] = False,
) -> None:
    """Load the demo business and the demo client, with ages relative to now."""
    settings = get_settings()
    migrations.up(database_url(settings))
    asyncio.run(load(settings, reset=reset))
    typer.echo(f"demo loaded: {OPERATOR} and {CLIENT}, password {PASSWORD}")


async def load(settings: Settings, *, reset: bool = False, once: bool = False) -> None:
    """Load the demo, or restore it as of now. With `once`, what was done in it since stays."""
    await open_pool(database_url(settings))
    try:
        await _ensure(OPERATOR, "operator")
        client_id = await _ensure(CLIENT, "client")
        now = datetime.now(UTC)
        async with get_conn(SYSTEM) as conn:
            if once and await demo_operator.is_loaded(conn):
                return
            if reset:
                await demo_operator.reset(conn)
                await demo_client.reset(conn, client_id)
            for flag in FLAGS:
                await flags.set_flag(conn, flag, True)
            await demo_operator.load(conn, now)
            await demo_client.load(conn, client_id, now, settings.timezone)
    finally:
        await close_pool()


async def _ensure(email: str, role: Role) -> str:
    """The id of a demo person, made if need be."""
    async with get_conn(SYSTEM) as conn:
        account = await users.find_account(conn, email)
    if account is None:
        return (await users.create_user(email, PASSWORD, role)).id
    return account.user.id
