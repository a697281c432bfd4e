"""What several faults are tried on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.faults.fleet import Fleet, running_fleet


@pytest.fixture(scope="module")
async def running(server_url: str) -> AsyncIterator[Fleet]:
    async with running_fleet(server_url) as fleet:
        yield fleet


@pytest.fixture
async def fleet(running: Fleet) -> AsyncIterator[Fleet]:
    """The module's fleet, in order before a test and after it."""
    async with running.in_order():
        yield running
