"""The person's own words in a message that asks for them to be kept or looked for."""

from __future__ import annotations

import re

from agent.models.phrases import head_and_rest, quoted


def _vocabulary(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SMALL_WORDS = _vocabulary(
    "a an the my our your this that these those to of for in on at with by from into as is was are "
    "were be been it its i i'd i'm i've we you me us him and or please can could would will shall "
    "should let let's lets just now also down up out so then there here's here like love want need "
    "wish going gonna new another next one called named name about among have has had got get do "
    "did does any anyone someone somebody again know we've who what which where how were today "
    "that's something everything anything"
)
_LEAD_IN_VERBS = _vocabulary(
    "log add create record capture save note store put jot write set start begin make plan run try "
    "track keep document register enter find search look show see list give tell open pull learn "
    "learned learnt discovered found realised realized noticed understood took take turns turned "
    "means meaning remind remember read"
)
_OBJECTS = _vocabulary(
    "experiment experiments test trial learning learnings insight lesson takeaway evidence proof "
    "achievement accomplishment win success strength entry note lead leads client clients record "
    "records list idea obstacle memory task touch job jobs role roles"
)
_CONNECTORS = _vocabulary("that to called named about for is was of in where how by")
_REPORTED = re.compile(
    r"^.{0,40}?\b(?:learned|learnt|discovered|found out|figured out|realised|realized|noticed|"
    r"understood|taught me)\b.{0,80}? that (.+)$",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(
    r"\b(?:i can|i could|i am able to|i'm able to|i'm good at|i am good at|(?:proof|evidence) of)"
    r" (?!my\b)(.+)$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:,? (?:please|thanks|thank you|for me|in my (?:list|record|ledger)|"
    r"(?:among|in|on|of) (?:our|the|my) (?:leads?|clients?|list|system|records?)))+[.?!]*$",
    re.IGNORECASE,
)


def payload(text: str, required: bool) -> str | None:
    """A quotation, what follows a colon or dash, else (when the argument is required) what
    follows "learned … that" or the lead-in; None when the message only asks."""
    text = " ".join(text.split())
    if inside := quoted(text):
        return inside
    if parts := head_and_rest(text):
        return _tidy(parts[1])
    if not required:
        return None
    reported = _REPORTED.match(text)
    return _tidy(reported[1]) if reported else after_lead_in(text)


def short_name(text: str) -> str | None:
    """What the words before the colon call the rest: "lead a meeting" of "log evidence that I
    can lead a meeting: I ran the retro"."""
    parts = head_and_rest(" ".join(text.split()))
    found = _SHORT_NAME.search(parts[0]) if parts else None
    return _tidy(found[1]) if found else None


def after_lead_in(text: str) -> str | None:
    """What is left of "could you log an experiment to call a mentor" once the asking is gone."""
    words = _CLOSING.sub("", text).split()
    plain = [re.sub(r"[^\w']", "", word.lower().replace("’", "'")) for word in words]
    lead = 0
    while lead < len(plain) and plain[lead] in _SMALL_WORDS | _LEAD_IN_VERBS | _OBJECTS:
        lead += 1
    objects = [index for index in range(lead) if plain[index] in _OBJECTS]
    if objects:
        connector = next(
            (i for i in range(objects[0] + 1, lead) if plain[i] in _CONNECTORS), lead - 1
        )
        lead = max(connector + 1, objects[0] + 1)
        while lead < len(plain) and plain[lead] in ("a", "an", "the", "that"):
            lead += 1
    return _tidy(" ".join(words[lead:]))


def _tidy(text: str) -> str | None:
    text = text.strip().rstrip("?").strip(" .,;\"'“”")
    return text or None
