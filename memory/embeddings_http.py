"""Embeddings from any server that speaks OpenAI's `/v1/embeddings`."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

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
from memory.embeddings import Vectors

LONGEST_WAIT = 60.0
"""Seconds; a longer Retry-After is not waited for."""


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
    """Real batches, retries with jitter on 429, 5xx and network errors, a rate limit.

    `dimensions` is learned from the first answer unless given; an answer with another
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
    ) -> None:
        root = base_url.rstrip("/")
        self._url = f"{root}/embeddings" if root.endswith("/v1") else f"{root}/v1/embeddings"
        self.model = model
        self._dimensions = dimensions
        self._batch = batch
        self._attempts = attempts
        self._first_wait = first_wait
        self._rate_limit = rate_limit or RateLimit(60)
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
        """As Embedder.embed: one request per batch. Raises errors.Unavailable."""
        if not texts:
            return np.empty((0, self._dimensions or 0), np.float32)
        batches = [
            list(texts[start : start + self._batch]) for start in range(0, len(texts), self._batch)
        ]
        return np.concatenate([await self._embed_batch(batch) for batch in batches])

    async def close(self) -> None:
        await self._client.aclose()

    async def _embed_batch(self, texts: list[str]) -> Vectors:
        policy = AsyncRetrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            reraise=True,
        )
        try:
            response: httpx2.Response = await policy(self._post, texts)
        except httpx2.HTTPStatusError as error:
            raise Unavailable(
                f"The embedding server answered {error.response.status_code} for {self.model}; "
                "check EMBEDDINGS_BASE_URL, EMBEDDINGS_API_KEY and EMBEDDINGS_MODEL, or try later.",
                retry_after=_retry_after(error),
            ) from error
        except httpx2.TransportError as error:
            raise Unavailable(
                f"The embedding server cannot be reached ({type(error).__name__}); "
                "check EMBEDDINGS_BASE_URL, or try later."
            ) from error
        return self._vectors(response, len(texts))

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

    def _vectors(self, response: httpx2.Response, expected: int) -> Vectors:
        try:
            rows = sorted(_Answer.model_validate_json(response.content).data, key=_index)
            vectors = np.array([row.embedding for row in rows], np.float32)
        except (ValidationError, ValueError) as error:
            raise Unavailable(
                "The embedding server's answer cannot be read; check that EMBEDDINGS_BASE_URL "
                "speaks OpenAI's /v1/embeddings."
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


class _Answer(BaseModel):
    data: list[_Row]


def _usable(lengths: Vectors) -> bool:
    return bool((lengths > 0).all() and np.isfinite(lengths).all())


def _index(row: _Row) -> int:
    return row.index


def _may_pass(error: BaseException) -> bool:
    """Whether another try can help: the network, 429, 5xx; and no wait that is too long."""
    if isinstance(error, httpx2.HTTPStatusError):
        status = error.response.status_code
        return (status == 429 or status >= 500) and (_retry_after(error) or 0) <= LONGEST_WAIT
    return isinstance(error, httpx2.TransportError)


def _retry_after(error: BaseException | None) -> int | None:
    """Seconds that the server asked for, None when it did not (or gave a date)."""
    if not isinstance(error, httpx2.HTTPStatusError):
        return None
    value = error.response.headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else None
