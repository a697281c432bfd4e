"""`mosaic backup` and `mosaic restore`: a backup counts once it has been restored and compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from api.database import database_url
from memory.backup import Backup, Restored, back_up
from memory.backup import restore as restore_file
from settings import get_settings

errors = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def backup(
    to: Annotated[
        Path | None, typer.Option(help="Folder for it; `backups` in MOSAIC_HOME without it.")
    ] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Restore it into a scratch database and compare.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a backup with its manifest; the service may go on running. Exit code 1 when it
    cannot be verified, 2 when it cannot be begun."""
    settings = get_settings()
    url = database_url(settings)
    made = back_up(url, to or settings.home / "backups", _say)
    if rehearse:
        restore_file(url, made.file, say=_say)
    if as_json:
        typer.echo(json.dumps({**_facts(made.file, made), "rehearsed": rehearse}))
        return
    typer.echo(
        f"{made.file}: {made.manifest.rows:,} rows of {len(made.manifest.content.tables)} tables, "
        f"{made.manifest.size:,} bytes, as of {made.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    if rehearse:
        typer.echo("rehearsed: restored into a scratch database, every table the same")


def restore(
    file: Annotated[Path, typer.Argument(help="The .dump file; its .json lies beside it.")],
    into: Annotated[
        str | None, typer.Option(help="Name of the database; the service's own without it.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Put it in place; without it, only try it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a scratch database and compare every table; with --yes, put it in
    place of the database, which is renamed and kept. Exit code 1 when anything differs."""
    url = database_url(get_settings())
    done = restore_file(url, file, into=into, put_in_place=yes, say=_say)
    if as_json:
        facts = {
            "database": done.database,
            "kept": done.kept,
            "pending": done.pending,
            "unknown": done.unknown,
        }
        typer.echo(json.dumps({**_facts(file, done), **facts}))
        return
    typer.echo(f"{file}: every one of {done.manifest.rows:,} rows came back the same")
    _say_what_now(done)


def _say_what_now(done: Restored) -> None:
    if done.database is None:
        typer.echo("Nothing was changed. Add --yes to put it in place.")
        return
    typer.echo(f"It is now the database {done.database!r}.")
    if done.kept is not None:
        typer.echo(f'What was there is kept; when sure, drop it: DROP DATABASE "{done.kept}"')
    if done.unknown:
        typer.echo(f"It was made by a newer version: run that one. Unknown: {done.unknown}")
    elif done.pending:
        typer.echo(f"Run `mosaic migrate up`: {len(done.pending)} migrations are pending.")


def _facts(file: Path, made: Backup | Restored) -> dict[str, Any]:
    manifest = made.manifest
    return {
        "file": str(file),
        "made_at": manifest.made_at.isoformat(),
        "sha256": manifest.sha256,
        "size": manifest.size,
        "migration": manifest.migration,
        "tables": len(manifest.content.tables),
        "rows": manifest.rows,
    }


def _say(what: str) -> None:
    errors.print(f"{what} …", style="dim", highlight=False)
