"""`mosaic user`: the only way to become an operator."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Literal

import typer

from api.database import database_url
from memory import users
from memory.pool import close_pool, open_pool
from settings import get_settings

app = typer.Typer(no_args_is_help=True, help="People and their roles.")

Email = Annotated[str, typer.Argument(help="The person's e-mail address.")]
RoleName = Literal["client", "operator"]


@app.command()
def create(
    email: Email,
    role: Annotated[RoleName, typer.Option(help="client or operator.")] = "client",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
    ] = "",
) -> None:
    """Create a person."""
    made = _run(users.create_user(email, password, role))
    typer.echo(f"created {made.role} {made.email}")


@app.command()
def grant(email: Email, role: Annotated[RoleName, typer.Argument()]) -> None:
    """Give a person a role. Takes effect with their next request."""
    changed = _run(users.grant(email, role))
    typer.echo(f"{changed.email} is now {changed.role}")


@app.command()
def disable(email: Email) -> None:
    """Shut a person out, at once."""
    changed = _run(users.disable(email))
    typer.echo(f"{changed.email} is disabled")


def _run(work: Coroutine[None, None, users.User]) -> users.User:
    async def in_pool() -> users.User:
        await open_pool(database_url(get_settings()))
        try:
            return await work
        finally:
            await close_pool()

    return asyncio.run(in_pool())
