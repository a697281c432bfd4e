"""`mosaic chat`: ask over HTTP, watch the answer come, read its receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

import httpx2
import typer
from rich.console import Console

from api.cli_approvals import print_card
from api.cli_http import BaseUrl, body_of, logged_in

console = Console()
WAITS = 3
"""Exit code of a run that has stopped for a person's decision."""


@dataclass
class Heard:
    """What a run has brought, out of its events."""

    text: str = ""
    receipt: dict[str, Any] | None = None
    approvals: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    ended: str = ""

    def take(self, event: dict[str, Any]) -> None:
        match event["type"], event.get("activityType"):
            case "TEXT_MESSAGE_CONTENT", _:
                self.text += event["delta"]
            case "ACTIVITY_SNAPSHOT", "receipt":
                self.receipt = event["content"]
            case "ACTIVITY_SNAPSHOT", "approval":
                self.approvals.append(event["content"])
            case "RUN_ERROR", _:
                self.error = {"code": event.get("code"), "message": event["message"]}
        self.ended = event["type"]


def chat(
    text: Annotated[str, typer.Argument(help="What you want to say.")],
    person: Annotated[
        str, typer.Option("--as", help="Whom to log in as; operator and client are the demo's.")
    ] = "client",
    thread: Annotated[str | None, typer.Option(help="Go on in this thread.")] = None,
    base_url: BaseUrl = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask the service that runs here. The password comes from MOSAIC_PASSWORD (demo people
    need none). Exit code 1 when the run ends in an error, 3 when it waits for a decision."""
    thread_id = thread or str(uuid4())
    heard = Heard()
    with logged_in(person, base_url) as client:
        for event in _run(client, thread_id, text):
            heard.take(event)
            if not as_json:
                _print(event)
    if as_json:
        told = {"receipt": heard.receipt, "approvals": heard.approvals, "error": heard.error}
        typer.echo(json.dumps({"thread_id": thread_id, "answer": heard.text, **told}))
    if heard.ended != "RUN_FINISHED":
        raise typer.Exit(1)
    if heard.approvals:
        raise typer.Exit(WAITS)


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
            body_of(response)
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


def _print(event: dict[str, Any]) -> None:
    match event["type"], event.get("activityType"):
        case "TOOL_CALL_START", _:
            console.print(f"[dim]· {event['metadata']['title']}[/dim]")
        case "TEXT_MESSAGE_CONTENT", _:
            console.out(event["delta"], end="", highlight=False)
        case "TEXT_MESSAGE_END", _:
            console.out("\n")
        case "ACTIVITY_SNAPSHOT", "receipt":
            _print_receipt(event["content"])
        case "ACTIVITY_SNAPSHOT", "approval":
            print_card(event["content"], brief=True)
        case "RUN_ERROR", _:
            console.print(f"[red]{event['message']}[/red]")


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
        if item["how_to_get"] == "page" and (page := item.get("target")):
            console.print(f"           on the page {page}", highlight=False)
    if receipt.get("notice"):
        console.print(f"  {receipt['notice']}", highlight=False)
