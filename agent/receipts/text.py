"""Text as it may be shown, and text as it is judged: no hidden characters, one alphabet."""

from __future__ import annotations

import html
import re
import unicodedata

_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_HIDDEN = (0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x2060, 0x2061, 0x2062,
           0x2063, 0x2064, 0x3164, 0xFEFF, 0xFFA0)  # fmt: skip
_NEVER_SHOWN = dict.fromkeys((*_BIDI, *_HIDDEN, *range(917504, 917632), *range(9), 11, 12, *range(14, 32), 127))  # fmt: skip

_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαικντυχɑɡıⲟօ",
    "ABEKMHOPCTXYIJSaeopcyxijsdhqwABEZHIKMNOPTYXoaikvtuxagioo",
)
_MARKS = {
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212, 0xFE63, 0xFF0D), "-"),
    **dict.fromkeys((0x2015, 0x2E3A), "—"),
    **dict.fromkeys((0x02BC, 0x2019, 0x2032, 0x00B4), "'"),
    **dict.fromkeys((0x201E, 0x201F, 0x2033, 0x300C, 0x300D, 0x300E, 0x300F), '"'),
    **dict.fromkeys((0x2044, 0x2215), "/"),
    **dict.fromkeys((0x200C, 0x200D, 0x20E3, *range(0xFE00, 0xFE10)), ""),
    0x066A: "%", 0x066B: ".", 0x066C: ",",
}  # fmt: skip

_LINK = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)]*\)")
_EMPHASIS = re.compile(r"\*{1,3}|~~|(?<![^\W_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![^\W_])|`+")
_ESCAPE = re.compile(r"\\([^\w\s])")
_RAISED = re.compile(r"(?=[¼-¾⅐-⅟²³¹⁰-⁹₀-₉])")
_MARKUP = re.compile(r"[&*_~`\\\[\t\r\f\v]|  |->")
_SPACES = re.compile(r"[^\S\n]+")
_NOT_IN_WORDS = re.compile(r"[^\w@./:'-]")
_FOREIGN_LETTER = re.compile(r"[^\W\d_]")


def shown(text: str) -> str:
    """The text without characters that a reader cannot see or that turn others around."""
    return text if text.isascii() and text.isprintable() else text.translate(_NEVER_SHOWN)


def judged(text: str) -> str:
    """The text as a reader takes it in: one form for digits, dashes, quotation marks and
    look-alike letters; entities resolved; emphasis and link syntax gone, link targets kept."""
    if text.isascii() and _MARKUP.search(text) is None:
        return text
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = _one_alphabet(text)
    text = text.replace("->", "→")
    if "](" in text:
        text = _LINK.sub(r"\1 \2", text)
    text = _EMPHASIS.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return _SPACES.sub(" ", text)


def flat(text: str) -> str:
    """The lower-case words of a judged text with single spaces between them, for looking up names,
    ids and phrases: marks that no id or address holds are gone."""
    return " ".join(_NOT_IN_WORDS.sub(" ", text.lower()).split())


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared with another's."""
    return flat(judged(text)).strip("._-/:' ").split()


def foreign_letters(text: str) -> bool:
    """Whether the judged text holds letters of a script that is not Latin."""
    if text.isascii():
        return False
    return any(
        ord(letter) > 0x24F and not 0x1E00 <= ord(letter) <= 0x1EFF
        for letter in _FOREIGN_LETTER.findall(text)
    )


def _one_alphabet(text: str) -> str:
    text = _RAISED.sub(" ", text.translate(_NEVER_SHOWN).translate(_MARKS))
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(_MARKS).translate(_LOOKALIKES)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in text
        if unicodedata.category(char) not in ("Mn", "Me", "Cf")
    )
