"""Links and images in an answer: a model could carry data out in an address that it makes up, and
a page that shows images would fetch it by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//[^\s<>()\[\]\"'“”]+|\bwww\.[^\s<>()\[\]\"'“”]+|\bmailto:\S+"
    r"|\]\(\s*<?([^\s)>]+)",
    re.I,
)
_IMAGE = re.compile(r"!\[[^\]\n]*\][\[(]|<\s*(?:img|image|iframe)\b", re.I)
_MAY_LEAD = re.compile(r"//|www\.|mailto:|\]\(|!\[|<", re.I)
_CLOSING = ".,;:!?)]}*_`"


def strange_address(text: str, values: Iterable[object], user_text: str) -> str | None:
    """The first address in `text` that is neither the whole value of a fact (`values`) nor in
    the person's own message; any image counts as one. None when there is none.

    An address that stands somewhere in a longer text of the record is not enough: whoever wrote
    that text may have meant it for the model.
    """
    if _MAY_LEAD.search(text) is None:
        return None
    if image := _IMAGE.search(text):
        return image[0]
    found = [(match[1] or match[0]).rstrip(_CLOSING) for match in _ADDRESS.finditer(text)]
    if not found:
        return None
    known = {str(value).rstrip(_CLOSING) for value in values}
    return next((item for item in found if item not in known and item not in user_text), None)
