"""Where a sentence ends in a growing text."""

from __future__ import annotations

import pytest

from agent.receipts.sentences import sentence_end


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("It is up. And down.", "It is up."),
        ("Let me look. your revenue fell.", "Let me look."),
        ("It took 9 d. on average. Next.", "It took 9 d. on average."),
        ("See e.g. Cedar. Next.", "See e.g. Cedar."),
        ('Two: "One." and "Two." Next.', 'Two: "One." and "Two."'),
        ("It wraps\nhere. Next.", "It wraps\nhere."),
        ("A line\nAnother", "A line"),
    ],
)
def test_the_first_sentence_ends(text: str, first: str) -> None:
    end = sentence_end(text, 0, 0, "prose", final=True)
    assert text[:end] == first


def test_an_end_that_cannot_be_told_yet_is_waited_for() -> None:
    assert sentence_end("It is up.", 0, 0, "prose", final=False) is None
    assert sentence_end("It is up. ", 0, 0, "prose", final=False) is None
    assert sentence_end("It is up. A", 0, 0, "prose", final=False) == 9
