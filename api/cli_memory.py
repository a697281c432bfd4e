"""`mosaic memory`: how what is remembered stands, and changing the embedding model in use."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import log
from api.database import open_database
from memory import embedding_models
from memory.embeddings import make_embedder
from settings import get_settings

app = typer.Typer(no_args_is_help=True, help="What is remembered, and its embedding model.")
console = Console()

Settle = Annotated[
    float,
    typer.Option(
        min=0,
        help="Seconds between the switch and dropping the old vectors, for services to follow.",
    ),
]


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")] = False,
) -> None:
    """How many passages are remembered, how many wait for their vector, and in which models."""
    settings = get_settings()
    log.configure("WARNING")

    async def read() -> embedding_models.Status:
        async with open_database(settings):
            return await embedding_models.status()

    found = asyncio.run(read())
    configured = make_embedder(settings).model
    if as_json:
        typer.echo(json.dumps({**asdict(found), "configured": configured}))
        return
    console.print(
        f"{found.memories:,} passages are remembered; {found.waiting:,} wait for their vector, "
        f"{found.forgotten:,} are forgotten."
    )
    table = Table("model", "dimensions", "state", "vectors")
    for row in found.models:
        vectors = f"{row['vectors']:,}"
        table.add_row(row["name"], str(row["dimensions"]), row["state"], vectors)
    console.print(table)
    for model, tokens in found.tokens_today.items():
        console.print(
            f"{tokens:,} tokens of {model} today, of {settings.embeddings_daily_tokens:,}"
        )
    if not any(row["name"] == configured and row["state"] == "active" for row in found.models):
        console.print(f"The settings name {configured}; `mosaic memory reembed` changes to it.")


@app.command()
def reembed(settle: Settle = embedding_models.SETTLE_SECONDS) -> None:
    """Change to the embedding model that the settings name, while the service runs: fill in its
    vectors, switch, drop the old ones. Stopped or killed, run it again: it goes on."""
    settings = get_settings()
    log.configure("WARNING")
    embedder = make_embedder(settings)
    bar = Progress(
        TextColumn(f"embedding with {embedder.model}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    task = bar.add_task("", total=None)

    async def change() -> list[str]:
        async with open_database(settings):
            return await embedding_models.reembed(
                embedder,
                lambda done, total: bar.update(task, completed=done, total=total),
                settle=settle,
            )

    with bar:
        dropped = asyncio.run(change())
    gone = f"; dropped the vectors of {', '.join(dropped)}" if dropped else ""
    console.print(f"Memories are recalled with {embedder.model}{gone}.")
