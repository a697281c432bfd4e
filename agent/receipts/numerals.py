"""Number words, fractions, units and calendar words of English."""

from __future__ import annotations

from decimal import Decimal

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

SMALL: dict[str, int] = {word: value for value, word in enumerate(_SMALL)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
MAGNITUDES: dict[str, int] = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "grand": 1000,
    "k": 1000, "m": 10**6, "mm": 10**6, "bn": 10**9, "b": 10**9, "mn": 10**6,
}  # fmt: skip
COLLECTIVES: dict[str, int] = {"dozen": 12, "couple": 2, "pair": 2}
VAGUE: dict[str, int] = {
    "dozens": 24, "hundreds": 200, "thousands": 2000, "millions": 2 * 10**6,
    "tens": 20,
}  # fmt: skip
TIMES: dict[str, int] = {"twice": 2, "thrice": 3}
FRACTIONS: dict[str, Decimal] = {
    "half": Decimal(1) / 2, "halves": Decimal(1) / 2, "third": Decimal(1) / 3,
    "thirds": Decimal(1) / 3, "quarter": Decimal(1) / 4, "quarters": Decimal(1) / 4,
    "fourth": Decimal(1) / 4, "fourths": Decimal(1) / 4, "fifth": Decimal(1) / 5,
    "fifths": Decimal(1) / 5, "sixth": Decimal(1) / 6, "eighth": Decimal(1) / 8,
    "tenth": Decimal(1) / 10, "tenths": Decimal(1) / 10,
}  # fmt: skip
ORDINALS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=3
    )
}
NUMBER_WORDS: frozenset[str] = frozenset(SMALL) | frozenset(
    {"hundred", "thousand", "million", "billion", "dozen", "couple", "twice", "thrice", "half",
     "thirds", "quarters", "fifths", "halves"}
) | frozenset(VAGUE)  # fmt: skip

HOURS: dict[str, Decimal] = {}
for _names, _hours in (
    ("s sec secs second seconds", Decimal(1) / 3600),
    ("min mins minute minutes", Decimal(1) / 60),
    ("h hr hrs hour hours", Decimal(1)),
    ("d day days night nights", Decimal(24)),
    ("w wk wks week weeks fortnight", Decimal(168)),
    ("mo mos mth mths month months", Decimal(720)),
    ("y yr yrs year years", Decimal(8760)),
):
    HOURS.update(dict.fromkeys(_names.split(), _hours))
HOURS["fortnight"] = Decimal(336)

PERCENT = frozenset({"%", "percent", "pct"})
POINTS = frozenset({"points", "point", "pp", "pts", "pt", "ppt"})
MULTIPLES = frozenset({"x", "×", "times", "fold"})
CURRENCIES: dict[str, str] = {
    "$": "$", "us$": "$", "ca$": "$", "c$": "$", "au$": "$", "a$": "$", "nz$": "$", "usd": "$",
    "cad": "$", "aud": "$", "dollar": "$", "dollars": "$", "bucks": "$", "€": "€", "eur": "€",
    "euro": "€", "euros": "€", "£": "£", "gbp": "£", "pound": "£", "pounds": "£", "¥": "¥",
    "yen": "¥", "jpy": "¥", "cents": "¢", "cent": "¢",
}  # fmt: skip

MONTHS: dict[str, int] = {}
for _index, _name in enumerate(
    "january february march april may june july august september october november december".split(),
    start=1,
):
    MONTHS[_name] = MONTHS[_name[:3]] = _index
MONTHS["sept"] = 9
WEEKDAYS: dict[str, int] = {}
for _index, _name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split()):
    WEEKDAYS[_name] = WEEKDAYS[_name + "s"] = _index
for _short, _index in (("mon", 0), ("tue", 1), ("tues", 1), ("wed", 2), ("thu", 3), ("thurs", 3),
                       ("fri", 4)):  # fmt: skip
    WEEKDAYS[_short] = _index
