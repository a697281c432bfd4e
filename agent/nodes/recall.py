"""recall: what the answer may draw on, all of it bounded, so that turn 1,000 costs what turn 10 costs."""

from __future__ import annotations

import asyncio

from langgraph.runtime import Runtime

from agent.context import Consulted, RunContext, RunState
from agent.crisis import screen
from agent.models.types import AssistantTurn, Name, ToolCall, ToolTurn, Turn, UserTurn
from memory import flags, threads, tool_calls
from memory.pool import get_conn
from memory.question import spoken_by
from memory.recall import Before
from memory.recaller import Recalled
from tools.findings import Findings
from tools.names import list_names
from tools.registry import tools_for
from tools.shared.passages import passage_findings

HISTORY_TURNS = 6
MESSAGE_CHARACTERS = 1200


async def recall(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Load the message, the last turns, the names, the tools this caller may use, and what the
    message brings up from before."""
    work = runtime.context
    _read_message(work)
    _, recalled = await asyncio.gather(_load(work), _look_back(work))
    if recalled is not None:
        findings = passage_findings(recalled, work.now, work.caller.time_zone)
        result = work.learn(Consulted(ToolCall("recall", "recall", {}), findings))
        work.turns[0] = UserTurn(work.user_text, result.facts)
    return {"step": state.get("step", 0)}


async def load(work: RunContext) -> None:
    """Fill the working set from Postgres, for a run that goes on after an approval."""
    _read_message(work)
    await _load(work)


def _read_message(work: RunContext) -> None:
    work.user_text = work.claim.text
    work.turns = [UserTurn(work.user_text)]
    if work.role == "client":
        work.crisis = screen(work.user_text)


async def _look_back(work: RunContext) -> Recalled | None:
    """What the message brings up of what was said before the last turns. In a crisis nothing."""
    if work.crisis is not None:
        return None
    claim, read_anyway = work.claim, HISTORY_TURNS
    if spoken_by(work.user_text) is not None:
        # To be quoted, even what the model has just read must be a fact.
        read_anyway = 0
    return await work.services.recaller.recall(
        work.caller,
        work.user_text,
        work.now,
        before=Before(claim.thread_id, 2 * (claim.root_turn - read_anyway)),
    )


async def _load(work: RunContext) -> None:
    claim = work.claim
    async with get_conn(work.caller) as conn:
        recent, _ = await threads.recent_messages(
            conn, claim.thread_id, claim.root_turn, HISTORY_TURNS
        )
        enabled = await flags.enabled(conn)
        names = await list_names(conn, work.caller)
        again = claim.attempt > 1 or claim.continues
        made = await tool_calls.made(conn, claim.root_id) if again else []
    work.names = tuple(Name(*name) for name in names)
    work.history = _history([(row["role"], row["content"]) for row in recent])
    work.tools = tuple(tools_for(work.caller.role, enabled))
    _take_up(work, made)


def _history(messages: list[tuple[str, str]]) -> list[Turn]:
    """User and assistant turns in alternation, each cut to a bounded length."""
    turns: list[Turn] = []
    for role, content in messages:
        text = content if len(content) <= MESSAGE_CHARACTERS else content[:MESSAGE_CHARACTERS] + "…"
        if role == "user":
            if turns and isinstance(turns[-1], UserTurn):
                turns.append(AssistantTurn("(no answer was given)"))
            turns.append(UserTurn(text))
        elif turns and isinstance(turns[-1], AssistantTurn):
            turns[-1] = AssistantTurn(turns[-1].text + "\n\n" + text)
        elif turns:
            turns.append(AssistantTurn(text))
    if turns and isinstance(turns[-1], UserTurn):
        turns.append(AssistantTurn("(no answer was given)"))
    return turns


def _take_up(work: RunContext, made: list[tool_calls.Made]) -> None:
    """Go on from the calls that an earlier attempt finished; they are not made again."""
    for step in sorted({item.step for item in made}):
        group = [item for item in made if item.step == step]
        calls = tuple(ToolCall(item.tool_call_id, item.tool, item.args) for item in group)
        results = [
            work.learn(
                Consulted(
                    call,
                    Findings.model_validate(item.findings) if item.findings else None,
                    item.error,
                )
            )
            for call, item in zip(calls, group, strict=True)
        ]
        work.turns += [AssistantTurn(calls=calls), ToolTurn(tuple(results))]
