"""`mosaic approvals`: the inbox in the terminal. Deciding there is deciding anywhere."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

import httpx2
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli_http import AsJson, BaseUrl, body_of, logged_in
from errors import Invalid, MosaicError, NotFound

app = typer.Typer(
    no_args_is_help=True,
    help="What waits for a person's decision. Exit code 0 when it was done, 1 when it was refused.",
)
console = Console()
MOST_OPEN = 100

ApprovalId = Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]
Person = Annotated[
    str, typer.Option("--as", help="Whom to log in as; operator is the demo's.", metavar="EMAIL")
]
Outcome = Literal["pending", "ended", "executed", "denied", "expired", "superseded", "failed"]


@app.command(name="list")
def list_approvals(
    status: Annotated[Outcome, typer.Option(help="Those of this status; ended: all but open.")] = (
        "pending"
    ),
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    person: Person = "operator",
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List approvals, the newest first."""
    with logged_in(person, base_url) as client:
        found = body_of(client.get("/approvals", params={"status": status, "limit": limit}))
    if as_json:
        typer.echo(json.dumps(found))
        return
    if not found["approvals"]:
        console.print("Nothing waits for a decision." if status == "pending" else "None.")
        return
    table = Table("id", "act", "status", "asked", "open until", box=None)
    for card in found["approvals"]:
        times = (_minute(card["created_at"]), _minute(card["expires_at"]))
        table.add_row(card["id"][:8], escape(card["act"]), card["status"], *times)
    console.print(table)
    if found["next"] is not None:
        console.print(f"[dim]There are more; raise --limit ({limit}).[/dim]")


@app.command()
def show(
    approval_id: ApprovalId,
    person: Person = "operator",
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show one with its reasons, its facts, what has changed since, and what may be edited."""
    with logged_in(person, base_url) as client:
        card = _read(client, approval_id)
    if as_json:
        typer.echo(json.dumps(card))
    else:
        print_card(card)


@app.command()
def approve(
    approval_id: ApprovalId,
    edits: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change an argument first; may be repeated.", metavar="NAME=…"),
    ] = None,
    person: Person = "operator",
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Approve it: the act is done, once, in your name."""
    with logged_in(person, base_url) as client:
        card = _read(client, approval_id)
        args = dict(_edit(card, edit) for edit in edits or [])
        sent = {"decision": "approve", **({"args": args} if args else {})}
        _print_decided(_decide(client, card, sent), as_json)


@app.command()
def deny(
    approval_id: ApprovalId,
    reason: Annotated[str | None, typer.Option(help="Why not; told to whoever asked.")] = None,
    person: Person = "operator",
    base_url: BaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Deny it: nothing is done, and the answer says so."""
    with logged_in(person, base_url) as client:
        card = _read(client, approval_id)
        sent = {"decision": "deny", **({"reason": reason} if reason else {})}
        _print_decided(_decide(client, card, sent), as_json)


def print_card(card: dict[str, Any], *, brief: bool = False) -> None:
    """An approval for people; `brief` leaves out what has just been said in words."""
    console.rule(f"Approval · {card['status']}", align="left", style="dim")
    lines = [f"[bold]{escape(card['act'])}[/bold]  [dim]{card['id'][:8]}[/dim]"]
    if not brief:
        lines += [escape(card["summary"]), escape(card["why"])]
    lines += [f"  [green]Fact[/green]  {escape(fact['statement'])}" for fact in card["facts"]]
    lines += [f"  [yellow]Changed[/yellow]  {escape(said)}." for said in card.get("changed", [])]
    if card["status"] == "pending":
        who = "another operator than the one who asked" if card["four_eyes"] else "any operator"
        lines.append(f"Decides: {who}, until {_minute(card['expires_at'])}.")
        lines += [f"  mosaic approvals approve {card['id'][:8]}{_settable(card)}"]
        lines += [f"  mosaic approvals deny {card['id'][:8]} --reason …"]
    elif card["decided_by"]:
        why = card["decision_reason"] or card["result"]
        said = f": {escape(why)}" if why else ""
        lines.append(f"Decided by {card['decided_by']}, {_minute(card['decided_at'])}{said}")
    for line in lines:
        console.print(line, highlight=False)


def _settable(card: dict[str, Any]) -> str:
    names = ", ".join(card["editable"])
    return f"  [dim](--set may change: {names})[/dim]" if names else ""


def _read(client: httpx2.Client, approval_id: str) -> dict[str, Any]:
    """One whole, by its id or by a beginning that only one open approval has."""
    answer = client.get(f"/approvals/{approval_id}")
    if answer.status_code != 404:
        card: dict[str, Any] = body_of(answer)
        return card
    waiting = body_of(client.get("/approvals", params={"limit": MOST_OPEN}))["approvals"]
    meant = [card["id"] for card in waiting if card["id"].startswith(approval_id)]
    if len(meant) != 1:
        found = f"{len(meant)} open approvals have an id that begins" if meant else "None begins"
        raise NotFound(f"{found} with {approval_id}. See `mosaic approvals list`.")
    whole: dict[str, Any] = body_of(client.get(f"/approvals/{meant[0]}"))
    return whole


def _edit(card: dict[str, Any], edit: str) -> tuple[str, Any]:
    """`name=value` as an argument, the value read as its schema says. Raises Invalid."""
    name, separator, text = edit.partition("=")
    fields = card["response_schema"]["properties"]["args"]["properties"]
    if not separator or name not in fields:
        allowed = ", ".join(fields) or "nothing"
        raise Invalid(f"--set takes NAME=VALUE; what may be changed here: {allowed}.")
    kinds = [fields[name], *fields[name].get("anyOf", [])]
    if any(kind.get("type") == "string" for kind in kinds):
        return name, text or None
    try:
        return name, json.loads(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is no value for {name}.") from error


def _decide(
    client: httpx2.Client, card: dict[str, Any], decision: dict[str, Any]
) -> dict[str, Any]:
    """Pass a decision on; whoever decides later than another is told so (MosaicError)."""
    decided: dict[str, Any] = body_of(client.post(f"/approvals/{card['id']}", json=decision))
    if decided["status"] not in ("executed", "denied"):
        raise MosaicError(f"It was not done: {decided['status']}.")
    return decided


def _print_decided(card: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(card))
        return
    done = "Done" if card["status"] == "executed" else "Not done"
    console.print(f"{done}: {escape(card['act'])}", highlight=False)


def _minute(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"
