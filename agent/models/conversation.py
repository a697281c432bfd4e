"""What of a conversation bears on the user's latest message, and the texts to classify in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from agent.models.names import Mention, find_names
from agent.models.phrases import Named, is_remark, normalise
from agent.models.types import AssistantTurn, ModelRequest, UserTurn
from tools.findings import Fact

TURNS_BACK = 3
LONGEST_DOUBLE = 300
"""Characters; a longer message is a story, not two questions."""

_AGAIN = re.compile(
    r"^(?:and |so |but |ok |okay )?(?:why(?: is that| not)?|how so|how come|(?:tell me |say |show me )?"
    r"more(?: details?| about (?:it|that|this))?|go on|details|elaborate|(?:and )?what else|"
    r"(?:show me )?(?:all of (?:it|them)|the rest)|continue|and then|explain(?: that| it)?)[\s?.!]*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^(?:and |so |ok |okay )*(?:what about|how about|and|for)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:it|its|it's|they|them|their|he|him|his|she|her)\b"
    r"|\b(?:this|that|the|the same) (?:one|lead|client|deal|experiment|test|trial)\b"
    r"|\b(?:this|that)\s*(?:[.?!,:]|$)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b", re.IGNORECASE)
_POSSESSIVE = {"its": "'s", "their": "'s", "his": "'s", "her": "'s"}
_JOINT = re.compile(
    r"[?.;]\s+(?:and |also )?|,?\s+(?:and|also|plus|as well as)\s+"
    r"|,\s+(?=wh|how|show|list|is |are )",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Conversation:
    """`text` is the user's message, `before` the user's earlier ones (the latest first),
    `replied` what the assistant said last, `said` all that it said, `passages` what the message
    brought up from memory."""

    request: ModelRequest
    text: str
    before: tuple[str, ...]
    replied: str
    said: str
    passages: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, request: ModelRequest) -> Conversation:
        users = [turn for turn in request.turns if isinstance(turn, UserTurn)]
        asked = [turn.text for turn in users]
        replies = [turn.text for turn in request.turns if isinstance(turn, AssistantTurn)]
        said = [text for text in replies if text]
        before = tuple(asked[-2::-1][:TURNS_BACK])
        return cls(
            request, asked[-1], before, (said or [""])[-1], "\n".join(said), users[-1].passages
        )

    @property
    def wants_more(self) -> bool:
        """Whether the message only asks to go on about what came before."""
        return bool(self.before) and bool(_AGAIN.match(self.text.strip()))

    @property
    def turns_to_another(self) -> bool:
        """Whether the message asks the last thing of another name ("what about Cedar?")."""
        return bool(_ABOUT.match(self.text) and find_names(self.text, self.request.names))

    @cached_property
    def halves(self) -> list[str]:
        """The two halves of a message that may ask for two things; [] when it cannot."""
        if ":" in self.text or len(self.text) > LONGEST_DOUBLE:
            return []
        parts = [part.strip(" ,.?!") for part in _JOINT.split(self.text, maxsplit=1)]
        if len(parts) < 2 or min(len(part.split()) for part in parts) < 2:
            return []
        return [] if is_remark(parts[1]) or _PRONOUN.search(parts[1]) else parts

    @cached_property
    def earlier(self) -> tuple[Mention, ...]:
        """The names in the user's earlier messages, the latest message first."""
        names = self.request.names
        return tuple(mention for text in self.before for mention in find_names(text, names))

    def texts_to_read(self) -> list[str]:
        """The texts to classify, in order: the message, its halves, the message before it;
        the caller's names taken out, and a pronoun taken for the name it stands for."""
        return [self._readable(text) for text in (self.text, *self.halves, *self.before[:1])]

    def _readable(self, text: str) -> str:
        found = find_names(text, self.request.names)
        named = [Named(mention.start, mention.end, mention.name.kind) for mention in found]
        pronoun = _PRONOUN.search(text)
        if not named and pronoun and self.earlier:
            named = [Named(pronoun.start(), pronoun.end(), self.earlier[0].name.kind)]
            possessive = _POSSESSIVE.get(pronoun[0].lower(), "")
            text = text[: pronoun.end()] + possessive + text[pronoun.end() :]
        return normalise(text, named)


def refers_back(text: str) -> bool:
    """Whether the text points at something said before ("it", "that lead")."""
    return bool(_BACK.search(text))
