"""`mosaic chat`: ask over HTTP, watch the answer come, read its receipt."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import typer
from rich.console import Console

from errors import MosaicError
from settings import get_settings

console = Console()
DEMO_PASSWORD = "mosaic-demo"  # noqa: S105 - the demo's published password


def chat(
    text: Annotated[str, typer.Argument(help="What you want to say.")],
    person: Annotated[
        str, typer.Option("--as", help="Whom to log in as; operator and client are the demo's.")
    ] = "client",
    thread: Annotated[str | None, typer.Option(help="Go on in this thread.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The server to ask.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask the service that runs here. The password comes from MOSAIC_PASSWORD (demo people
    need none). Exit code 1 when the run ends in an error."""
    settings = get_settings()
    email = person if "@" in person else f"{person}@demo.local"
    url = base_url or f"http://{settings.host}:{settings.port}"
    password = os.environ.get("MOSAIC_PASSWORD", DEMO_PASSWORD)
    thread_id = thread or str(uuid4())
    try:
        with httpx2.Client(base_url=url, timeout=httpx2.Timeout(10, read=60)) as client:
            client.headers["Authorization"] = f"Bearer {_log_in(client, email, password)}"
            events = _run(client, thread_id, text)
            ended = _print_json(thread_id, events) if as_json else _print(events)
    except httpx2.TransportError as error:
        raise MosaicError(f"No Mosaic answers at {url}. Start one with `mosaic serve`.") from error
    if ended != "RUN_FINISHED":
        raise typer.Exit(1)


def _log_in(client: httpx2.Client, email: str, password: str) -> str:
    answer = client.post("/auth/login", json={"email": email, "password": password})
    if answer.status_code != 200:
        raise MosaicError(f"Log-in as {email} failed: {answer.json()['detail']}")
    return str(answer.json()["access_token"])


def _run(client: httpx2.Client, thread_id: str, text: str) -> Iterator[dict[str, Any]]:
    sent = {
        "threadId": thread_id,
        "runId": str(uuid4()),
        "messages": [{"id": str(uuid4()), "role": "user", "content": text}],
        "tools": [],
        "context": [],
        "state": {},
        "forwardedProps": {},
    }
    with client.stream("POST", "/agui", json=sent) as response:
        if response.status_code != 200:
            response.read()
            raise MosaicError(response.json()["detail"])
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


def _print(events: Iterator[dict[str, Any]]) -> str:
    ended = ""
    for event in events:
        match event["type"]:
            case "TOOL_CALL_START":
                console.print(f"[dim]· {event['metadata']['title']}[/dim]")
            case "TEXT_MESSAGE_CONTENT":
                console.out(event["delta"], end="", highlight=False)
            case "TEXT_MESSAGE_END":
                console.out("\n")
            case "ACTIVITY_SNAPSHOT":
                _print_receipt(event["content"])
            case "RUN_ERROR":
                console.print(f"[red]{event['message']}[/red]")
        ended = event["type"]
    return ended


def _print_receipt(receipt: dict[str, Any]) -> None:
    console.rule(f"Receipt · {receipt['overall']}", align="left", style="dim")
    for item in receipt["known"]:
        console.print(f"  [green]Known[/green]    {item['statement']}", highlight=False)
        console.print(
            f"           [dim]{item['ledger']}, as of {item['as_of'][:16]}[/dim]", highlight=False
        )
    for item in receipt["inferred"]:
        console.print(f"  [yellow]Inferred[/yellow] {item['statement']}", highlight=False)
        console.print(f"           [dim]{item['confidence']}; {item['why']}[/dim]", highlight=False)
    for item in receipt["missing"]:
        console.print(f"  [red]Missing[/red]  {item['need']}", highlight=False)
        console.print(f"           [dim]{item['why_it_matters']}[/dim]", highlight=False)
    if receipt.get("notice"):
        console.print(f"  {receipt['notice']}", highlight=False)


def _print_json(thread_id: str, events: Iterator[dict[str, Any]]) -> str:
    text, receipt, error, ended = "", None, None, ""
    for event in events:
        match event["type"]:
            case "TEXT_MESSAGE_CONTENT":
                text += event["delta"]
            case "ACTIVITY_SNAPSHOT":
                receipt = event["content"]
            case "RUN_ERROR":
                error = {"code": event.get("code"), "message": event["message"]}
        ended = event["type"]
    typer.echo(
        json.dumps({"thread_id": thread_id, "answer": text, "receipt": receipt, "error": error})
    )
    return ended
