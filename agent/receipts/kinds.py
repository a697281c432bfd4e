"""What a sentence does: asks, proposes, offers, thanks, mirrors, says that something is not on
record, or states; and where it does several things."""

from __future__ import annotations

import re
from typing import Literal

from agent.receipts.sentences import Form

Kind = Literal[
    "question", "suggestion", "offer", "courtesy", "mirror", "absence", "lead", "statement"
]

OPEN_KINDS = frozenset({"suggestion", "question", "offer"})
"""What a sentence does that leaves open whether something is so."""
_LEADING = re.compile(
    r"(?:(?:so|then|next|first|second|third|finally|lastly|also|and|or|but|instead|maybe|perhaps|"
    r"please|otherwise|after that|from there|for now|for today|today|tomorrow|this week|tonight|"
    r"right now|now|well|okay|ok|sure|of course|in the meantime|meanwhile|separately|alternatively|"
    r"to begin|to start|to be safe|still|just|simply|step \w+|option \w+|\d+[.)])[,:]?\s+|"
    r"(?:if|when|once|before|after|while|unless|whenever|to|for|with|at|on|in|as soon as)\b[^,;:.]{2,80},\s+(?:then\s+)?|"
    r"(?:a|an|one|the|your|my)\s+(?:[\w-]+\s+){0,4}(?:test|idea|move|step|option|question|experiment|"
    r"thing to try|suggestion|way to test it|try|task|action|actions)(?:\s+(?:is|would be|could be|"
    r"might be)(?:\s+to)?|:)\s+|(?:next|suggested|smallest|safest|recommended)\s+(?:step|move|action)s?:\s+)+",
    re.I,
)
_IMPERATIVES = frozenset(
    """
accept add address agree aim allow apply approve archive arrange ask assign attach avoid back base be
begin block book brainstorm break breathe bring build call capture carry celebrate change chase check
choose circle clarify clear close collect come commit compare complete confirm connect consider
contact continue count create cut decide deal define delay delegate describe design disable discuss
do don't draft draw drop edit email enable end enrich ensure enter escalate examine experiment expect
explore extract fill find finish fix focus follow gather get give go grab handle hold hand identify
ignore imagine include inspect invite investigate jot keep leave let let's line link list listen log look
make map mark measure meet mention message monitor move name negotiate nominate note notice observe
offer open organise organize park pause pay phone pick pin plan position postpone practise practice
prepare prioritise prioritize probe promote propose protect pull push put qualify raise re-run read
record reconnect reflect reframe reject release remember remind remove reopen repeat replace reply
report request reschedule rerun research reserve resolve rest retry return review revisit rewrite
ring run save say schedule scan score see select send separate set share ship shorten show sign sit
sketch skip sleep sort speak spend start state stay step stick stop store submit summarise summarize
swap switch take talk tell test thank think tidy time touch track treat trim try turn update use verify
visit wait walk watch weigh work write
""".split()
)
_MODAL_SUGGESTION = re.compile(
    r"(?:you|we)\s+(?:could|can|may|might|should|may want|might want|ought|'d better|would do well|"
    r"need to|have to|don't have to|do not have to|don't need to|needn't)\b|"
    r"(?:i|we)\s*(?:would|'d)\s+(?:suggest|recommend|start|begin|look|send|review|do|go|take|prioriti[sz]e|"
    r"handle|tackle|put|treat|keep|not|check|wait|hold|chase|ask|try|pick|leave|probably|only|first|"
    r"rather|focus|consider|propose|open|call|follow|be|want|advise)\b|"
    r"i\s+(?:suggest|recommend|propose|advise)\b|my\s+(?:suggestion|recommendation|advice)\b|"
    r"(?:how|what)\s+about\b|why\s+not\b|let's\b|let\s+us\b|worth\s+\w+ing\b|"
    r"it\s*(?:may|might|could|would|can|will|'d|'s|is|was|often|usually)?\s*(?:also\s+)?(?:be\s+)?(?:help|helps|worth|useful|good to|wise|best|safer|better|safest)\b|"
    r"that\s+(?:may|might|could|would)\s+be\b|"
    r"(?:the\s+)?(?:least risky|safest|smallest|simplest|best|obvious|first|next|natural|cheapest)\s+(?:next\s+)?(?:move|step|thing|test|action|option)s?\b(?!\s+for\b)[^.]{0,40}?\b(?:is|would be|are)\s+to\b|"
    r"(?:consider|feel free|no need)\b|perhaps\s+(?:you|we)\b|maybe\s+(?:you|we)\b|"
    r"anything\s+you\b|all\s+you\s+need\b",
    re.I,
)
_OFFER = re.compile(
    r"(?:(?:yes|sure|of course|happily|gladly|if you(?:'d)? (?:like|want|wish|prefer)|when you're ready|"
    r"once you (?:decide|confirm|choose)),?\s+)?"
    r"(?:i\s+(?:can|could|will|shall|would be|may)(?!\s*not)\b|i'll\b|i'd\s+(?:be|love|like)\b|"
    r"i\s+would\s+(?:be|love|like)\b|i'm\s+(?:here|happy|glad|an?\b|going to|ready|able)|"
    r"i\s+am\s+(?:here|happy|glad|an?\b|ready|able)|let\s+me\b|allow\s+me\b|shall\s+(?:i|we)\b|"
    r"we\s+(?:can|could|will)\b|want\s+me\s+to\b|would\s+you\s+like\b|happy\s+to\b|glad\s+to\b|"
    r"just\s+(?:say|tell|ask|let)\b|say\s+the\s+word\b|tell\s+me\b|(?:that|the\s+next\s+(?:move|step))\s+(?:\w+\s+)?(?:is|needs|would need|remains|stays)\s+yours?\b|"
    r"(?:that|this|it)(?:'s|\s+is)\s+(?:your|yours|the owner's|up to you)\b|"
    r"(?:that|this|it)\s+(?:needs|requires|takes|waits for|is waiting for)\s+(?:your|a human|the owner's)\b)",
    re.I,
)
_ABSENCE = re.compile(
    r"(?:(?:unfortunately|sorry|honestly|so far|at the moment|right now|for that|as for [^,]{2,60}|"
    r"on [^,]{2,60}|beyond that|and|but|however|no|for [^,]{2,60}),?\s+)*"
    r"(?:i|we)\s*(?:'m|am|'re|are|'ve|have|do|did|can|could|will|would|may|was|were)?\s*"
    r"(?:not|n't|never|no|cannot|can't|don't|couldn't|won't|haven't|hasn't|didn't|aren't|find no|"
    r"found no|see no|have no|know of no|found nothing|find nothing|see nothing|have nothing)\b|"
    r"\byou\s*(?:have|had|'ve)?\s*(?:not|n't|haven't|hadn't|never)\s+(?:yet\s+)?(?:logged|recorded|noted|added|captured|"
    r"set|given|told|written|entered|named|tracked)\b|"
    r"\b(?:not|never|n't|isn't|aren't|hasn't|haven't|wasn't|nothing|none|nor|no\s+[\w\s,'-]{1,60}?)\s*"
    r"(?:been\s+|is\s+|are\s+|was\s+|has\s+been\s+|have\s+been\s+|yet\s+)*"
    r"(?:\w+\s+)?(?:on record|in the record\w*|in the ledgers?|tracked|recorded|logged|noted|stored|kept|"
    r"available|listed|on file|entered|captured|measured|found|known|registered|there yet)\b|"
    r"\bno\s+(?:\w+\s+){0,2}(?:record|records|data|information|entry|entries|trace|note|notes|figure|figures|"
    r"history|source|ledger)\b|"
    r"\b(?:nothing|none of the ledgers|no ledger|no source|no one|nobody)\s+(?:here\s+)?(?:tracks?|keeps?|records?|says?|holds?|"
    r"shows?|tells?|measures?|covers?|in the|on the|to)\b|"
    r"\b(?:records?|ledgers?|data)\s+(?:do|does|did)(?:\s+not|n't)\s+(?:say|show|hold|tell|explain|include|mention)\b|"
    r"\b(?:is|are|remains?|stays?)\s+(?:still\s+)?(?:missing|unknown|unclear|not clear|not known)\b|"
    r"\b(?:lacks?|missing)\b[^.]*\b(?:record|data|ledger)",
    re.I,
)
_MAY_DENY = re.compile(r"n[o']|never|missing|lack|unclear", re.I)
"""A word of every absence; most sentences hold none, and the search for one is long."""
COURTESY = re.compile(
    r"(?:thanks|thank you|hi|hello|hey|good (?:morning|afternoon|evening|question|point|to|luck)|great question|"
    r"(?:that's |that is )?(?:a )?(?:good|great|fair|helpful|useful|important|big|honest|interesting) (?:question|point|instinct|start)|"
    r"sure|of course|certainly|absolutely|glad|happy|you're welcome|you are welcome|welcome|sorry|understood|"
    r"got it|no problem|noted|right|okay|ok|yes|alright|exactly|congratulations|well done|take care|take your time|"
    r"i hear you|i understand|i see|i get it|that's it|that is it|that is all|that's all|that's everything|that covers|"
    r"hope (?:this|that)|i hope|one moment|give me a moment|no rush|no pressure|my pleasure|any time|anytime|"
    r"good|great|perfect|fine|indeed|agreed|done)\b",
    re.I,
)
_MIRROR = re.compile(
    r"(?:that|this|it)\s+(?:really\s+)?(?:sounds?|must|makes sense|can be|can feel)\b|sounds like\b|"
    r"(?:so|and)?,?\s*(?:it sounds like\s+|i hear that\s+|if i (?:hear|understand) you (?:right|correctly),?\s+)?"
    r"you(?:'ve| have|'re| are)?\s+(?:just\s+|also\s+)?(?:asked|asking|said|say|saying|mentioned|mention|told|wrote|describe[ds]?|describing|want(?:ed)?|"
    r"wish|wonder|wondering|feel|felt|feeling|sound|seem|named?|raised|brought|call(?:ed)? it|put it)\b|"
    r"your (?:question|message|words|note)\b",
    re.I,
)
REPORTED = re.compile(
    r"\byou(?:'ve| have)?\s+(?:just\s+|also\s+|once\s+|earlier\s+)?(?:asked|said|say|mentioned|mention|told|wrote|named|described|call(?:ed)? it|put it)\b",
    re.I,
)
_LEAD = re.compile(
    r"(?:here(?:'s| is| are)|these|the following|below|what i (?:found|see|have)|in (?:short|brief|summary|order)|"
    r"to sum up|summary|overall|at a glance|the picture|the short (?:answer|version)|my (?:answer|view)|"
    r"(?:a few|some|three|two|four|five)?\s*(?:ideas|options|suggestions|questions|next steps|notes|things to try|caveats?))\b",
    re.I,
)
_TELLING = re.compile(
    r"(?:(?:please|also|and|but|so|just)[,:]?\s+)*"
    r"(?:(?:do\s+|don't\s+|do not\s+|never\s+)?(?:note|notice|remember|recall|observe|realise|realize|know|see|forget)|"
    r"(?:keep|bear)\s+in\s+mind|(?:it\s+is|it's)\s+worth\s+(?:noting|knowing|remembering|saying)|"
    r"(?:i|we)\s+(?:can|could|would|should|may|must|'d)?\s*(?:also\s+)?(?:see|say|tell\s+you|confirm|add|note|report|find|found))"
    r"(?:\s+(?:too|also|here))?,?\s+(?:that\s+|(?!(?:to|what|how|when|where|who|why|which|whether|if|one|it|them|down|only|"
    r"this|each|every|any|nothing|no)\b))",
    re.I,
)
"""What only leads up to a statement: "Note that …", "I can confirm that …"."""
_YES_NO = re.compile(
    r"(?:and |or |but |so )?(?:is|are|was|were|do|does|did|have|has|had|can|could|would|will|should|shall|may|might|"
    r"want|need|ready|shall)\b",
    re.I,
)


def kind_of(text: str, form: Form, opens_with_name: bool = False) -> Kind:
    """What the judged sentence does, from its shape and its first words. A name that opens it
    ("Run one workshop was …") is not read as a proposal."""
    bare = after_telling(text).strip()
    closed = bare.rstrip("\"'”’») *_")
    if closed.endswith("?"):
        return "question"
    if form == "heading":
        return "lead"
    if _OFFER.match(bare):
        return "offer"
    if COURTESY.match(bare) and len(bare) < 90:
        return "courtesy"
    if not opens_with_name and _is_suggestion(bare):
        return "suggestion"
    if _MAY_DENY.search(bare) and _ABSENCE.search(bare):
        return "absence"
    if closed.endswith(":") and (_LEAD.match(bare) or not _has_verb(bare)):
        return "lead"
    if _MIRROR.match(bare):
        return "mirror"
    return "statement"


def may_propose(text: str) -> bool:
    """Whether a part of a sentence asks, proposes or offers; also where a name opens it."""
    return kind_of(text, "prose") in OPEN_KINDS


def after_telling(text: str) -> str:
    """The text without words that only lead up to a statement."""
    found = _TELLING.match(text)
    return text[found.end() :] if found else text


def is_open_question(text: str) -> bool:
    """Whether a question only asks whether, and so presupposes nothing."""
    return _YES_NO.match(text.strip()) is not None


def _is_suggestion(text: str) -> bool:
    if _MODAL_SUGGESTION.match(text):
        return True
    rest = _LEADING.sub("", text, count=1) if _LEADING.match(text) else text
    if rest is not text and _MODAL_SUGGESTION.match(rest):
        return True
    first = _FIRST_WORDS.match(rest)
    if first is None or first[1].lower() not in _IMPERATIVES:
        return False
    if (first[2] or "").lower() in _NOT_AFTER_IMPERATIVE:
        return False
    if first[1].lower() not in _ALSO_NOUNS:
        return True
    second = (first[2] or "").strip(",.:;!")
    verb_like = not second or second.lower() in _AFTER_VERB or not second[0].islower()
    return verb_like and _PAST_SOON.match(rest) is None


_FIRST_WORDS = re.compile(r"([A-Za-z]+(?:[-'][A-Za-z]+)*)\s*(\S+)?")
_AFTER_VERB = frozenset(
    "the a an your my our this that these those it them him her me us one two three four five six "
    "seven eight ten to with for at on in up out back down about off over whether what how why when "
    "where who each every all any both no yourself and or again first only just small simple early "
    "slow slowly now today tomorrow there here by from some someone something people everything "
    "together until before after as".split()
)


_ALSO_NOUNS = frozenset(
    "build contact call work score run draft offer plan change touch test rest record report block "
    "email message cut break start move phone pause schedule return trade escalate position "
    "measure progress contract log research request sign study search reply list line link balance target step store stop end".split()
)
_PAST_SOON = re.compile(
    r"[\w'-]+(?:\s+[\w'-]+){0,2}\s+(?:\w+ed|began|broke|fell|rose|grew|ran|went|won|lost|sent|met|came|"
    r"got|shipped|built|done|did)\b",
    re.I,
)
_NOT_AFTER_IMPERATIVE = frozenset(
    "is are was were has have had of fell rose dropped stands stood remains will".split()
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will|can|could|would|should|may|might)\b", re.I
)


def _has_verb(text: str) -> bool:
    return _VERB.search(text) is not None


_JOINT = re.compile(
    r"(?<=[\w\"”’)%])\s*(?:[:;—]|\s–|\s-)\s+(?=\S)|"
    r",?\s+(?:because|since|whereas|while|although|though)\s+|"
    r",\s+(?:but|so|and|which|as)\s+(?!that\s+you\b)(?=(?:it|that|this|they|he|she|the|your|you|we|its|there|is|was|are|has|"
    r"have|[A-Z])\b)"
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
_ENOUGH = 3


def clauses_of(text: str, does: Kind) -> list[str]:
    """The parts of a judged sentence that may each do something else: what follows a colon, a
    dash or a joining word, and what follows words of courtesy. A part before a colon keeps it."""
    if does == "courtesy":
        greeting = COURTESY.match(text)
        rest = text[greeting.end() :].lstrip(" ,.!—–-:;") if greeting else ""
        return [rest] if len(rest.split()) >= _ENOUGH else []
    closed = [found.span() for found in _QUOTED.finditer(text)]
    parts, start = [], 0
    for joint in _JOINT.finditer(text):
        if any(low < joint.start() < high for low, high in closed):
            continue
        head = text[start : joint.start()].strip()
        parts.append(head + ":" if ":" in joint[0] else head)
        start = joint.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part.strip(" .:;,!")]
