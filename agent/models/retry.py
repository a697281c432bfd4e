"""When a call to the provider is tried again, and what is said when it is given up.

Codes are those of the decisions: LLM_429, LLM_5XX, LLM_4XX, LLM_NETWORK.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

import httpx2
from anthropic import APIError, APIStatusError, APITimeoutError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from tenacity.stop import stop_after_attempt, stop_before_delay

from agent.models.types import NotAnswered


class EndedEarly(Exception):
    """The provider's stream ended without its last event."""


class Unreadable(Exception):
    """The provider's stream holds what is no event."""


FAILURES = (
    APIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    json.JSONDecodeError,
    EndedEarly,
    Unreadable,
)
"""All that a call to the provider can fail with; inside a stream the SDK wraps only errors
that the provider reports, so transport errors arrive as they are."""

_CODES_BY_TYPE = {
    "rate_limit_error": "LLM_429",
    "overloaded_error": "LLM_5XX",
    "api_error": "LLM_5XX",
    "timeout_error": "LLM_5XX",
}
_LONG_CONTEXT = ("prompt is too long", "exceed context limit")


@dataclass(frozen=True)
class RetryBudget:
    """How often and how long (seconds) a call that has shown nothing yet is tried again."""

    attempts: int = 4
    seconds: float = 20.0
    first_wait: float = 0.3
    longest_wait: float = 5.0


def retrying(budget: RetryBudget) -> AsyncRetrying:
    """The retry policy: passing failures only, within the budget, with jittered waits that
    double and are never shorter than the provider's Retry-After. Raises the last failure."""

    def wait(state: RetryCallState) -> float:
        backoff = min(budget.longest_wait, budget.first_wait * 2.0 ** (state.attempt_number - 1))
        error = state.outcome.exception() if state.outcome else None
        return max(retry_after(error) or 0.0, backoff * random.uniform(0.5, 1.5))  # noqa: S311

    return AsyncRetrying(
        retry=retry_if_exception(is_passing),
        stop=stop_after_attempt(budget.attempts) | stop_before_delay(budget.seconds),
        wait=wait,
        reraise=True,
    )


def code_of(error: BaseException) -> str:
    """The error code of a failed call. A failure inside the stream arrives with status 200,
    so the type that the provider names comes before the status."""
    if not isinstance(error, APIStatusError):
        return "LLM_NETWORK"
    if error.type in _CODES_BY_TYPE:
        return _CODES_BY_TYPE[error.type]
    if error.status_code == 429:
        return "LLM_429"
    return "LLM_4XX" if 400 <= error.status_code < 500 else "LLM_5XX"


def is_passing(error: BaseException) -> bool:
    """Whether the same call may work a moment later."""
    if not isinstance(error, FAILURES):
        return False
    if isinstance(error, APIStatusError) and error.status_code in (408, 409):
        return True
    return code_of(error) != "LLM_4XX"


def retry_after(error: BaseException | None) -> float | None:
    """The provider's Retry-After in seconds, when it names one."""
    if not isinstance(error, APIStatusError):
        return None
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def is_context_overflow(error: BaseException) -> bool:
    """Whether the provider refused the request because it is too long."""
    if not isinstance(error, APIStatusError):
        return False
    message = (error.api_message or "").lower()
    return error.status_code == 413 or (
        error.status_code == 400 and any(phrase in message for phrase in _LONG_CONTEXT)
    )


def is_schema_refusal(error: BaseException) -> bool:
    """Whether the provider could not compile the strict tools of the request: that ceiling
    is not published and differs by model."""
    if not isinstance(error, APIStatusError) or error.status_code != 400:
        return False
    message = (error.api_message or "").lower()
    return "grammar" in message or "strict" in message or message.startswith("schemas contain")


def unavailable(error: BaseException, model: str, *, partial: bool) -> NotAnswered:
    """The error that the caller of a model sees; `partial` when part of the answer was shown."""
    wait = retry_after(error)
    happened, advice = _said(error, model, wait)
    failure = NotAnswered(
        happened,
        advice,
        code=code_of(error),
        retry_after=None if wait is None else max(1, round(wait)),
        partial=partial,
        provider_wide=_is_provider_wide(error),
    )
    failure.retryable = is_passing(error)
    return failure


def _is_provider_wide(error: BaseException) -> bool:
    """Passing failures, and those that the key or the model id bring on every call."""
    if isinstance(error, APIStatusError) and error.status_code in (401, 403, 404):
        return True
    return code_of(error) != "LLM_4XX"


def _said(error: BaseException, model: str, wait: float | None) -> tuple[str, str]:
    """What happened, and what to do."""
    code = code_of(error)
    if code == "LLM_429":
        when = f"in {max(1, round(wait))} s" if wait is not None else "in a minute"
        return "The model provider limits how much we may ask", f"try again {when}"
    if code == "LLM_5XX":
        return "The model provider is overloaded or failing", "try again in a minute"
    if code == "LLM_4XX":
        status = error.status_code if isinstance(error, APIStatusError) else 0
        if status in (401, 403):
            return "The model provider refused our key", "an operator must check ANTHROPIC_API_KEY"
        if status == 404:
            return f"The model provider does not know the model {model}", "check MOSAIC_MODEL"
        return f"The model provider refused the request (HTTP {status})", "the log says why"
    if isinstance(error, APITimeoutError | httpx2.TimeoutException):
        return "The model provider did not answer in time", "try again"
    return "The connection to the model provider failed", "try again"
