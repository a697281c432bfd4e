"""verify: what the gate held back is repaired once by the model, then replaced by the facts' own
statements. If the verifier itself failed, the answer is made of fact statements alone."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent import prompts
from agent.context import MAX_STEPS, RunContext, RunState
from agent.models.types import BlockEnd, Cited, Text
from agent.nodes.answer import REFUSED, note, request, said_so_far, say_judged, stream_answer
from agent.receipts.gate import Gate, Held, Judged
from agent.receipts.replace import facts_only
from errors import ModelUnavailable
from log import get_logger

logger = get_logger(__name__)

NOTHING_TO_SAY = "I have nothing on record that answers this."
FAILED_NOTICE = "The answer could not be checked, so it is made of the records' own statements."


async def verify(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """Complete the answer so that everything in it has been checked."""
    work = runtime.context
    gate = work.gate
    if gate is not None and not work.verifier_failed:
        work.judged = list(gate.judged)
        if gate.held:
            await _repair(work, gate.held)
    if work.verifier_failed:
        work.notice = FAILED_NOTICE
        work.judged = []
        work.speech.close({"status": "superseded"})
    if work.speech.current is None:
        _say_facts(work)
    return {}


async def _repair(work: RunContext, held: list[Held]) -> None:
    """Let the model go on from what was released, once, with the reasons; what fails again is
    replaced. The offline model has no other words to offer, so its are replaced at once."""
    logger.warning("sentences held back", count=len(held), reasons=[item.reason for item in held])
    current = work.speech.current
    second = work.new_gate(before=current.text if current else "", repaired=True)
    work.repaired = len(held)
    try:
        if work.model is work.services.offline:
            _say_again(work, held, second)
        else:
            turns = [said_so_far(work), note(prompts.repair([item.reason for item in held]))]
            asked = request(work, MAX_STEPS, *(turn for turn in turns if turn is not None))
            await stream_answer(work, asked, second)
    except ModelUnavailable:
        _say_again(work, held, second)
    work.replaced = len(second.held)
    work.judged.extend(second.judged)


def _say_again(work: RunContext, held: list[Held], gate: Gate) -> None:
    """Put the held sentences through a repairing gate, which replaces them."""
    for block, item in enumerate(held):
        rest = item.text[len(item.shown) :] if block == 0 else item.text
        say_judged(work, gate.feed, Text(block, f"{rest} "))
        say_judged(work, gate.feed, Cited(block, item.cites))
        say_judged(work, gate.feed, BlockEnd(block))
    say_judged(work, gate.finish)


def _say_facts(work: RunContext) -> None:
    """Answer with the facts' own statements, which need no check: code wrote them."""
    text = facts_only(work.facts, work.missing)
    if not text:
        text = REFUSED if work.stopped == "refusal" else NOTHING_TO_SAY
    work.speech.say(text)
    for fact in work.facts:
        start = text.find(fact.statement)
        if start >= 0:
            work.judged.append(
                Judged(
                    fact.statement,
                    "known",
                    start,
                    start + len(fact.statement),
                    cites=(fact.id,),
                    bearing=(fact.id,),
                    replaced=True,
                )
            )
