"""`mosaic bench recall --data DIR`: what share of a question's evidence is recalled.

Each conversation is one person, loaded through the product's own write path and searched by its
own recall. Printed per signal and per kind of question, with each signal left out in turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from errors import MosaicError
from evals.bench.locomo import CATEGORIES, Asked, Talk, read_talks
from evals.bench.rig import CannotMeasure, median, percentile
from memory import embedded, migrations, recall
from memory.caller import SYSTEM, Caller
from memory.embeddings import Embedder, make_embedder
from memory.pool import close_pool, get_conn, open_pool
from memory.question import read_question
from memory.recall import NEIGHBOURS, SIGNALS, WEIGHTS, Signal
from memory.recaller import distinct, meaning_of
from memory.transcripts import Utterance, add_transcript
from memory.vectors import fill
from settings import get_settings

DEPTHS = (5, 10, 25, 50)
FETCHED = 80


@dataclass(frozen=True)
class Way:
    """A way to search: the weight of each signal, and of the neighbours' words."""

    weights: Mapping[Signal, float]
    neighbours: tuple[float, float] = NEIGHBOURS


def _without(*left_out: Signal) -> Mapping[Signal, float]:
    return {name: 0.0 if name in left_out else weight for name, weight in WEIGHTS.items()}


WAYS: dict[str, Way] = {
    "hybrid": Way(WEIGHTS),
    "dense": Way(_without(*(name for name in SIGNALS if name != "meaning"))),
    "lexical": Way(_without(*(name for name in SIGNALS if name != "words"))),
    **{f"without {name}": Way(_without(name)) for name in SIGNALS},
    "without neighbours": Way(WEIGHTS, (0.0, 0.0)),
}


@dataclass(frozen=True)
class Outcome:
    """A question searched in one way: the share of its evidence by depth, and milliseconds."""

    way: str
    category: str
    recalled: dict[int, float]
    ms: float


def main(data: Path, as_json: bool) -> int:
    """Measure and print. Returns 0, or 2 when it could not be measured."""
    try:
        outcomes, questions = asyncio.run(_measure(read_talks(data)))
    except (CannotMeasure, MosaicError) as error:
        print(f"mosaic bench recall: {error}", file=sys.stderr)
        return 2
    Console(stderr=as_json, width=110).print(_table(outcomes))
    if as_json:
        print(json.dumps(as_data(outcomes, questions)))
    return 0


async def _measure(talks: list[Talk]) -> tuple[list[Outcome], int]:
    embedder = make_embedder(get_settings())
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="mosaic-recall-") as home:
        url = embedded.start(Path(home))
        try:
            migrations.up(url)
            await open_pool(url, max_size=4)
            with Console(stderr=True).status("loading") as status:
                for talk in talks:
                    caller = await _load(talk)
                    status.update(f"embedding {talk.name}")
                    while await fill(embedder):
                        pass
                    status.update(f"asking {talk.name}")
                    outcomes += await _ask(talk, caller, embedder)
        finally:
            await close_pool()
            embedded.stop(Path(home))
    return outcomes, sum(len(talk.questions) for talk in talks)


async def _load(talk: Talk) -> Caller:
    """The conversation as one person's, a thread a session."""
    caller = Caller(f"talk-{talk.name}", "client")
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO users (id, email, password_hash) VALUES (%s, %s, 'none')",
            (caller.user_id, f"{caller.user_id}@bench.local"),
        )
    for number, session in enumerate(talk.sessions, start=1):
        async with get_conn(caller) as conn:
            await add_transcript(
                conn,
                caller,
                thread_id=f"{caller.user_id}-{number}",
                title=f"Session {number}",
                utterances=[
                    Utterance(
                        said.id,
                        "user" if said.speaker == talk.host else "assistant",
                        said.speaker,
                        said.text,
                        said.at,
                    )
                    for said in session
                ],
            )
    return caller


async def _ask(talk: Talk, caller: Caller, embedder: Embedder) -> list[Outcome]:
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(get_conn(caller))
        names = await recall.speakers(conn, caller)
        outcomes = []
        for asked in talk.questions:
            question = read_question(asked.text, names, talk.asked_at)
            meaning = await meaning_of(embedder, question)
            for name, way in WAYS.items():
                started = time.perf_counter()
                hits = await recall.search(
                    conn,
                    caller,
                    question,
                    meaning,
                    limit=FETCHED,
                    weights=way.weights,
                    neighbours=way.neighbours,
                )
                ms = 1000 * (time.perf_counter() - started)
                found = [str(hit.source_key["id"]) for hit in distinct(hits, FETCHED)]
                outcomes.append(Outcome(name, asked.category, shares(asked, found), ms))
    return outcomes


def shares(asked: Asked, found: list[str]) -> dict[int, float]:
    """Which part of the question's evidence is among the first turns found, by depth. A turn
    that was cut into several passages counts once."""
    turns = list(dict.fromkeys(found))
    return {
        depth: len(asked.evidence & set(turns[:depth])) / len(asked.evidence) for depth in DEPTHS
    }


def as_data(outcomes: list[Outcome], questions: int) -> dict[str, Any]:
    """For `--json`: shares from 0 to 1."""
    kinds = [name for name in CATEGORIES.values() if any(o.category == name for o in outcomes)]
    return {
        "questions": questions,
        "overall": {way: _means(outcomes, way) for way in WAYS},
        "by_category": {kind: {way: _means(outcomes, way, kind) for way in WAYS} for kind in kinds},
        "questions_by_category": {
            kind: sum(o.category == kind and o.way == "hybrid" for o in outcomes) for kind in kinds
        },
        "ms": {
            way: {
                "p50": round(median(times), 2),
                "p95": round(percentile(times, 95), 2),
            }
            for way in WAYS
            for times in [[o.ms for o in outcomes if o.way == way]]
        },
    }


def _means(outcomes: list[Outcome], way: str, category: str | None = None) -> dict[str, float]:
    chosen = [o for o in outcomes if o.way == way and category in (None, o.category)]
    return {
        str(depth): round(sum(o.recalled[depth] for o in chosen) / len(chosen), 4)
        for depth in DEPTHS
    }


def _table(outcomes: list[Outcome]) -> Table:
    data = as_data(outcomes, 0)
    kinds = list(data["by_category"])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("recall, %")
    for title in (*(f"@{depth}" for depth in DEPTHS), *(f"{kind} @10" for kind in kinds), "ms"):
        table.add_column(title, justify="right")
    for way in WAYS:
        cells = [f"{100 * data['overall'][way][str(depth)]:.1f}" for depth in DEPTHS]
        cells += [f"{100 * data['by_category'][kind][way]['10']:.1f}" for kind in kinds]
        table.add_row(way, *cells, f"{data['ms'][way]['p50']:.1f}")
    return table
