"""Recall against values computed here by hand, and who may recall what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import log, sqrt

import numpy as np
import pytest

from memory import recall
from memory.caller import SYSTEM, Caller
from memory.embeddings import Vectors
from memory.pool import get_conn
from memory.question import Question
from memory.recall import Before, Hit, Meaning, Signal
from memory.time_words import Period
from memory.vectors import fill
from tests.conftest import MakeCaller
from tests.memory.remembered import START, tell


def only(*signals: Signal) -> dict[Signal, float]:
    return {name: float(name in signals) for name in recall.SIGNALS}


async def search(
    caller: Caller,
    text: str,
    meaning: Meaning | None = None,
    *,
    question: Question | None = None,
    before: Before | None = None,
    weights: dict[Signal, float] | None = None,
) -> list[Hit]:
    async with get_conn(caller) as conn:
        return await recall.search(
            conn,
            caller,
            question or Question(text),
            meaning,
            before=before,
            weights=weights or recall.WEIGHTS,
        )


SPOTS = {"north": (0.0, 1.0), "east": (1.0, 0.0), "northeast": (0.6, 0.8)}


class Compass:
    """A space of two dimensions: north is up, east is right; a text lies where its word says."""

    model = "compass"
    dimensions = 2

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array(
            [SPOTS.get(text.rsplit(" ", 1)[-1], (-1.0, 0.0)) for text in texts], np.float32
        )


async def fill_all() -> None:
    while await fill(Compass(), limit=500):
        pass


async def test_words_are_weighed_by_bm25_over_neighbours(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "apples grow", "nothing here", "red plums", "more apples", "the end")
    await tell(caller, "plums alone")
    hits = await search(caller, "apples and plums", weights=only("words"))
    # Weights of (apples, plums): own word 4, beside 2, two away 1.
    weights = {
        "apples grow": (4, 1),
        "nothing here": (2 + 1, 2),
        "red plums": (1 + 2, 4),
        "more apples": (4, 2),
        "the end": (2, 1),
        "plums alone": (0, 4),
    }
    # Two of six passages hold either word.
    idf = [log(1 + (6 - 2 + 0.5) / (2 + 0.5))] * 2
    bm25 = {
        text: sum(part * w * 2.2 / (w + 1.2) for part, w in zip(idf, pair, strict=True))
        for text, pair in weights.items()
    }
    mean = sum(bm25.values()) / 6
    spread = sqrt(sum(value**2 for value in bm25.values()) / 6 - mean**2)
    assert {hit.text: pytest.approx(hit.score) for hit in hits} == {
        text: (value - mean) / spread for text, value in bm25.items()
    }
    assert [hit.text for hit in hits] == sorted(bm25, key=lambda text: -bm25[text])
    assert hits[0].matched == ("appl", "plum")


async def test_a_word_of_nearly_every_passage_tells_nothing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for number in range(52):
        await tell(caller, f"apples of day {number}")
    await tell(caller, "plums of the last day")
    hits = await search(caller, "apples, plums", weights=only("words"))
    assert hits[0].text == "plums of the last day"
    assert {word for hit in hits for word in hit.matched} == {"plum"}


async def test_one_word_of_the_question_is_enough(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "I bought a bicycle")
    await tell(caller, "The weather was fine")
    hits = await search(caller, "Which bicycle, car or train did I buy yesterday?")
    assert hits[0].text == "I bought a bicycle"
    assert set(hits[0].matched) == {"bicycl"}


async def test_meaning_is_the_exact_cosine_as_a_z_score(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for text in ("to the north", "to the east", "to the northeast"):
        await tell(caller, text)
    await fill_all()
    north = Meaning("compass", np.array([0.0, 1.0], np.float32))
    hits = await search(caller, "xyzzy", north, weights=only("meaning"))
    cosines = [1.0, 0.8, 0.0]
    mean, spread = np.mean(cosines), np.std(cosines)
    assert [hit.text.split()[-1] for hit in hits] == ["north", "northeast", "east"]
    assert [hit.score for hit in hits] == pytest.approx((cosines - mean) / spread, abs=2e-3)
    assert [hit.cosine for hit in hits] == pytest.approx(cosines, abs=1e-3)


async def test_without_vectors_words_find_it_all_the_same(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "to the north")
    await tell(caller, "to the south")
    elsewhere = Meaning("a space nobody has", np.array([0.0, 1.0], np.float32))
    for meaning in (None, elsewhere):
        hits = await search(caller, "north", meaning)
        assert (hits[0].text, hits[0].cosine) == ("to the north", None)


async def test_the_one_who_is_named_comes_first(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, ("Ann", "The garden is large"))
    await tell(caller, ("Bo", "The garden is large"))
    named = Question("garden", speaker="Bo")
    assert [hit.speaker for hit in await search(caller, "", question=named)] == ["Bo", "Ann"]
    async with get_conn(caller) as conn:
        assert await recall.speakers(conn, caller) == ["Ann", "Bo"]


async def test_the_time_that_is_named_comes_first(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "The garden is large", at=START)
    later = await tell(caller, "The garden is large", at=START + timedelta(days=30))
    period = Period(START + timedelta(days=29), START + timedelta(days=31))
    hits = await search(caller, "", question=Question("garden", period=period))
    assert hits[0].thread_id == later
    assert hits[0].signals["time"] == recall.WEIGHTS["time"]


async def test_what_states_nothing_comes_last(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await tell(caller, "How is the garden?")
    await tell(caller, "The garden has four apple trees now")
    hits = await search(caller, "garden")
    assert [hit.text[:3] for hit in hits] == ["The", "How"]
    assert "substance" not in hits[1].signals


async def test_what_the_model_reads_anyway_is_left_out(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    thread = await tell(caller, "garden one", "garden two", "garden three")
    hits = await search(caller, "garden", before=Before(thread, 3))
    assert {hit.text for hit in hits} == {"garden one"}


async def test_what_is_left_out_takes_no_place_by_its_meaning(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    thread = await tell(caller, "to the east", *["to the north"] * 12)
    await fill_all()
    north = Meaning("compass", np.array([0.0, 1.0], np.float32))
    hits = await search(caller, "xyzzy", north, before=Before(thread, 3))
    assert [hit.text for hit in hits] == ["to the east"]
    # Its vector still counts in what is usual.
    cosines = [0.0] + [1.0] * 12
    expected = recall.WEIGHTS["meaning"] * (0 - np.mean(cosines)) / np.std(cosines)
    assert hits[0].score - hits[0].signals["substance"] == pytest.approx(expected, abs=2e-2)


@pytest.mark.parametrize("before", [None, Before("some thread", 4)])
async def test_what_is_in_no_thread_is_found(
    make_caller: MakeCaller, before: Before | None
) -> None:
    caller = await make_caller()
    async with get_conn(caller) as conn:
        await conn.execute(
            "INSERT INTO experiments (user_id, experiment_name) VALUES (%s, 'Gardening on Sundays')",
            (caller.user_id,),
        )
    hits = await search(caller, "gardening", before=before)
    assert [hit.kind for hit in hits] == ["experiment"]


async def test_nobody_recalls_another_persons_passages(make_caller: MakeCaller) -> None:
    mine, other, operator = await make_caller(), await make_caller(), await make_caller("operator")
    await tell(mine, "my secret garden")
    await fill_all()
    meaning = Meaning("compass", np.array([1.0, 0.0], np.float32))
    for stranger in (other, operator):
        assert [
            h for h in await search(stranger, "secret garden", meaning) if "secret" in h.text
        ] == []
        # Nor by asking in the other's name: the database answers to the caller alone.
        async with get_conn(stranger) as conn:
            posing = Caller(mine.user_id, "client")
            assert await recall.search(conn, posing, Question("secret"), meaning) == []
            assert await recall.speakers(conn, posing) == []


async def test_the_business_is_remembered_for_its_operators_alone(make_caller: MakeCaller) -> None:
    operator, client = await make_caller("operator"), await make_caller()
    async with get_conn(SYSTEM) as conn:
        lead = await (
            await conn.execute("INSERT INTO leads (title) VALUES ('Zinnia Florists') RETURNING id")
        ).fetchone()
        assert lead is not None
        await conn.execute(
            "INSERT INTO lead_touches (lead_id, type, direction, summary) "
            "VALUES (%s, 'CALL', 'inbound', 'They asked for zinnia photographs')",
            (lead["id"],),
        )
    hits = await search(operator, "zinnia photographs")
    assert (hits[0].kind, hits[0].written_by) == ("touch", "outside")
    assert await search(client, "zinnia photographs") == []
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM leads WHERE id = %s", (lead["id"],))
    assert [hit for hit in await search(operator, "zinnia") if "zinnia" in hit.text] == []
