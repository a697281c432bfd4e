"""What one run works with. Lives in memory for one attempt; whatever must outlive it is in Postgres."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

from agent.announced import Announced
from agent.crisis import Crisis
from agent.models.types import (
    Model,
    ModelRequest,
    Name,
    StopReason,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from agent.receipts.gate import Gate
from agent.receipts.model import Mark
from agent.receipts.released import Judged
from agent.speech import Speech
from agent.tape import Tape
from memory.breaker import Breaker
from memory.caller import Caller
from memory.hub import Hub
from memory.recaller import Recaller
from memory.recorder import Recorder
from memory.runs import Claim
from memory.spending import Spending
from tools.findings import Fact, Findings, Missing
from tools.registry import Tool

MAX_STEPS = 6


Render = Callable[[str, Sequence[Mark]], str]


@dataclass(frozen=True)
class Services:
    """What every run of a process shares. `model` is the configured one, `offline` its stand-by
    (the same object when no key is set); `breaker` and `spending` decide whether the configured
    one may be asked; `recaller` finds what was said before; `render` makes safe HTML of an answer."""

    hub: Hub
    recorder: Recorder
    model: Model
    offline: Model
    breaker: Breaker
    spending: Spending
    recaller: Recaller
    render: Render
    clock: Callable[[], datetime]
    coach: str = "Damian"


class RunState(TypedDict, total=False):
    """The graph's state: thin, because a checkpoint is written of it. `waiting` are the ids of
    the approvals the run stops for, `refused` says by call why a gated one may not even be
    proposed, `asked_as` under which call's id it was proposed: an earlier attempt's, perhaps."""

    step: int
    calls: list[dict[str, Any]]
    handled: bool
    waiting: list[str]
    refused: dict[str, str]
    asked_as: dict[str, str]


@dataclass
class Consulted:
    """A tool call that was made, and what it found."""

    call: ToolCall
    findings: Findings | None
    error: str | None = None


@dataclass
class RunContext:
    """The working set of one attempt."""

    services: Services
    claim: Claim
    tape: Tape
    speech: Speech
    announced: Announced
    now: datetime
    user_text: str = ""
    crisis: Crisis | None = None
    history: list[Turn] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    tools: tuple[Tool, ...] = ()
    names: tuple[Name, ...] = ()
    consulted: list[Consulted] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)
    """The approvals that this attempt asked for, each with the id of its call."""
    may_have_asked: bool = False
    """Set before it is written: a stop in between may leave an approval that `asked` lacks."""
    usage: list[Usage] = field(default_factory=list)
    gate: Gate | None = None
    judged: list[Judged] = field(default_factory=list)
    repaired: int = 0
    replaced: int = 0
    notice: str | None = None
    standing_in: bool = False
    must_answer: bool = False
    verifier_failed: bool = False
    stopped: StopReason = "end"
    card: dict[str, Any] | None = None
    ending: asyncio.Task[None] | None = None
    _fact_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def caller(self) -> Caller:
        """Whose run it is: all authority comes from here."""
        return self.claim.caller

    @property
    def role(self) -> Literal["client", "operator"]:
        return "operator" if self.caller.role == "operator" else "client"

    @property
    def model(self) -> Model:
        """The model in use: the configured one, or the offline one once that has failed."""
        return self.services.offline if self.standing_in else self.services.model

    def number(self, facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """Give facts their run-wide ids (f1, f2, …) and keep them."""
        numbered = tuple(
            fact.model_copy(update={"id": f"f{next(self._fact_numbers)}"}) for fact in facts
        )
        self.facts.extend(numbered)
        return numbered

    def learn(self, made: Consulted) -> ToolResult:
        """Take in one call's outcome and say it as the model reads it."""
        self.consulted.append(made)
        if made.findings is None:
            return ToolResult(made.call.id, made.call.name, error=made.error)
        self.missing.extend(made.findings.missing)
        return ToolResult(
            made.call.id,
            made.call.name,
            facts=self.number(made.findings.facts),
            missing=tuple(made.findings.missing),
            error=made.error,
        )

    def request(self, stable: str, context: str) -> ModelRequest:
        """The model call for where the run stands now."""
        return ModelRequest(
            role=self.role,
            stable=stable,
            context=context,
            turns=(*self.history, *self.turns),
            tools=self.tools,
            facts=tuple(self.facts),
            names=self.names,
        )

    def new_gate(self, *, before: str = "", repaired: bool = False) -> Gate:
        """A verifier for the next stream of answer text, which goes on after `before`."""
        return Gate(
            role=self.role,
            user_text=self.user_text,
            facts=tuple(self.facts),
            names=tuple(name.text for name in self.names),
            now=self.now,
            before=before,
            repaired=repaired,
            absent=[text for item in self.missing for text in (item.need, item.why_it_matters)],
        )
