"""Markdown to safe HTML, with the receipt's claims marked in it (quality 5, receipts).

No raw HTML, no images; links show their host. Claims are wrapped after parsing, at the
places in the text that the tokens came from, so a mark can never change how the Markdown reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.receipts.model import Mark
from api.source_map import Piece, locate


def render(text: str, marks: Iterable[Mark] = ()) -> str:
    """The text as sanitised HTML.

    Each mark becomes `<span class="claim known" data-claim="k1" tabindex="0">`; where a claim
    runs over several blocks or half an emphasis it takes several spans of the same
    `data-claim`, of which the first can be focused.
    """
    text = text.replace("\r\n", " \n").replace("\r", "\n")
    tokens = _parser.parse(text)
    tidy = _without_overlap(text, marks)
    opened: set[str] = set()
    for inline, pieces in locate(text, tokens):
        inline.children = _marked(_split(pieces, tidy), tidy, opened)
        inline.children = _with_hosts(inline.children)
    _soften(tokens)
    html: str = _parser.renderer.render(tokens, _parser.options, {})
    return _cleaner.clean(html)


_parser = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    # Without these, a line reads the same while it streams and when it is complete.
    .disable(["image", "reference", "lheading", "code", "html_block", "html_inline"])
    # Escapes stay tokens of their own, so that every token has a place in the text.
    .disable("text_join")
)

_cleaner = nh3.Cleaner(
    tags={
        "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
        "em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td",
    },
    attributes={"a": {"href", "title", "target"}, "ol": {"start"}, "span": {"data-claim", "tabindex"}},
    allowed_classes={
        "span": {"claim", "known", "inferred", "host"},
        "th": {"right", "center"},
        "td": {"right", "center"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)  # fmt: skip


def _without_overlap(text: str, marks: Iterable[Mark]) -> list[Mark]:
    """The marks in order, free of outer white space, empty ones and overlaps left out."""
    tidy: list[Mark] = []
    for mark in sorted(marks, key=lambda item: (item.start, item.end)):
        start, end = max(mark.start, 0), min(mark.end, len(text))
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end and (not tidy or tidy[-1].end <= start):
            tidy.append(Mark(start, end, mark.id, mark.kind))
    return tidy


def _split(pieces: list[Piece], marks: Sequence[Mark]) -> list[Piece]:
    """The pieces, cut where a mark begins or ends inside one."""
    cuts = sorted({edge for mark in marks for edge in (mark.start, mark.end)})
    result: list[Piece] = []
    for piece in pieces:
        result.extend(piece.cut(cuts))
    return result


def _marked(pieces: list[Piece], marks: Sequence[Mark], opened: set[str]) -> list[Token]:
    """The tokens of `pieces`, each longest run that lies in one mark wrapped in a span."""
    result: list[Token] = []
    claims = [_claim_of(piece, marks) for piece in pieces]
    at = 0
    while at < len(pieces):
        end = _closing(pieces, at)
        claim = _common_claim(claims[at:end])
        if claim is None:
            result.append(pieces[at].token)
            if end > at + 1:
                result.extend(_marked(pieces[at + 1 : end - 1], marks, opened))
                result.append(pieces[end - 1].token)
            at = end
            continue
        while end < len(pieces):
            following = _closing(pieces, end)
            if _common_claim(claims[end:following]) != claim:
                break
            end = following
        result.append(_claim_open(claim, first=claim.id not in opened))
        opened.add(claim.id)
        result.extend(piece.token for piece in pieces[at:end])
        result.append(Token("claim_close", "span", -1))
        at = end
    return result


def _closing(pieces: list[Piece], at: int) -> int:
    """One past the end of the element that begins at `at`; a leaf ends after itself."""
    depth = 0
    for index in range(at, len(pieces)):
        depth += pieces[index].token.nesting
        if depth <= 0:
            return index + 1
    return len(pieces)


def _claim_of(piece: Piece, marks: Sequence[Mark]) -> Mark | None:
    if piece.start is None:
        return None
    return next((mark for mark in marks if mark.start <= piece.start < mark.end), None)


def _common_claim(claims: list[Mark | None]) -> Mark | None:
    """The mark of every piece of an element; its own tags lie where its content lies."""
    inner = claims[1:-1] if len(claims) > 2 else claims
    first = inner[0]
    return first if all(claim == first for claim in inner) else None


def _claim_open(mark: Mark, *, first: bool) -> Token:
    token = Token("claim_open", "span", 1)
    token.attrs = {"class": f"claim {mark.kind}", "data-claim": mark.id}
    if first:
        token.attrs["tabindex"] = "0"
    return token


def _with_hosts(children: list[Token]) -> list[Token]:
    """Every link followed by where it leads, unless its text says exactly that."""
    result: list[Token] = []
    target, label = "", ""
    for child in children:
        if child.type == "link_open":
            target, label = str(child.attrs.get("href", "")), ""
            if _host(target):
                child.attrs["target"] = "_blank"
        result.append(child)
        if child.nesting == 0:
            label += child.content
        if child.type == "link_close" and _host(target) and label != target:
            result.extend(_host_tokens(_host(target)))
    return result


def _host(href: str) -> str:
    """The host (or the address of a mailto), as a person should see it; '' for our own pages."""
    try:
        parts = urlsplit(href)
        return parts.path if parts.scheme == "mailto" else (parts.hostname or "")
    except ValueError:
        return href


def _host_tokens(host: str) -> list[Token]:
    space, text = Token("text", "", 0), Token("text", "", 0)
    space.content, text.content = " ", f"({host})"
    opening = Token("host_open", "span", 1)
    opening.attrs = {"class": "host"}
    return [space, opening, text, Token("host_close", "span", -1)]


def _soften(tokens: list[Token]) -> None:
    """Headings below those of the page; column alignment by class, as the CSP wants."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        style = str(token.attrs.pop("style", ""))
        if style.startswith("text-align:"):
            token.attrs["class"] = style.removeprefix("text-align:")
