"""The report counts what there is, and gives shares only where there are enough to share."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from evals.report import as_data, by_tag, share, show, summary
from evals.scorers import Score


def item(number: int, *problems: str, **values: object) -> Score:
    tags = [f"operator 13.3.{number}", "all"]
    return Score.model_validate(
        {"id": f"t-{number}", "cluster": "c", "tags": tags, "problems": list(problems), **values}
    )


SCORES = [
    item(2, tools_right=1, tools_called=2, tools_found=1, tools_expected=1, known=3),
    item(10, "says 'won'", facts_expected=1, abstained=True, known=2, false_known=1),
    item(1, abstain_expected=True, abstained=True, missing_expected=True),
    item(3, missing_said=True, sentences=8, held_back=1),
]


def test_a_summary_adds_up() -> None:
    found = summary(SCORES)
    assert found.passed == (3, 4)
    assert (found.tool_precision, found.tool_recall) == ((1, 2), (1, 1))
    assert (found.missing, found.missing_unasked) == ((0, 1), 1)
    assert (found.abstained, found.abstained_unasked) == ((1, 1), 1)
    assert (found.known, found.false_known, found.held_back) == (5, 1, (1, 8))
    assert found.interval is None


def test_from_a_hundred_items_on_there_are_shares_with_an_interval() -> None:
    assert share((40, 43)) == "40/43" and share((0, 0)) == "–" and share((99, 100)) == "99.0 %"
    low, high = summary(SCORES * 25).interval or (None, None)
    assert low == high == 0.75, "one cluster stands or falls together"


def test_tags_are_in_their_natural_order() -> None:
    assert list(by_tag(SCORES)) == [
        "all", "operator 13.3.1", "operator 13.3.2", "operator 13.3.3", "operator 13.3.10",
    ]  # fmt: skip


def test_what_failed_is_shown_with_its_reason() -> None:
    out = StringIO()
    show({"ops": SCORES}, Console(file=out, width=120))
    shown = out.getvalue()
    assert "failed t-10 (c)\n   says 'won'\n" in shown
    assert "1 of 5 known statements were false" in shown
    assert as_data({"ops": SCORES})["passed"] is False
    assert as_data({"ops": SCORES[2:]})["passed"] is True
