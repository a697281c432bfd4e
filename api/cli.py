"""The `mosaic` command. What serves is imported by the commands that serve: the others start in a
fraction of the time."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import log
from api import (
    cli_approvals,
    cli_backup,
    cli_chat,
    cli_demo,
    cli_doctor,
    cli_export,
    cli_golden,
    cli_load,
    cli_memory,
    cli_users,
)
from api.database import database_url
from errors import ConfigError, MosaicError
from memory import migrations
from settings import Settings, get_settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Mosaic: answers with a verified receipt."
)
migrate = typer.Typer(no_args_is_help=True, help="Database migrations.")
app.add_typer(migrate, name="migrate")
app.add_typer(cli_users.app, name="user")
app.add_typer(cli_approvals.app, name="approvals")
app.add_typer(cli_memory.app, name="memory")
app.add_typer(cli_golden.app, name="golden")
app.command(name="demo")(cli_demo.demo)
app.command(name="chat")(cli_chat.chat)
app.command(name="doctor")(cli_doctor.doctor)
app.command(name="backup")(cli_backup.backup)
app.command(name="restore")(cli_backup.restore)
app.command(name="export")(cli_export.export)
app.command(name="load")(cli_load.load)

console = Console()
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def main() -> None:
    """Run the command. Exit code 2 for a wrong setting or a missing part, 1 for a failure."""
    try:
        app()
    except ConfigError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(2)
    except MosaicError as error:
        typer.secho(error.detail, fg="red", err=True)
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only HTTP, no runs.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Migrate first, and load the demo once.")
    ] = False,
) -> None:
    """Serve the API and the page; works off runs too, unless told otherwise."""
    settings = get_settings()
    log.configure(settings.log_level)
    sock = _listen(host or settings.host, settings.port if port is None else port)
    if demo:
        migrations.up(database_url(settings))
        asyncio.run(cli_demo.load(settings, once=True))
        _greet(settings, sock.getsockname())
    # uvicorn raises the signal again once it has shut down; what then leaves the process must be
    # an orderly exit, or the embedded database would be left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    import uvicorn

    from api.app import create_app
    from api.draining import GRACEFUL_SECONDS, DrainingServer

    application = create_app(settings, worker=not no_worker)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    DrainingServer(config, application).run(sockets=[sock])


def _listen(host: str, port: int) -> Any:
    """A listening socket, so that a port in use is one clear sentence and no traceback."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Is another Mosaic running? "
            "Choose another port with --port or MOSAIC_PORT."
        ) from error
    sock.set_inheritable(True)
    return sock


def _greet(settings: Settings, address: tuple[Any, ...]) -> None:
    model = f"Claude ({settings.model})" if settings.uses_claude else "offline (no API key is set)"
    console.print(f"\n[bold]Mosaic[/bold] is at http://{address[0]}:{address[1]}")
    console.print(f"  operator  {cli_demo.OPERATOR}   password {cli_demo.PASSWORD}")
    console.print(f"  client    {cli_demo.CLIENT}     password {cli_demo.PASSWORD}")
    console.print(f"  model     {model}\n")


@app.command()
def worker(
    metrics_port: Annotated[
        int | None, typer.Option(help="Show this process's metrics on 127.0.0.1 at this port.")
    ] = None,
) -> None:
    """Work off runs, without HTTP."""
    settings = get_settings()
    log.configure(settings.log_level)
    if metrics_port is not None:
        from api import metrics

        metrics.show_locally(metrics_port)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    from api.services import open_service

    async with open_service(settings, worker=True):
        await stop.wait()


@migrate.command()
def up(as_json: AsJson = False) -> None:
    """Apply every pending migration."""
    _say(migrations.up(database_url(get_settings())), "applied", as_json)


@migrate.command()
def down(
    steps: Annotated[int, typer.Option(min=1, help="How many to roll back.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Roll back the newest migrations. Their tables go, and the rows in them."""
    _say(migrations.down(database_url(get_settings()), steps), "rolled back", as_json)


@migrate.command()
def rehearse(as_json: AsJson = False) -> None:
    """Apply, roll back and re-apply each migration on a scratch database."""
    _say(migrations.rehearse(database_url(get_settings())), "rehearsed", as_json)


@migrate.command()
def status(as_json: AsJson = False) -> None:
    """Show where every migration stands; exit code 1 unless all are applied."""
    states = migrations.status(database_url(get_settings()))
    if as_json:
        typer.echo(json.dumps([state.__dict__ for state in states], default=str))
    else:
        table = Table("migration", "state", "applied at")
        for state in states:
            table.add_row(state.name, state.state, str(state.applied_at or ""))
        console.print(table)
    if any(state.state != "applied" for state in states):
        raise typer.Exit(1)


def _say(names: list[str], what: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({what.replace(" ", "_"): names}))
        return
    for name in names:
        console.print(f"{what} {name}")
    if not names:
        console.print("nothing to do")


@app.command(name="eval")
def run_eval(
    suite: Annotated[str | None, typer.Argument(help="A file of golden/, without .jsonl.")] = None,
    base_url: Annotated[str | None, typer.Option(help="A server that runs already.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put the golden questions to the service over HTTP and score the answers."""
    from evals.runner import main as run

    raise typer.Exit(run(suite, base_url, as_json))


@app.command()
def bench(
    name: Annotated[
        str | None, typer.Argument(help="One benchmark, or recall; all but recall without it.")
    ] = None,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option("--quick", help="Seconds, to see that they run.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="For recall: a folder of LoCoMo conversations.")
    ] = None,
    scale: Annotated[
        int | None, typer.Option(min=1000, help="For recall: so many made-up memories instead.")
    ] = None,
) -> None:
    """Measure, each figure beside a floor measured in the same run."""
    if name == "recall":
        raise typer.Exit(_bench_recall(data, scale, as_json))
    from evals.bench.main import main as run

    raise typer.Exit(run(name, as_json, quick))


def _bench_recall(data: Path | None, scale: int | None, as_json: bool) -> int:
    if scale is not None:
        from evals.bench.recall_scale import main as run_scale

        return run_scale(scale, as_json)
    if data is None:
        raise ConfigError("mosaic bench recall needs --data DIR or --scale N.")
    from evals.bench.recall import main as run_recall

    return run_recall(data, as_json)


if __name__ == "__main__":
    main()
