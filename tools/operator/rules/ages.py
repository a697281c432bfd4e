"""How old something is (decisions, "Time"): days are 24 hours, ages are floored, "older than"
is strict, and a window contains its edge."""

from __future__ import annotations

from datetime import datetime, timedelta


def older_than(at: datetime, span: timedelta, now: datetime) -> bool:
    """Whether `at` lies strictly more than `span` before `now`."""
    return now - at > span


def within(at: datetime, span: timedelta, now: datetime) -> bool:
    """Whether `at` lies in the window of `span` that ends at `now`, both edges inside."""
    return now - span <= at <= now


def within_previous(at: datetime, span: timedelta, now: datetime) -> bool:
    """Whether `at` lies in the window of `span` just before the current one."""
    return now - 2 * span <= at < now - span


def days_since(at: datetime, now: datetime) -> int:
    """Whole days from `at` to `now`; 0 for a time that is still to come."""
    return max(0, (now - at) // timedelta(days=1))


def hours_since(at: datetime, now: datetime) -> int:
    """Whole hours from `at` to `now`; 0 for a time that is still to come."""
    return max(0, (now - at) // timedelta(hours=1))
