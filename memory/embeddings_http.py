"""Embeddings from any server that speaks OpenAI's `/v1/embeddings`.

Callers of the same moment share a request; 429, 5xx and network errors are tried again with
jitter; requests are spaced by a rate limit; a cap holds what may be spent in a day. What remains
is errors.Unavailable, and for a few seconds after it nobody waits for a server that is down.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx2
import numpy as np
from pydantic import BaseModel, ValidationError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from errors import Unavailable
from memory.embedding_batches import SharedBatches
from memory.embeddings import Vectors

LONGEST_WAIT = 60.0
"""Seconds; a longer Retry-After is not waited for."""
DOWN_SECONDS = 5.0
"""How long a failure is answered for without asking again."""
LONGEST_TEXT = 24_000
"""Characters; what lies past them is not embedded (servers take about 8,000 tokens)."""


class Budget(Protocol):
    """What may still be spent today, in tokens."""

    async def reserve(self, tokens: int) -> None:
        """Take them off what is left. Raises errors.Unavailable when that is less."""
        ...

    async def correct(self, tokens: int) -> None:
        """Add a difference that turned out afterwards; negative gives back."""
        ...


class RateLimit:
    """At most `calls` starts in any `seconds`; later ones wait their turn."""

    def __init__(self, calls: int, seconds: float = 60.0) -> None:
        self._starts: deque[float] = deque(maxlen=calls)
        self._calls = calls
        self._seconds = seconds
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Return when the next call may start."""
        async with self._turn:
            if len(self._starts) == self._calls:
                await asyncio.sleep(self._starts[0] + self._seconds - time.monotonic())
            self._starts.append(time.monotonic())


class HttpEmbedder:
    """`dimensions` is learned from the first answer unless given; an answer with another
    number of dimensions is refused, so that two models never mix."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        dimensions: int | None = None,
        batch: int = 64,
        attempts: int = 4,
        first_wait: float = 0.5,
        timeout: float = 30.0,
        rate_limit: RateLimit | None = None,
        budget: Budget | None = None,
    ) -> None:
        root = base_url.rstrip("/")
        self._url = f"{root}/embeddings" if root.endswith("/v1") else f"{root}/v1/embeddings"
        self.model = model
        self._dimensions = dimensions
        self._attempts = attempts
        self._first_wait = first_wait
        self._rate_limit = rate_limit or RateLimit(600)
        self._budget = budget
        self._down: tuple[float, Unavailable] | None = None
        self._batches = SharedBatches(self._embed_batch, batch)
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.AsyncClient(headers=headers, timeout=timeout)

    @property
    def dimensions(self) -> int:
        """Raises Unavailable until the first answer has shown the number."""
        if self._dimensions is None:
            raise Unavailable(
                f"The dimensions of {self.model} are not known before its first answer; "
                "embed a text first."
            )
        return self._dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As Embedder.embed. Raises errors.Unavailable."""
        if not texts:
            return np.empty((0, self._dimensions or 0), np.float32)
        if self._down is not None and time.monotonic() < self._down[0]:
            raise Unavailable(self._down[1].detail, retry_after=self._down[1].retry_after)
        return await self._batches.ask([text[:LONGEST_TEXT] for text in texts])

    async def close(self) -> None:
        await self._client.aclose()

    async def _embed_batch(self, texts: list[str]) -> Vectors:
        estimated = sum(map(estimated_tokens, texts))
        if self._budget is not None:
            await self._budget.reserve(estimated)
        used = 0
        try:
            answer = _read(await self._ask(texts))
            used = answer.usage.total_tokens if answer.usage else estimated
            vectors = self._checked(answer, len(texts))
        finally:
            if self._budget is not None and used != estimated:
                await self._budget.correct(used - estimated)
        return vectors

    async def _ask(self, texts: list[str]) -> httpx2.Response:
        policy = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            reraise=True,
        )
        try:
            response: httpx2.Response = await policy(self._post, texts)
        except (httpx2.HTTPStatusError, httpx2.TransportError) as error:
            failure = self._failure(error)
            if _passing(error):
                wait = max(DOWN_SECONDS, failure.retry_after or 0)
                self._down = (time.monotonic() + wait, failure)
            raise failure from error
        self._down = None
        return response

    def _failure(self, error: httpx2.HTTPStatusError | httpx2.TransportError) -> Unavailable:
        if isinstance(error, httpx2.TransportError):
            return Unavailable(
                f"The embedding server cannot be reached ({type(error).__name__}); "
                "check EMBEDDINGS_BASE_URL, or try later."
            )
        return Unavailable(
            f"The embedding server answered {error.response.status_code} for {self.model}; "
            "check EMBEDDINGS_BASE_URL, EMBEDDINGS_API_KEY and EMBEDDINGS_MODEL, or try later.",
            retry_after=_retry_after(error),
        )

    async def _post(self, texts: list[str]) -> httpx2.Response:
        await self._rate_limit.wait()
        body: dict[str, Any] = {"model": self.model, "input": texts, "encoding_format": "float"}
        response = await self._client.post(self._url, json=body)
        return response.raise_for_status()

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = _retry_after(error)
        return max(
            float(asked or 0),
            wait_random_exponential(multiplier=self._first_wait, max=LONGEST_WAIT)(state),
        )

    def _checked(self, answer: _Answer, expected: int) -> Vectors:
        """The answer's vectors, in order and of length 1. Raises Unavailable."""
        rows = sorted(answer.data, key=_index)
        try:
            vectors = np.array([row.embedding for row in rows], np.float32)
        except ValueError as error:
            raise Unavailable(
                "The embedding server gave vectors of different lengths; try later."
            ) from error
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if len(vectors) != expected or vectors.ndim != 2 or not _usable(lengths):
            raise Unavailable(
                f"The embedding server gave {len(vectors)} usable vectors for {expected} texts; "
                "try later."
            )
        if self._dimensions not in (None, vectors.shape[1]):
            raise Unavailable(
                f"The embedding server gave {vectors.shape[1]} dimensions where {self.model} has "
                f"{self._dimensions}; check EMBEDDINGS_MODEL."
            )
        self._dimensions = vectors.shape[1]
        result: Vectors = vectors / lengths
        return result


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Usage(BaseModel):
    total_tokens: int


class _Answer(BaseModel):
    data: list[_Row]
    usage: _Usage | None = None


def estimated_tokens(text: str) -> int:
    """About what a text costs, a little high: a token is three characters or more."""
    return math.ceil(len(text) / 3) + 1


def _read(response: httpx2.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError as error:
        raise Unavailable(
            "The embedding server's answer cannot be read; check that EMBEDDINGS_BASE_URL "
            "speaks OpenAI's /v1/embeddings."
        ) from error


def _usable(lengths: Vectors) -> bool:
    return bool((lengths > 0).all() and np.isfinite(lengths).all())


def _index(row: _Row) -> int:
    return row.index


def _passing(error: BaseException) -> bool:
    """Whether it is the server's trouble and not the request's: the network, 429, 5xx."""
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    return isinstance(error, httpx2.TransportError)


def _may_pass(error: BaseException) -> bool:
    """Whether another try can help and is not too far away."""
    return _passing(error) and (_retry_after(error) or 0) <= LONGEST_WAIT


def _retry_after(error: BaseException | None) -> int | None:
    """Seconds that the server asked for, by number or by date; None when it did not."""
    if not isinstance(error, httpx2.HTTPStatusError):
        return None
    value = error.response.headers.get("Retry-After", "")
    if value.isdecimal():
        return int(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0, math.ceil((until - datetime.now(UTC)).total_seconds()))
