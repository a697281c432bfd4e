"""What is said when nothing is looked up: words that state nothing about a record, or passages
that memory brought up, as they stand."""

from __future__ import annotations

from collections.abc import Sequence

from agent.models import coaching, smalltalk
from agent.models.compose import Answer, Sentence, choose, plain, shortened
from agent.models.conversation import Conversation
from agent.models.intents import CLEAR_EVIDENCE, ENOUGH_EVIDENCE, Guess
from agent.models.names import find_names
from agent.models.phrases import is_question
from memory.question import spoken_by
from tools.findings import Missing
from tools.registry import Tool

OFFERS = 3
QUOTED = 3


def untracked(guess: Guess, conversation: Conversation) -> Answer:
    """Nobody tracks it: named by its topic where the message is clearly about that topic."""
    clear = guess.evidence >= CLEAR_EVIDENCE
    missing = Missing(
        need=guess.intent.name if clear else shortened(conversation.text),
        why_it_matters="No ledger holds it, so nothing about it can be stated.",
    )
    topic = guess.intent.name if clear else "that"
    said = f"Nothing here keeps track of {topic}, so I cannot say."
    return plain([said, *_offers(conversation, ())], [missing])


def unplaced(guesses: Sequence[Guess], conversation: Conversation) -> Answer:
    """No tool and no topic is near enough: it says so and offers what is nearest."""
    missing = Missing(
        need=shortened(conversation.text),
        why_it_matters="It could not be matched with anything that is on record here.",
    )
    said = "I could not place that question, so I did not look anything up."
    return plain([said, *_offers(conversation, guesses)], [missing])


def asks_what_was_said(conversation: Conversation) -> bool:
    """Whether the message asks for words of the user's own, or of the assistant's."""
    return is_question(conversation.text) and spoken_by(conversation.text) is not None


def from_memory(conversation: Conversation) -> Answer:
    """The passages that came up, word for word; that there are none, where none did."""
    said = [
        Sentence(fact.statement, (fact.id,), opens=place == 0)
        for place, fact in enumerate(conversation.passages[:QUOTED])
    ]
    if said:
        return Answer(tuple(said))
    missing = Missing(
        need=shortened(conversation.text),
        why_it_matters="Nothing that is remembered bears on it.",
    )
    return plain(["I do not find that in what is remembered of our conversations."], [missing])


def switched_off(tool: Tool) -> Answer:
    """The tool is declared and not offered: its feature flag is off (client spec 16.1)."""
    missing = Missing(
        need=_in_a_sentence(tool.title),
        why_it_matters="That feature is switched off.",
        how_to_get="page",
    )
    return plain(["I cannot do that: the feature is off at the moment."], [missing])


def refusal(topic: str, conversation: Conversation) -> Answer:
    """What is not done here; for something to be sent, where the person reviews it."""
    said = smalltalk.REFUSALS[conversation.request.role][topic].reply
    mentioned = find_names(conversation.text, conversation.request.names)
    leads = dict.fromkeys(found.name for found in mentioned if found.name.kind == "lead")
    reviews = [
        Missing(
            need=f"Your review of what is ready for {name.text}",
            why_it_matters="It is sent by you and by nobody else.",
            how_to_get="page",
            target=f"/leads/{name.id}",
        )
        for name in leads
    ]
    return plain([said], reviews if topic == "send" else [])


def courtesy(topic: str, conversation: Conversation) -> Answer:
    return plain(smalltalk.TALK[topic].reply(conversation.request.role))


def coach(guesses: Sequence[Guess], conversation: Conversation) -> Answer:
    """A coaching reply on the likeliest topic there is evidence for, not the last one again."""
    topics = [guess for guess in guesses if guess.intent.kind == "coach"]
    near = [guess for guess in topics if guess.evidence >= ENOUGH_EVIDENCE]
    replies = coaching.TOPICS[near[0].intent.name].replies if near else coaching.OPEN_REPLIES
    fresh = [reply for reply in replies if reply[0] not in conversation.replied]
    return plain(choose(fresh or list(replies), conversation.text))


def _offers(conversation: Conversation, guesses: Sequence[Guess]) -> list[str]:
    """One sentence with what the nearest tools on offer do; none when nothing is on offer."""
    rank = {guess.intent.name: place for place, guess in enumerate(guesses)}
    reads = [tool for tool in conversation.request.tools if tool.effect == "read"]
    reads.sort(key=lambda tool: rank.get(tool.name, len(rank)))
    titles = [_in_a_sentence(tool.title) for tool in reads[:OFFERS]]
    if not titles:
        return []
    *first, last = titles
    return [f"I can {', '.join(first)} or {last}." if first else f"I can {last}."]


def _in_a_sentence(title: str) -> str:
    return title[0].lower() + title[1:]
