"""The scores as a table to read and as data for a machine. Shares only from 100 items on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.table import Table

from evals.scorers import Score, cluster_interval, upper_bound

ENOUGH_FOR_SHARES = 100
COLUMNS = ("pass", "tools", "forb", "facts", "missing", "abstain", "held", "false")
LEGEND = (
    "tools, missing, abstain: where due (+ where not) · forb: forbidden calls · "
    "facts: expected and known · held: sentences held back · false: known but wrong"
)


class Summary(BaseModel):
    """What a group of cases came to. Each pair is (had, of)."""

    passed: tuple[int, int]
    tool_precision: tuple[int, int]
    tool_recall: tuple[int, int]
    forbidden: int
    facts: tuple[int, int]
    missing: tuple[int, int]
    missing_unasked: int
    abstained: tuple[int, int]
    abstained_unasked: int
    held_back: tuple[int, int]
    known: int
    false_known: int
    false_known_upper_bound: float
    seconds: float
    interval: tuple[float, float] | None


def summary(scores: Sequence[Score]) -> Summary:
    """Add up a group of cases."""
    missing = [item for item in scores if item.missing_expected]
    silent = [item for item in scores if item.abstain_expected]
    known = sum(item.known for item in scores)
    false = sum(item.false_known for item in scores)
    return Summary(
        passed=(sum(item.passed for item in scores), len(scores)),
        tool_precision=(
            sum(item.tools_right for item in scores),
            sum(item.tools_called for item in scores),
        ),
        tool_recall=(
            sum(item.tools_found for item in scores),
            sum(item.tools_expected for item in scores),
        ),
        forbidden=sum(item.forbidden for item in scores),
        facts=(
            sum(item.facts_found for item in scores),
            sum(item.facts_expected for item in scores),
        ),
        missing=(sum(item.missing_said for item in missing), len(missing)),
        missing_unasked=sum(i.missing_said for i in scores if not i.missing_expected),
        abstained=(sum(item.abstained for item in silent), len(silent)),
        abstained_unasked=sum(
            item.abstained
            for item in scores
            if not item.abstain_expected and item.facts_expected
        ),
        held_back=(
            sum(item.held_back for item in scores),
            sum(item.sentences for item in scores),
        ),
        known=known,
        false_known=false,
        false_known_upper_bound=upper_bound(false, known),
        seconds=sum(item.seconds for item in scores),
        interval=cluster_interval([(item.cluster, item.passed) for item in scores])
        if len(scores) >= ENOUGH_FOR_SHARES
        else None,
    )  # fmt: skip


def by_tag(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """The cases under each of their tags."""
    groups: dict[str, list[Score]] = {}
    for item in scores:
        for tag in item.tags:
            groups.setdefault(tag, []).append(item)
    return dict(sorted(groups.items(), key=lambda group: _natural(group[0])))


def _natural(text: str) -> list[tuple[int, str]]:
    """Sorts 13.3.2 before 13.3.10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def as_data(scores: Mapping[str, Sequence[Score]]) -> dict[str, Any]:
    """Everything, for `--json`."""
    return {
        "passed": all(item.passed for found in scores.values() for item in found),
        "suites": {
            name: {
                "summary": summary(found).model_dump(),
                "tags": {tag: summary(of).model_dump() for tag, of in by_tag(found).items()},
                "cases": [item.model_dump() for item in found],
            }
            for name, found in scores.items()
        },
    }


def show(scores: Mapping[str, Sequence[Score]], console: Console) -> None:
    """The table by suite and tag, then every failed case with its reasons."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption=LEGEND)
    table.add_column("", no_wrap=True)
    for title in COLUMNS:
        table.add_column(title, no_wrap=True)
    for name, found in scores.items():
        table.add_row(*_row(name, summary(found)), style="bold")
        for tag, of_tag in by_tag(found).items():
            table.add_row(*_row(f"  {tag}", summary(of_tag)), style="dim")
        table.add_section()
    console.print(table)
    everything = [item for found in scores.values() for item in found]
    for item in everything:
        if not item.passed:
            console.print(f"[red]failed[/red] {item.id} ({item.cluster})")
            for problem in item.problems:
                console.print(f"   {problem}", highlight=False, markup=False, soft_wrap=True)
    known = sum(item.known for item in everything)
    false = sum(item.false_known for item in everything)
    console.print(
        f"{false} of {known} known statements were false; the rate is below "
        f"{100 * upper_bound(false, known):.1f} % with 95 % confidence.",
        highlight=False,
        soft_wrap=True,
    )


def share(pair: tuple[int, int]) -> str:
    """`41/43`; from 100 items on `97.2 %`."""
    had, of = pair
    if of == 0:
        return "–"
    return f"{had}/{of}" if of < ENOUGH_FOR_SHARES else f"{100 * had / of:.1f} %"


def _row(name: str, found: Summary) -> list[str]:
    passed = share(found.passed)
    if found.interval is not None:
        low, high = found.interval
        passed += f" ({100 * low:.0f}–{100 * high:.0f})"
    return [
        name,
        passed,
        _with_unasked(found.tool_recall, found.tool_precision[1] - found.tool_precision[0]),
        str(found.forbidden),
        share(found.facts),
        _with_unasked(found.missing, found.missing_unasked),
        _with_unasked(found.abstained, found.abstained_unasked),
        share(found.held_back),
        str(found.false_known),
    ]


def _with_unasked(pair: tuple[int, int], unasked: int) -> str:
    return share(pair) + (f" +{unasked}" if unasked else "")
