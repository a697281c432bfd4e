"""Recall: the passages that bear on a question, in one round trip under row-level security.

Signals over all of the caller's passages, added up:
- words: BM25 (Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework") over a passage
  and its neighbours. A word of the question counts 4 in the passage itself, 2 in those beside it
  and 1 in those two away; how telling it is comes from the caller's own passages, and a word that
  a third of them hold tells nothing. No length norm (b = 0): passages are of one size. As a
  z-score.
- meaning: the exact cosine with the question's vector, as a z-score.
- substance: how much the passage states.
- speaker: the question names whose words it wants ("what did Ann say", "what did I say").
- time: the question names when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from pgvector import HalfVector

from memory.caller import Caller
from memory.embeddings import Vectors
from memory.pool import Connection
from memory.question import Question

Signal = Literal["words", "meaning", "substance", "speaker", "time"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)

WEIGHTS: Mapping[Signal, float] = {
    "words": 1.0,
    "meaning": 1.6,
    "substance": 1.0,
    "speaker": 1.5,
    "time": 1.5,
}
"""Of each signal in the sum; 0 leaves it out. Settled by `mosaic bench recall`."""
NEIGHBOURS = (2.0, 1.0)
"""What a word counts in the passage beside the one it stands in, and in the one after; 4 in that
itself."""
COMMON, FEW = 1 / 3, 50
"""The share of the passages that hold a word, and their number, past which it tells nothing: to
weigh it would cost most of the search and move next to nothing."""


@dataclass(frozen=True)
class Meaning:
    """A question's vector, in the space of `model`."""

    model: str
    vector: Vectors


@dataclass(frozen=True)
class Before:
    """Leaves out what a thread holds from `place` on: the model reads that anyway."""

    thread: str
    place: int


@dataclass(frozen=True)
class Hit:
    """A passage that was found, and how: `signals` are the shares of `score`, the largest
    first; `matched` the question's words in it or beside it, `coverage` their part of all of
    them; `cosine` that of its meaning."""

    id: int
    text: str
    kind: str
    written_by: str
    speaker: str | None
    thread_id: str | None
    happened_at: datetime
    source_table: str
    source_key: dict[str, str | int]
    score: float
    signals: dict[Signal, float]
    matched: tuple[str, ...]
    coverage: float
    cosine: float | None


SUBSTANCE = "%(substance)s * substance"
SPEAKER = """coalesce(%(speaker)s * (speaker = %(named)s OR (
               written_by = %(by)s AND owner_id IS NOT NULL))::integer, 0)"""
TIME = "coalesce(%(time)s * (happened_at >= %(since)s AND happened_at < %(until)s)::integer, 0)"

# Of 10,000 passages a step should carry little, or not all of them. Every word of the question is
# sought in a passage at once, and apart only where one is found. What words add is worked out for
# the passages that they reach: those rank by it, and all by the rest; who is among the best of
# both is found either way. `plain` is the score without words and meaning, which need statistics.
# FULL JOIN, and coalesce so that it stays one: the planner takes a person for a few rows, and would
# else nest loops over thousands.
# A vector stands in its passage's row; while the model changes, that of the other one stands
# beside it, and is looked up there.
SEARCH = f"""
WITH asked AS MATERIALIZED (
    SELECT number::integer, lexeme AS word,
           ('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''')::tsquery AS query
      FROM unnest(to_tsvector('english', %(text)s)) WITH ORDINALITY
             AS lexemes (lexeme, positions, weights, number)
), model AS MATERIALIZED (
    SELECT id FROM embedding_models WHERE name = %(model)s
), mine AS MATERIALIZED (
    SELECT id, spot, {SUBSTANCE} + {SPEAKER} + {TIME} AS plain,
           forgotten_at IS NULL AND (%(thread)s::text IS NULL OR place < %(before)s
               OR thread_id IS DISTINCT FROM %(thread)s) AS told,
           CASE WHEN terms @@ (SELECT string_agg(query::text, ' | ')::tsquery FROM asked)
                THEN terms END AS terms,
           CASE WHEN vector_model = (SELECT id FROM model) THEN -(vector <#> %(vector)b::halfvec)
                WHEN %(model)s::text IS NOT NULL THEN (
                    SELECT -(v.vector <#> %(vector)b::halfvec) FROM memory_vectors v
                     WHERE v.memory_id = m.id AND v.model_id = (SELECT id FROM model))
                END AS cosine
      FROM memories m
     WHERE owner_id = %(owner)s OR (owner_id IS NULL AND audience = ANY(%(audiences)s))
), counted AS MATERIALIZED (
    SELECT (count(*) FILTER (WHERE told))::float8 AS total, coalesce(avg(cosine), 0) AS mean_cosine,
           coalesce(%(meaning)s / nullif(stddev_pop(cosine), 0), 0) AS per_cosine
      FROM mine
), touched AS MATERIALIZED (
    SELECT id, spot, terms FROM mine WHERE told AND terms IS NOT NULL
), matched AS MATERIALIZED (
    SELECT id, spot, number FROM touched JOIN asked ON terms @@ query
), telling AS MATERIALIZED (
    SELECT array_agg(CASE WHEN n <= greatest(total * %(common)s, %(few)s)
                          THEN ln(1 + (total - n + 0.5) / (n + 0.5)) END ORDER BY number) AS idf
      FROM (SELECT number, count(m.id)::float8 AS n
              FROM asked LEFT JOIN matched m USING (number) GROUP BY number) AS found, counted
), reached AS MATERIALIZED (
    SELECT id, spot + step AS spot, step, number, weight
      FROM matched, telling,
           (VALUES (0, 4.0), (-1, %(beside)s), (1, %(beside)s), (-2, %(away)s), (2, %(away)s))
               AS steps (step, weight)
     WHERE weight > 0 AND idf[number] IS NOT NULL
), weighed AS MATERIALIZED (
    SELECT m.id, plain, cosine, number, sum(weight) AS weight
      FROM reached r FULL JOIN mine m ON r.spot = m.spot
     WHERE coalesce(told AND (r.step <> 0 OR m.id = r.id), false)
     GROUP BY m.id, plain, cosine, number
), by_words AS MATERIALIZED (
    SELECT id, plain, cosine, sum(idf[number] * weight * 2.2 / (weight + 1.2)) AS bm25
      FROM weighed, telling GROUP BY id, plain, cosine
), norm AS MATERIALIZED (
    SELECT mean_bm25, mean_cosine, per_cosine,
           coalesce(%(words)s / nullif(sqrt(greatest(squares - mean_bm25 ^ 2, 0)), 0), 0)
               AS per_bm25
      FROM counted, LATERAL (
               SELECT coalesce(sum(bm25) / total, 0) AS mean_bm25, sum(bm25 ^ 2) / total AS squares
                 FROM by_words) AS sums
), best AS MATERIALIZED (
    SELECT id, cosine, max(bm25) AS bm25
      FROM ((SELECT id, cosine, bm25, plain + bm25 * per_bm25
                    + coalesce((cosine - mean_cosine) * per_cosine, 0) AS score
               FROM by_words, norm ORDER BY score DESC, id LIMIT %(limit)s)
            UNION ALL
            (SELECT id, cosine, 0, plain
                    + coalesce((cosine - mean_cosine) * per_cosine, 0) AS score
               FROM mine, counted WHERE told ORDER BY score DESC, id LIMIT %(limit)s)) AS either
     GROUP BY id, cosine ORDER BY max(score) DESC, id LIMIT %(limit)s
), named AS (
    SELECT id, array_agg(word ORDER BY number) AS words
      FROM weighed JOIN asked USING (number)
     WHERE id = ANY(ARRAY(SELECT id FROM best)) GROUP BY id
), signals AS (
    SELECT id, (bm25 - mean_bm25) * per_bm25 AS words,
           coalesce((cosine - mean_cosine) * per_cosine, 0) AS meaning,
           {SUBSTANCE} AS substance, {SPEAKER} AS speaker, {TIME} AS time,
           cosine, coalesce(n.words, '{{}}') AS matched,
           (SELECT count(*) FROM asked)::integer AS words_asked,
           text, kind, written_by, m.speaker AS said_by, thread_id, happened_at, source_table,
           source_key
      FROM best JOIN memories m USING (id) LEFT JOIN named n USING (id), norm
)
SELECT *, words + meaning + substance + speaker + time AS score
  FROM signals ORDER BY score DESC, id
"""


async def search(
    conn: Connection,
    caller: Caller,
    question: Question,
    meaning: Meaning | None = None,
    *,
    before: Before | None = None,
    limit: int = 10,
    weights: Mapping[Signal, float] = WEIGHTS,
    neighbours: tuple[float, float] = NEIGHBOURS,
) -> list[Hit]:
    """The `limit` best passages of the caller's, and of those shared with them, best first.
    Without `meaning` they are found by the other signals alone."""
    rows = await (
        await conn.execute(
            SEARCH,
            {
                "text": question.text,
                "owner": caller.user_id,
                "audiences": [caller.role, "both"],
                "thread": before.thread if before else None,
                "before": before.place if before else 0,
                "vector": HalfVector(meaning.vector) if meaning else None,
                "model": meaning.model if meaning else None,
                "named": question.speaker,
                "by": question.by,
                "since": question.period.since if question.period else None,
                "until": question.period.until if question.period else None,
                "limit": limit,
                "common": COMMON,
                "few": FEW,
                "beside": neighbours[0],
                "away": neighbours[1],
                **{str(name): weight for name, weight in weights.items()},
            },
        )
    ).fetchall()
    return [_hit(row) for row in rows]


def _hit(row: dict[str, Any]) -> Hit:
    shares = {name: float(row[name]) for name in SIGNALS}
    ordered = sorted(SIGNALS, key=lambda name: -shares[name])
    return Hit(
        id=row["id"],
        text=row["text"],
        kind=row["kind"],
        written_by=row["written_by"],
        speaker=row["said_by"],
        thread_id=row["thread_id"],
        happened_at=row["happened_at"],
        source_table=row["source_table"],
        source_key=row["source_key"],
        score=float(row["score"]),
        signals={name: shares[name] for name in ordered if shares[name] > 0},
        matched=tuple(row["matched"]),
        coverage=len(row["matched"]) / max(1, row["words_asked"]),
        cosine=row["cosine"],
    )


async def speakers(conn: Connection, caller: Caller) -> list[str]:
    """Who speaks under a name in the caller's memories: few, found by hopping the index."""
    rows = await (
        await conn.execute(
            """
            WITH RECURSIVE names AS (
                (SELECT speaker FROM memories WHERE owner_id = %(owner)s AND speaker IS NOT NULL
                  ORDER BY speaker LIMIT 1)
                UNION ALL
                SELECT (SELECT speaker FROM memories WHERE owner_id = %(owner)s
                           AND speaker > names.speaker ORDER BY speaker LIMIT 1)
                  FROM names WHERE names.speaker IS NOT NULL
            )
            SELECT speaker FROM names WHERE speaker IS NOT NULL LIMIT 100
            """,
            {"owner": caller.user_id},
        )
    ).fetchall()
    return [row["speaker"] for row in rows]
