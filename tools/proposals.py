"""What a gated tool proposes: everything a person needs to see before they decide.

Made by the tool's `plan` from its arguments and the ledgers, never from a model's prose.
"""

from __future__ import annotations

from datetime import timedelta

from tools.findings import Fact, Frozen, RowSource


class Proposal(Frozen):
    """An act that waits for a human decision (operator spec 8.6).

    `act` is what the button says ("Start build for Oak Family Law portal"). `summary` is one
    sentence by template from the arguments. `why` is the reason by rule. `facts` are what it
    rests on; `rows` the row versions it saw, checked again at approval. `editable` names the
    arguments an approver may change; `four_eyes` means that the asker may not be the approver.
    """

    act: str
    summary: str
    why: str
    facts: tuple[Fact, ...]
    rows: tuple[RowSource, ...]
    editable: tuple[str, ...] = ()
    four_eyes: bool = False
    expires_in: timedelta = timedelta(hours=24)
