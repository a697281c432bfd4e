"""`mosaic load`: what `mosaic export` wrote, into this database."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import log
from api.database import open_database
from errors import ConfigError
from memory import ledgers_loading
from memory.ledgers_loading import Loaded
from settings import get_settings

console = Console()
errors = Console(stderr=True)


def load(
    file: Annotated[str, typer.Argument(help="The file; - reads standard input.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try every line, then take it all back.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")] = False,
) -> None:
    """Load the business's ledgers from a file that `mosaic export` wrote: every line of it or
    nothing. Rows whose keys are there stay as they are, so loading again changes nothing. Exit
    code 1 for a line that is wrong, 2 when the file or the database cannot be read."""
    log.configure("WARNING")
    with _opened(file) as source, _progress() as bar:
        size = os.fstat(source.fileno()).st_size
        lines = bar.wrap_file(source, total=size, description="loading")
        loaded = asyncio.run(_load(lines, dry_run))
    if as_json:
        tables = {name: asdict(count) for name, count in loaded.items()}
        typer.echo(json.dumps({"dry_run": dry_run, "tables": tables}))
    else:
        _print(loaded, dry_run)


async def _load(lines: Iterable[bytes], dry_run: bool) -> dict[str, Loaded]:
    async with open_database(get_settings()):
        return await ledgers_loading.load(lines, dry_run=dry_run)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file. Raises ConfigError where it cannot be read."""
    with tempfile.TemporaryFile() as written_down:
        try:
            if name == "-":
                # Read to its end first: a slow writer must not hold a transaction open.
                shutil.copyfileobj(sys.stdin.buffer, written_down)
                written_down.seek(0)
                source = cast(BinaryIO, written_down)
            else:
                source = open(name, "rb")  # noqa: SIM115
        except OSError as error:
            raise ConfigError(f"{name} cannot be read: {error.strerror or error}.") from error
        with source:
            yield source


def _progress() -> Progress:
    """A bar for who is looking at a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )


def _print(loaded: dict[str, Loaded], dry_run: bool) -> None:
    table = Table("table", "new", "there already")
    for name, count in loaded.items():
        table.add_row(name, f"{count.new:,}", f"{count.there:,}")
    console.print(table)
    if dry_run:
        console.print("Nothing was changed: this was a dry run.")
