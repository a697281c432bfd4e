"""How the owner logs a touch; a phrasing that names its kind fixes it."""

from __future__ import annotations

from tools.registry import Example

PHRASINGS: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = (
    (
        {"type": "CALL"},
        (
            "log a call with Acme: something",
            "I called Acme: something",
            "note a phone call with Acme: something",
            "record my call with Acme: something",
            "I phoned Acme: something",
        ),
    ),
    (
        {"type": "CALL", "direction": "inbound"},
        (
            "Acme called me: something",
            "Acme called: something",
            "log that Acme phoned: something",
            "Acme rang: something",
        ),
    ),
    (
        {"type": "EMAIL"},
        (
            "log an email to Acme: something",
            "I emailed Acme: something",
            "note that I wrote to Acme: something",
            "record my mail to Acme: something",
        ),
    ),
    (
        {"type": "EMAIL", "direction": "inbound"},
        (
            "Acme emailed me: something",
            "Acme wrote back: something",
            "log a mail from Acme: something",
        ),
    ),
    (
        {"type": "MEETING"},
        (
            "log a meeting with Acme: something",
            "I met Acme: something",
            "record the meeting with Acme: something",
            "note from the meeting with Acme: something",
        ),
    ),
    (
        {"type": "LINKEDIN_DM"},
        (
            "log a LinkedIn message to Acme: something",
            "I messaged Acme on LinkedIn: something",
            "note the LinkedIn chat with Acme: something",
        ),
    ),
    (
        {"type": "FOLLOW_UP"},
        (
            "log a follow-up with Acme: something",
            "I followed up with Acme: something",
            "record my follow-up with Acme: something",
        ),
    ),
    (
        {"type": "CHECK_IN"},
        (
            "log a check-in with Acme: something",
            "I checked in with Acme: something",
            "record the check-in with Acme: something",
        ),
    ),
    (
        {"type": "REFERRAL_ASK"},
        (
            "I asked Acme for a referral: something",
            "log that I asked Acme for a referral: something",
            "note my referral request to Acme: something",
        ),
    ),
    (
        {"type": "CALL_BOOKED"},
        (
            "Acme booked a call: something",
            "log a booked call with Acme: something",
            "a call with Acme is booked: something",
        ),
    ),
    (
        {"type": "CALL_COMPLETED"},
        (
            "the booked call with Acme took place: something",
            "log the completed call with Acme: something",
            "the scheduled call with Acme is done: something",
        ),
    ),
)
TOUCH_EXAMPLES: list[str | Example] = [
    "log a touch with Acme: something",
    "log a touch",
    "record a contact with Acme: something",
    "add a touch for Acme: something",
    "I spoke with Acme: something",
    "I talked to Acme: something",
    *(Example(text, dict(args)) for args, texts in PHRASINGS for text in texts),
]
