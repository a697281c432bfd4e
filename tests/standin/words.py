"""Words as the personas compare them: stems, topics, and what a question asks to be done."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9]+")
_SILENT_WORDS = (
    "a an and any are at be been but by can could did do does for from get give had has have how "
    "i if in is it its list made make me mine my now of on or our please read show so tell that "
    "the their them there they this to today up us was we were what when where which who why "
    "will with would you your s re"
)
_SILENT = frozenset(_SILENT_WORDS.split())
_TOPICS = {
    "failure": "fail failed broke broken break breaking stuck urgent attention wrong fire "
    "touched touch contacted contact untouched",
    "constraint": "bottleneck constraint blocking slowing holding",
    "efficacy": "confidence confident believe belief sure",
    "metric": "confidence confident progress metric score rate doing",
    "learning": "learn learned learnt learning lesson",
    "experiment": "experiment experimenting tried trying test",
    "evidence": "evidence proof prove",
    "followup": "follow followup overdue",
    "brief": "brief briefing morning day",
    "money": "money revenue cash euro dollar won worth",
    "pipeline": "proposal pipeline",
    "approval": "approve approval waiting",
    "resume": "resume cv bullet",
    "obstacle": "obstacle way stopping",
    "health": "integration health connected sync",
    "memory": "remember memory know",
    "stalled": "stalled silent quiet inactive",
    "asset": "asset reuse reusable",
}
_TOPICS_OF: dict[str, set[str]] = {}

WRITING = {
    "log": {"log", "create", "add", "record", "capture", "start"},
    "add": {"add", "create", "log", "record", "capture"},
    "create": {"create", "add", "start", "propose"},
    "record": {"record", "log", "add", "capture", "create"},
    "save": {"save", "add", "log", "record", "create"},
    "note": {"note", "add", "log", "record", "capture"},
    "capture": {"capture", "add", "record"},
    "start": {"start", "begin", "update", "create"},
    "update": {"update", "change", "set"},
    "complete": {"complete", "finish", "close"},
    "finish": {"finish", "complete"},
    "pause": {"pause", "update"},
    "archive": {"archive", "update"},
    "delete": {"delete", "forget", "remove"},
    "forget": {"forget", "delete", "remove"},
    "approve": {"approve", "propose", "request"},
    "reject": {"reject", "deny", "propose"},
    "undo": {"undo", "delete", "forget"},
}


def stem(word: str) -> str:
    """A crude stem: experiments → experiment, learnings → learn, failure → failur."""
    for ending in ("ings", "ing", "ies", "ied", "es", "ed", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def stems(text: str) -> set[str]:
    """The stems of the words that carry meaning; snake_case is taken apart."""
    words = _WORD.findall(text.lower().replace("_", " "))
    return {stem(word) for word in words if word not in _SILENT}


def topics(text: str) -> set[str]:
    """The stems of the topics that the text touches."""
    if not _TOPICS_OF:
        for topic, words in _TOPICS.items():
            for word in words.split():
                _TOPICS_OF.setdefault(stem(word), set()).add(stem(topic))
    return set().union(*(_TOPICS_OF.get(word, set()) for word in stems(text)))


def writing_verbs(text: str) -> set[str]:
    """What tools are called that do what the text orders; empty when it asks a question."""
    words = [word for word in _WORD.findall(text.lower()) if word != "please"]
    return WRITING.get(words[0], set()) if words else set()


def is_writing(tool_name: str) -> bool:
    """Whether a tool's name says that it changes something."""
    first = tool_name.split("_", 1)[0]
    return any(first in verbs for verbs in WRITING.values())
