"""How the owner says that a proposal went out, and how a deal ended."""

from __future__ import annotations

from tools.registry import Example

SENT_EXAMPLES: list[str | Example] = [
    "I sent the proposal to Acme",
    "I have sent the Acme proposal",
    "I sent Acme the proposal yesterday",
    "I've already sent the proposal for Acme",
    "the proposal for Acme is out",
    "the Acme proposal went out today",
    "the proposal to Acme went out on Monday",
    "mark the Acme proposal as sent",
    "mark the proposal as sent",
    "record the Acme proposal as sent",
    "record that I sent the proposal to Acme",
    "note that the Acme proposal was sent",
    "note that the proposal went to Acme",
    "log the Acme proposal as sent",
    "Acme has our proposal now",
    "Acme got the proposal from me this morning",
    "I emailed Acme the proposal myself",
    "I delivered the proposal to Acme",
    "I handed Acme the proposal",
    "we sent the offer to Acme last week",
    "my proposal is with Acme now",
    "put down that Acme received the proposal",
    "the offer for Acme is sent, please record it",
]

OUTCOME_EXAMPLES: list[str | Example] = [
    *(
        Example(text, {"outcome": "won"})
        for text in (
            "we won Acme",
            "we won the deal with Acme",
            "record Acme as won",
            "record that we won Acme",
            "note that Acme is won",
            "log the Acme deal as won",
            "Acme signed",
            "Acme signed the contract",
            "Acme said yes and signed",
            "the deal with Acme is closed and won",
            "Acme is ours",
            "we got the Acme deal",
            "I closed Acme",
            "the outcome of Acme is won",
            "Acme accepted our proposal",
        )
    ),
    *(
        Example(text, {"outcome": "lost"})
        for text in (
            "we lost Acme",
            "we lost the deal with Acme",
            "record Acme as lost",
            "record that we lost Acme",
            "note that Acme is lost",
            "log the Acme deal as lost",
            "Acme went with somebody else",
            "Acme chose a competitor",
            "Acme said no to the proposal",
            "the deal with Acme fell through",
            "Acme backed out",
            "Acme turned us down",
            "the deal with Acme is dead",
            "the outcome of Acme is lost",
            "Acme declined our proposal",
        )
    ),
]
