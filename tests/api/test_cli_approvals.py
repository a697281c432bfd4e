"""The inbox in the terminal: what it prints for people and machines, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.agui import ask
from tests.command import mosaic as command
from tests.service import OPERATOR, Server, running_service

ACT = "Start build for Oak Family Law portal"


@pytest.fixture(scope="module")
async def office(server_url: str) -> AsyncIterator[Server]:
    """A service in which things are decided."""
    async with running_service(server_url, demo=True) as server:
        # The first answer trains the offline model, which no command's patience should pay for.
        await ask(await server.log_in(OPERATOR), "Good morning.")
        yield server


async def mosaic(server: Server, *arguments: str) -> tuple[int, str]:
    """Exit code, and what `mosaic …` says about the server."""
    arguments = (*arguments, "--base-url", server.url)
    code, output, errors = await command(server, *arguments, COLUMNS="200")
    return code, output + errors


async def stop_for(server: Server, text: str) -> str:
    """Ask for a gated act; gives the id of the approval it waits for."""
    code, output = await mosaic(server, "chat", text, "--as", "operator", "--json")
    assert code == 3
    [card] = json.loads(output)["approvals"]
    assert card["status"] == "pending"
    return str(card["id"])


async def test_chat_prints_the_card_and_how_to_decide(office: Server) -> None:
    code, output = await mosaic(office, "chat", "Start the Oak build.", "--as", "operator")
    assert code == 3
    assert f"{ACT} waits for your decision" in output.replace("*", "")
    assert "Fact  Oak Family Law portal is approved." in output
    command = next(line.split() for line in output.splitlines() if "approvals approve" in line)
    beginning = command[command.index("approve") + 1]
    code, listed = await mosaic(office, "approvals", "list")
    assert code == 0 and beginning in listed and ACT in listed

    code, shown = await mosaic(office, "approvals", "show", beginning)
    assert code == 0 and "from APPROVED to BUILDING" in shown and "any operator, until" in shown
    code, denied = await mosaic(office, "approvals", "deny", beginning, "--reason", "Not yet")
    assert (code, denied.strip()) == (0, f"Not done: {ACT}")
    code, empty = await mosaic(office, "approvals", "list")
    assert (code, empty.strip()) == (0, "Nothing waits for a decision.")
    code, ended = await mosaic(office, "approvals", "list", "--status", "ended", "--json")
    card = json.loads(ended)["approvals"][0]
    assert (card["status"], card["decision_reason"]) == ("denied", "Not yet")


async def test_what_is_never_done_is_refused_with_the_page_to_go_to(office: Server) -> None:
    code, output = await mosaic(office, "chat", "Send the Cedar proposal", "--as", "operator")
    assert code == 0 and "I never send anything to a client" in output
    assert "on the page /leads/L04" in output


async def test_approved_it_is_done_and_a_second_time_refused(office: Server) -> None:
    approval = await stop_for(office, "Start the Oak build.")
    code, output = await mosaic(
        office, "approvals", "approve", approval, "--as", OPERATOR, "--json"
    )
    card = json.loads(output)
    assert (code, card["status"], card["decided_by"]) == (0, "executed", OPERATOR)
    code, output = await mosaic(office, "approvals", "approve", approval)
    assert code == 1 and f"already approved by {OPERATOR}" in output


async def test_edits_are_read_as_their_schema_says(office: Server) -> None:
    approval = await stop_for(office, "Switch the flag EXPERIMENTS_ENABLED off.")
    code, output = await mosaic(office, "approvals", "approve", approval)
    assert code == 1 and "only with a reason" in output
    code, output = await mosaic(office, "approvals", "approve", approval, "--set", "name=OTHER")
    assert code == 1 and "what may be changed here: reason" in output
    code, output = await mosaic(office, "approvals", "approve", approval, "--set", "reason=Test 1")
    assert (code, output.strip()) == (0, "Done: Switch EXPERIMENTS_ENABLED off")


async def test_what_is_not_there_is_said(office: Server) -> None:
    code, output = await mosaic(office, "approvals", "show", "0000")
    assert code == 1 and "None begins with 0000" in output
    code, output = await mosaic(office, "approvals", "list", "--as", "client")
    assert code == 1 and "operator" in output
