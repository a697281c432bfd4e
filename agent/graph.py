"""The graph of one run: (recall → guard) → answer ⇄ (authorize → decide → act) → (verify → record).

What stands in brackets at its beginning and its end is one node each: nothing can come between its
stages, and LangGraph takes half a millisecond for a node. A node that chooses its successor
returns a Command, which costs less than a conditional edge.
"""

from __future__ import annotations

from copy import copy
from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent import observe
from agent.checkpoints import EndSaver
from agent.context import MAX_STEPS, RunContext, RunState
from agent.nodes.act import act
from agent.nodes.answer import answer
from agent.nodes.authorize import authorize, decide
from agent.nodes.guard import guard
from agent.nodes.recall import recall
from agent.nodes.record import record
from agent.nodes.verify import verify

_recall, _guard, _answer, _verify, _record = (
    observe.node(node) for node in (recall, guard, answer, verify, record)
)

Graph = CompiledStateGraph[RunState, RunContext, RunState, RunState]


async def _begin(
    state: RunState, runtime: Runtime[RunContext]
) -> Command[Literal["answer", "end"]]:
    """What is settled before any model is asked."""
    await _recall(state, runtime)
    settled = await _guard(state, runtime)
    return Command(update=settled, goto="end" if settled.get("handled") else "answer")


async def _answer_or_call(
    state: RunState, runtime: Runtime[RunContext]
) -> Command[Literal["authorize", "end"]]:
    said = await _answer(state, runtime)
    return Command(update=said, goto="authorize" if said.get("calls") else "end")


async def _end(state: RunState, runtime: Runtime[RunContext]) -> RunState:
    """A crisis card needs no check, an answer does."""
    if not state.get("handled"):
        await _verify(state, runtime)
    return await _record(state, runtime)


def _build() -> Graph:
    graph: StateGraph[RunState, RunContext, RunState, RunState] = StateGraph(
        RunState, context_schema=RunContext
    )
    graph.add_node("begin", _begin)
    graph.add_node("answer", _answer_or_call)
    for node in (authorize, decide, act):
        graph.add_node(node.__name__, observe.node(node))
    graph.add_node("end", _end)
    graph.add_edge(START, "begin")
    graph.add_edge("authorize", "decide")
    graph.add_edge("decide", "act")
    graph.add_edge("act", "answer")
    graph.add_edge("end", END)
    return graph.compile()


_compiled = _build()


async def invoke(context: RunContext) -> list[str]:
    """Run the graph for one attempt; returns the approvals it has stopped for, if any.

    Its checkpoint's thread is the run, with a saver of its own: a shared saver takes a lock for
    the whole process, and LangGraph serialises no thread. A run that goes on after an approval
    takes up the checkpoint of the run that stopped.
    """
    saver = EndSaver(context.claim)
    config: Any = {
        "configurable": {"thread_id": context.claim.root_id},
        "recursion_limit": 5 * MAX_STEPS + 8,
    }
    start: Any = Command(resume=True) if context.claim.continues else {"step": 0}
    graph = copy(_compiled)
    graph.checkpointer = saver
    ended = await graph.ainvoke(start, config, context=context, durability="exit")
    if stops := ended.get("__interrupt__"):
        await saver.write()
        return [approval for stop in stops for approval in stop.value]
    if context.claim.continues:
        await saver.adelete_thread(context.claim.root_id)
    return []
