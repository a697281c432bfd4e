"""`mosaic export`: the business's ledgers as a file, or everything kept about one person."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

import log
from api.database import open_database
from errors import ConfigError, NotFound
from memory import account, ledgers, users
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from settings import get_settings

IN_MEMORY_BYTES = 1024 * 1024


def export(
    out: Annotated[
        Path | None, typer.Option(help="Write it into this file; to standard output without it.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Instead, everything kept about who has this e-mail address.")
    ] = None,
) -> None:
    """Write the business's ledgers as they are now, as JSON Lines that `mosaic load` reads. With
    --person, the JSON that GET /me/export gives that person. The service may go on running."""
    log.configure("WARNING")
    with _whole(out) as file:
        said = asyncio.run(_ledgers(file) if person is None else _person(file, person))
    if out is not None:
        typer.echo(f"{out}: {said}")


async def _ledgers(file: IO[bytes]) -> str:
    async with open_database(get_settings()) as migration:
        written = await ledgers.export(file, migration)
    return f"{sum(written.values()):,} rows of {len(written)} tables"


async def _person(file: IO[bytes], email: str) -> str:
    """Raises NotFound, also Invalid for what is no address."""
    email = users.normalise_email(email)
    async with open_database(get_settings()):
        async with get_conn(SYSTEM) as conn:
            found = await users.find_account(conn, email)
        if found is None:
            raise NotFound(f"There is no account {email}. Check the address.")
        # Read as the person themselves: what their own connection may not see is not in it.
        who = Caller(found.user.id, found.user.role, found.user.time_zone)
        await account.export(who, file, asked_by="command line")
    return f"everything kept about {email}"


@contextmanager
def _whole(out: Path | None) -> Iterator[IO[bytes]]:
    """A file to write to, which becomes `out`, or goes to standard output, once it is whole: what
    fails leaves nothing behind, and a slow reader holds no transaction open. Only its owner may
    read it. Raises ConfigError where it cannot be written."""
    if out is not None and out.exists() and not out.is_file():
        raise ConfigError(f"{out} is not a file. Choose another one with --out.")
    try:
        if out is None:
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as spooled:
                yield spooled
                spooled.seek(0)
                shutil.copyfileobj(spooled, sys.stdout.buffer)
                sys.stdout.buffer.flush()
            return
        with tempfile.TemporaryDirectory(prefix=".mosaic-export-", dir=out.parent) as folder:
            partial = Path(folder) / out.name
            with open(partial, "wb", opener=_private) as file:
                yield file
            partial.replace(out)
    except OSError as error:
        where = out or "standard output"
        raise ConfigError(f"{where} cannot be written: {error.strerror or error}.") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
