"""What people call a lead: its title, the words it begins with, and its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

TOO_COMMON = frozenset({"the", "new", "our", "my", "a", "an"})


class LeadNames:
    """The names of all leads, so that no two leads share one. `titles` is title by lead id. A lead
    that came in after they were read goes by its id."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = {key: " ".join(title.split()) for key, title in titles.items()}
        lowered = [title.casefold() for title in self._titles.values()]
        self._holders = Counter(lowered)
        self._uses = Counter(beginning for title in lowered for beginning in _beginnings(title))

    def subject(self, lead_id: str) -> str:
        """The title; with the id where several leads have that title."""
        title = self._titles.get(lead_id)
        if title is None:
            return lead_id
        return title if self._holders[title.casefold()] == 1 else f"{title} ({lead_id})"

    def aliases(self, lead_id: str) -> tuple[str, ...]:
        """Beginnings of the title that mean this lead alone ("Cedar"), then its id."""
        title = self._titles.get(lead_id, "")
        short = [name for name in _beginnings(title) if name != title]
        return (*(name for name in short if self._uses[name.casefold()] == 1), lead_id)


def lead_href(lead_id: str) -> str:
    """The page of a lead."""
    return f"/leads/{lead_id}"


def _beginnings(title: str) -> list[str]:
    words = title.split()
    first = 1 if words and len(words[0]) > 2 and words[0].casefold() not in TOO_COMMON else 2
    return [" ".join(words[:length]) for length in range(first, len(words) + 1)]
