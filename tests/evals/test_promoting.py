"""`mosaic golden promote`: a run of the demo becomes a case that passes, and fails once it is
altered; what cannot be told without somebody's secrets is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from evals.cases import Case, load, suites
from evals.golden_files import faults
from evals.runner import demo_clients, demo_reset, run_case
from evals.scorers import Score
from memory import migrations
from tests.agui import Sent, send
from tests.command import mosaic
from tests.service import CLIENT, OPERATOR, Server, running_service


@pytest.fixture(scope="module")
async def demo(server_url: str) -> AsyncIterator[Server]:
    """A service of this module's own: some of the runs write, and the demo is made to age."""
    async with running_service(server_url, demo=True) as server:
        yield server


async def golden(server: Server, *arguments: str, **environment: str) -> tuple[int, str, str]:
    return await mosaic(server, "golden", *arguments, **environment)


async def ask(server: Server, person: str, *texts: str) -> str:
    """Say these in one new thread; the id of the last run."""
    client, thread_id, run_id = await server.log_in(person), str(uuid4()), ""
    for text in texts:
        run_id = str(uuid4())
        await send(client, Sent(text, thread_id=thread_id, run_id=run_id))
    return run_id


async def promoted(server: Server, run_id: str, *arguments: str) -> Case:
    code, line, errors = await golden(server, "promote", run_id, "--dry-run", *arguments)
    assert code == 0, errors
    return Case.model_validate_json(line)


async def refused(server: Server, run_id: str, *arguments: str) -> str:
    code, output, errors = await golden(server, "promote", run_id, *arguments)
    assert (code, output) == (1, ""), output
    return " ".join(errors.split())


async def evaluated(server: Server, case: Case) -> Score:
    return await run_case(case, await demo_clients(server), demo_reset(server))


def with_value(case: Case, label: str, value: Any) -> Case:
    """The case with another value for the facts of that label."""
    data = case.model_dump()
    for fact in data["expect"]["facts"]:
        if fact["label"] == label:
            fact["value"] = value
    return Case.model_validate(data)


def execute(server: Server, *statements: str) -> None:
    with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement.encode())


async def test_a_promoted_run_passes_and_fails_once_altered(demo: Server, tmp_path: Path) -> None:
    run_id = await ask(demo, OPERATOR, "How does Cedar stand?")
    at = ["--folder", str(tmp_path), "--because", "Seen live; tell ann@real.example."]
    code, output, errors = await golden(demo, "promote", run_id, *at)
    assert code == 0 and "was added to ops.jsonl" in output, errors
    [case] = load("ops", tmp_path)
    assert faults(folder=tmp_path) == []
    assert case.turns == ["How does Cedar stand?"] and case.tags == ["promoted"]
    assert case.expect.tools == ["get_lead"] and not case.expect.abstain
    assert case.added_because == "Seen live; tell person1@example.com."
    assert ("score", 82) in [(fact.label, fact.value) for fact in case.expect.facts]
    assert (await evaluated(demo, case)).problems == []

    wrong = await evaluated(demo, with_value(case, "score", 83))
    assert "not known: Cedar Contractors quotes / score = 83" in wrong.problems

    code, output, _ = await golden(demo, "promote", run_id, *at)
    assert code == 0 and "is in ops.jsonl already" in output
    assert load("ops", tmp_path) == [case]


async def test_a_write_its_turns_before_and_what_is_missing_are_kept(demo: Server) -> None:
    await mosaic(demo, "demo", "--reset")
    run_id = await ask(demo, CLIENT, "Log an experiment: sing in a choir", "Undo that")
    case = await promoted(demo, run_id)
    assert case.turns == ["Log an experiment: sing in a choir", "Undo that"]
    assert case.expect.tools == ["create_experiment", "undo_entry"]
    assert case.expect.facts == [], "the fact names an id that this database made"
    alone = await promoted(demo, run_id, "--before", "0")
    assert alone.turns == ["Undo that"] and alone.expect.tools == ["undo_entry"]
    assert (await evaluated(demo, case)).problems == []


async def test_what_waits_for_a_person_and_what_nothing_tracks(demo: Server) -> None:
    await mosaic(demo, "demo", "--reset")
    building = await promoted(demo, await ask(demo, OPERATOR, "Start the Oak build."))
    assert building.expect.approval == "start_build" and building.expect.abstain
    untracked = await promoted(demo, await ask(demo, OPERATOR, "What is our ad spend?"))
    assert untracked.expect.tools == [] and untracked.expect.abstain and untracked.expect.missing
    for case in (building, untracked):
        assert (await evaluated(demo, case)).problems == []


async def test_numbers_that_the_database_gave_are_left_out(demo: Server) -> None:
    await mosaic(demo, "demo", "--reset")
    said = "I learned from the email experiment that Tuesdays get more replies"
    case = await promoted(demo, await ask(demo, CLIENT, said))
    assert case.expect.facts == [] and case.expect.missing == ["how confident you are in learning"]
    assert case.expect.args["add_learning"] == [
        {"content": "Tuesdays get more replies", "experiment_id": "Email two people a day"}
    ]
    await mosaic(demo, "demo", "--reset")
    assert (await evaluated(demo, case)).problems == []


async def test_an_experiment_that_is_not_there(demo: Server) -> None:
    run_id = await ask(demo, CLIENT, "What did I learn from my pottery experiment?")
    case = await promoted(demo, run_id)
    assert case.expect.tools == ["list_learnings"] and case.expect.facts == []
    assert (await evaluated(demo, case)).problems == []


def age(server: Server, hours: int) -> None:
    """Make the demo's integrations that much older, and the demo itself."""
    older = f"- interval '{hours} hours'"
    execute(
        server,
        f"UPDATE leads SET created_at = created_at {older}",
        f"UPDATE integration_health SET last_ok_at = last_ok_at {older}",
    )


async def test_ages_are_those_of_a_demo_just_loaded(demo: Server) -> None:
    await mosaic(demo, "demo", "--reset")
    age(demo, 3)
    run_id = await ask(demo, OPERATOR, "When did the knowledge ingest last work?")
    case = await promoted(demo, run_id)
    hours = {fact.subject: fact.value for fact in case.expect.facts if "hours" in fact.label}
    assert hours["Knowledge ingest"] == 52, "55 when it was asked"

    age(demo, 2)
    overdue = await ask(demo, OPERATOR, "When did the knowledge ingest last work?")
    assert "only as the demo has aged" in await refused(demo, overdue), "research is overdue too"
    await mosaic(demo, "demo", "--reset")
    assert (await evaluated(demo, case)).problems == []


async def test_a_record_that_has_changed_since_is_refused(demo: Server) -> None:
    await mosaic(demo, "demo", "--reset")
    run_id = await ask(demo, OPERATOR, "What is the bottleneck?")
    execute(demo, "UPDATE leads SET proposal_sent_at = now() WHERE id IN ('L04', 'L05')")
    assert "has changed since" in await refused(demo, run_id)
    await mosaic(demo, "demo", "--reset")
    assert "The demo was loaded after this run" in await refused(demo, run_id)


async def test_what_could_be_a_name_is_refused_unless_vouched_for(
    demo: Server, tmp_path: Path
) -> None:
    run_id = await ask(demo, OPERATOR, "Email Sarah at sarah@real.example, 030 123 4567.")
    said = await refused(demo, run_id, "--folder", str(tmp_path))
    assert "with certainty: Sarah." in said and suites(tmp_path) == []
    case = await promoted(demo, run_id, "--keep", "Sarah")
    assert case.turns == ["Email Sarah at person1@example.com, +1-555-0101."]


async def test_a_business_that_is_not_the_demos(demo: Server) -> None:
    execute(
        demo,
        "INSERT INTO leads (id, title, contact_name) VALUES ('X1', 'Blue River', 'Jo Hill')",
    )
    try:
        run_id = await ask(demo, OPERATOR, "What is our ad spend for Blue River?")
        case = await promoted(demo, run_id)
        assert case.turns == ["What is our ad spend for Business A?"]
        assert case.expect.tools == [] and case.expect.abstain
        run_id = await ask(demo, OPERATOR, "Send the Blue River proposal now.")
        assert "rests on “Blue River”" in await refused(demo, run_id)
        said = await refused(demo, await ask(demo, OPERATOR, "What is the bottleneck?"))
        assert "names that are not the demo's" in said
    finally:
        execute(demo, "DELETE FROM leads WHERE id = 'X1'")


async def test_another_clients_record_is_refused(demo: Server) -> None:
    person = {"email": f"{uuid4().hex}@test.local", "password": "a long enough password"}
    await demo.client().post("/auth/register", json=person)
    client = await demo.log_in(person["email"], person["password"])
    run_id = str(uuid4())
    await send(client, Sent("My confidence is 8 out of 10 today", run_id=run_id))
    assert "a client's own record" in await refused(demo, run_id)


async def test_runs_that_did_not_end_with_an_answer(demo: Server) -> None:
    assert await refused(demo, "no-such-run") == "There is no such run."
    crisis = await ask(demo, CLIENT, "I want to kill myself.")
    assert "crisis card" in await refused(demo, crisis)
    run_id = await ask(demo, CLIENT, "What is paused?")
    execute(demo, f"UPDATE runs SET status = 'error' WHERE id = '{run_id}'")
    assert "is error" in await refused(demo, run_id)


async def test_without_a_database_it_is_2(demo: Server, server_url: str) -> None:
    gone = migrations.with_database(server_url, "no_such_database")
    code, output, errors = await golden(demo, "promote", "x", DATABASE_URL=gone)
    assert (code, output) == (2, "") and "no_such_database" in errors


async def test_check_needs_no_database(demo: Server) -> None:
    code, output, _ = await golden(demo, "check", "--json", DATABASE_URL="postgresql://nowhere/x")
    assert code == 0 and json.loads(output) == {"faults": []}
