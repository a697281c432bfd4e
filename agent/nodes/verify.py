"""verify: what the gate held back is repaired once by the model, then replaced by the facts' own
statements. If the verifier itself failed, the answer is made of fact statements alone."""

from __future__ import annotations

from langgraph.runtime import Runtime

from agent import prompts
from agent.context import MAX_STEPS, RunContext, RunState
from agent.models.types import BlockEnd, Cited, Text
from agent.nodes.answer import note, note_stop, request, said_so_far, say_judged, stream_answer
from agent.receipts.gate import Gate
from agent.receipts.released import Held, Judged, facts_only
from errors import ModelUnavailable
from log import get_logger

logger = get_logger(__name__)

NOTHING_TO_SAY = "I have nothing on record that answers this."
NO_ANSWER = "The language model gave no answer. Try asking it another way."
FACTS_INSTEAD = "The language model gave no answer, so the records speak for themselves here."
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
    current = work.speech.current
    if current is None or not current.text.strip():
        _say_facts(work)
    return {}


async def _repair(work: RunContext, held: list[Held]) -> None:
    """Let the model go on from what was released, once, with the reasons; what fails again is
    replaced. The offline model has no other words to offer, so its are replaced at once."""
    logger.warning("sentences held back", count=len(held))
    said = _open_text(work)
    gate = work.new_gate(before=said, repaired=True)
    work.repaired = len(held)
    if work.model is work.services.offline:
        _say_again(work, held, gate)
    else:
        turns = [said_so_far(work), note(prompts.repair([item.reason for item in held]))]
        asked = request(work, MAX_STEPS, *(turn for turn in turns if turn is not None))
        try:
            await stream_answer(work, asked, gate)
            note_stop(work)
        except ModelUnavailable as error:
            if _open_text(work) != said:
                raise
            logger.warning("model unavailable for the repair", code=error.code)
            work.notice = work.notice or FACTS_INSTEAD
            gate = work.new_gate(before=said, repaired=True)
            _say_again(work, held, gate)
    work.replaced = len(gate.held)
    work.judged.extend(gate.judged)


def _open_text(work: RunContext) -> str:
    return work.speech.current.text if work.speech.current else ""


def _say_again(work: RunContext, held: list[Held], gate: Gate) -> None:
    """Put the held sentences through a repairing gate, which replaces them."""
    for block, item in enumerate(held):
        rest = item.text[len(item.shown) :] if block == 0 else item.text
        say_judged(work, gate.feed, Text(block, f"{rest} "))
        say_judged(work, gate.feed, Cited(block, item.cites))
        say_judged(work, gate.feed, BlockEnd(block))
    say_judged(work, gate.finish)


def _say_facts(work: RunContext) -> None:
    """Answer with the facts' own statements, which need no check: code wrote them. Without any,
    say in one sentence what happened."""
    gave_nothing = not (
        work.repaired or work.verifier_failed or work.model is work.services.offline
    )
    text = facts_only(work.facts, work.missing)
    if text and gave_nothing:
        work.notice = work.notice or FACTS_INSTEAD
    elif gave_nothing:
        text, work.notice = work.notice or NO_ANSWER, None
    elif not text:
        text = NOTHING_TO_SAY
    begin = len(_open_text(work))
    work.speech.say(text)
    for fact in work.facts:
        start = text.find(fact.statement)
        if start >= 0:
            work.judged.append(
                Judged(
                    fact.statement,
                    "known",
                    begin + start,
                    begin + start + len(fact.statement),
                    cites=(fact.id,),
                    bearing=(fact.id,),
                    replaced=True,
                )
            )
