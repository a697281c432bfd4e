"""What becomes of a job whose run could not be ended here."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.jobs import Job

from agent.jobs import HEARTBEAT_SECONDS, MOST_TRIES, STALLED_SECONDS, SWEEP_SECONDS, HandOver
from errors import Unavailable

NOTICED_SECONDS = 10.0


def job(attempts: int) -> Job:
    return Job(
        id=1,
        queue="runs",
        lock="t",
        queueing_lock=None,
        task_name="run",
        task_kwargs={"run_id": "r"},
        attempts=attempts,
    )


@pytest.mark.parametrize("exception", [asyncio.CancelledError(), Unavailable("Down.")])
def test_it_is_due_at_once_whatever_this_processs_clock_says(exception: BaseException) -> None:
    """The queue compares with the database's clock, from which this one may be an hour away."""
    decision = HandOver().get_retry_decision(exception=exception, job=job(0))
    assert decision is not None and decision.retry_at is not None
    assert decision.retry_at < datetime.now(UTC) - timedelta(days=1)


def test_it_is_given_up_after_so_many_tries_or_an_unknown_error() -> None:
    """The run is then found to be without a job, and is queued again or ended."""
    decide = HandOver().get_retry_decision
    assert decide(exception=Unavailable("Down."), job=job(MOST_TRIES)) is None
    assert decide(exception=ValueError(), job=job(0)) is None


def test_a_dead_worker_is_noticed_in_time_and_a_living_one_is_not_taken_for_dead() -> None:
    assert STALLED_SECONDS + SWEEP_SECONDS <= NOTICED_SECONDS
    assert STALLED_SECONDS >= 3 * HEARTBEAT_SECONDS
