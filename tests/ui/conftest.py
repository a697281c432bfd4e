"""A real browser on a real service; the model behind it is the stand-in server."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.agui import ask
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin
from tests.ui.pages import PATIENCE_MS, Pages
from tests.ui.visitor import Visitor

CHROMIUM = Path("/usr/bin/chromium")
HAS_BROWSER = CHROMIUM.exists()
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or a skip that says what is missing; in CI, a failure."""
    if not HAS_BROWSER:
        give_up = pytest.fail if "CI" in os.environ else pytest.skip
        give_up(f"The web UI is not tested: there is no browser at {CHROMIUM}.")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture(scope="session")
async def model() -> AsyncIterator[Standin]:
    """The model of these tests; a test may script what it says next."""
    async with running_standin() as standin:
        yield standin


@pytest.fixture(scope="session")
async def site(server_url: str, model: Standin) -> AsyncIterator[Server]:
    """The service with the demo, answered by the stand-in."""
    async with running_service(
        server_url,
        demo=True,
        ANTHROPIC_API_KEY="sk-standin-honest",
        ANTHROPIC_BASE_URL=model.url,
        COACH_NAME="Ada",
        COACH_BOOKING_URL="https://booking.example/ada",
    ) as server:
        yield server


@pytest.fixture(scope="session")
async def office(server_url: str) -> AsyncIterator[Server]:
    """The service with the demo, answered by the offline model, for tests that decide things:
    each sets up what it needs and may restart it."""
    async with running_service(server_url, demo=True) as server:
        # The first answer trains the offline model, which no test's patience should pay for.
        await ask(await server.log_in(OPERATOR), "Good morning.")
        yield server


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
async def pages(browser: Browser) -> Pages:
    """The pages of this browser that nobody looks at."""
    return Pages(browser)


@pytest.fixture
async def visit(pages: Pages, site: Server, model: Standin) -> AsyncIterator[Visit]:
    """Opens a page as somebody: `await visit(email=CLIENT, width=320, scheme="dark")`; None as
    nobody; `beside` is another tab of the same browser, `url` another way to the service. At the end of the test every console must have been silent."""
    # What a test before had scripted and nobody asked for is not said to this one.
    model.reset()
    taken: list[Page] = []
    visitors: list[Visitor] = []

    async def open_page(
        email: str | None = OPERATOR,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        beside: Visitor | None = None,
        url: str | None = None,
    ) -> Visitor:
        if beside is None:
            page = await pages.take(width, height, scheme)
            taken.append(page)
        else:
            page = await beside.page.context.new_page()
        visitor = Visitor(page, url or site.url)
        visitors.append(visitor)
        if beside is not None:
            await visitor.open("/")
        elif email is not None:
            await visitor.log_in(email)
        return visitor

    yield open_page
    for visitor in visitors:
        visitor.leave()
    for page in taken:
        await pages.give_back(page)
    assert [line for visitor in visitors for line in visitor.complaints] == []
