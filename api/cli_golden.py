"""`mosaic golden`: cases out of runs, and the state of the files they are in."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

import log
from api.database import open_database
from settings import get_settings

if TYPE_CHECKING:
    from evals.promoting import Promoted

app = typer.Typer(
    no_args_is_help=True,
    help="Golden cases. Exit code 0 when it was done, 1 when it was refused or faults were found.",
)
console = Console()

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
Suite = Annotated[str | None, typer.Argument(help="A file of the folder, without .jsonl.")]
Folder = Annotated[
    Path | None, typer.Option(help="Where the suites are; golden/ of this checkout without it.")
]


@app.command()
def promote(
    run_id: Annotated[str, typer.Argument(help="A run that has ended with an answer.")],
    suite: Annotated[
        Literal["ops", "coach"] | None, typer.Option(help="Where to; by the person's role without.")
    ] = None,
    because: Annotated[str | None, typer.Option(help="Why the case exists.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the line, write none.")] = False,
    before: Annotated[
        int | None,
        typer.Option(min=0, help="How many turns before it are taken at most; what a run sees."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A word that names nobody; may be repeated.", metavar="WORD"),
    ] = None,
    folder: Folder = None,
) -> None:
    """Make a golden case of a run: its message, redacted, and what it decided. Read it before you
    commit it."""
    from evals import golden_files

    made = asyncio.run(_promote(run_id, suite, because, before, keep or []))
    for fact in made.left_out:
        typer.echo(f"left out, since it will not be the same again: {fact}", err=True)
    if dry_run:
        typer.echo(golden_files.as_line(made.case))
        return
    there = golden_files.add(made.case, made.suite, folder or _golden())
    if there is not None:
        typer.echo(f"{made.case.id} is in {there}.jsonl already; nothing was written")
    else:
        typer.echo(f"{made.case.id} was added to {made.suite}.jsonl")


async def _promote(
    run_id: str, suite: str | None, because: str | None, before: int | None, keep: list[str]
) -> Promoted:
    """The case, made on the configured database. Raises ConfigError without one."""
    from agent.nodes.recall import HISTORY_TURNS
    from evals.promoting import promote as promoted

    log.configure("WARNING")
    turns = HISTORY_TURNS if before is None else min(before, HISTORY_TURNS)
    async with open_database(get_settings()):
        return await promoted(run_id, suite=suite, because=because, before=turns, kept=keep)


@app.command()
def check(suite: Suite = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Validate the golden files: every line, ids, tools and their arguments. Exit code 1 with
    file:line for each fault."""
    from evals import golden_files

    found = golden_files.faults(suite, folder or _golden())
    if as_json:
        typer.echo(json.dumps({"faults": [fault.__dict__ for fault in found]}))
    elif found:
        for fault in found:
            typer.echo(str(fault))
    else:
        typer.echo("no faults")
    if found:
        raise typer.Exit(1)


@app.command(name="list")
def list_cases(suite: Suite = None, folder: Folder = None, as_json: AsJson = False) -> None:
    """Count the cases of each suite, by cluster and by tag."""
    from evals import golden_files

    found = golden_files.counts(suite, folder or _golden())
    if as_json:
        typer.echo(json.dumps(found))
        return
    table = Table("suite", "", "", "cases", box=None)
    for name, of_suite in found.items():
        table.add_row(name, "", "", str(of_suite["cases"]), style="bold")
        for kind, title in (("clusters", "cluster"), ("tags", "tag")):
            for key, number in sorted(of_suite[kind].items()):
                table.add_row("", title, key, str(number))
    console.print(table)


def _golden() -> Path:
    from evals.cases import GOLDEN

    return GOLDEN
