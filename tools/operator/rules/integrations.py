"""Whether a source still delivers (operator spec 3.3, "Broken integrations")."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from tools.operator.records import Integration
from tools.operator.rules.ages import older_than

IntegrationState = Literal["off", "ok", "failing", "never", "overdue"]


def expected_hours(integration: Integration, default_hours: int) -> Decimal:
    """How often the source is expected to succeed, in hours."""
    return integration.expected_every_hours or Decimal(default_hours)


def integration_state(
    integration: Integration, default_hours: int, now: datetime
) -> IntegrationState:
    """ "off" is never broken; "failing", "never" and "overdue" are."""
    if not integration.enabled:
        return "off"
    if integration.last_error is not None:
        return "failing"
    if integration.last_ok_at is None:
        return "never"
    expected = timedelta(hours=float(expected_hours(integration, default_hours)))
    return "overdue" if older_than(integration.last_ok_at, expected, now) else "ok"
