"""A person in a browser: a page on a service, and every complaint its console made."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request, expect

from tests.service import PASSWORD

LONGEST_ANSWER_MS = 30_000


class Visitor:
    """`expected` is a pattern of console errors that the test itself causes."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.expected: str | None = None
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)

    def leave(self) -> None:
        """Hear no more of the page, which is another's next."""
        self.page.remove_listener("console", self._heard)
        self.page.remove_listener("pageerror", self._failed)
        self.page.remove_listener("request", self._asked)

    async def log_in(self, email: str) -> None:
        """Get the cookie without the form, which has a test of its own, and open the page."""
        answer = await self.page.context.request.post(
            f"{self.url}/auth/login", data={"email": email, "password": PASSWORD}
        )
        assert answer.ok, await answer.text()
        await self.page.goto(f"{self.url}/login")
        await self.page.evaluate("localStorage.setItem('entered', '1')")
        await self.open("/")

    async def open(self, path: str) -> None:
        """Go to a place and wait until it can be written in."""
        await self.page.goto(self.url + path)
        await expect(self.composer).to_be_visible()

    async def ask(self, text: str) -> Locator:
        """Send a message; gives its turn."""
        turns = await self.turns.count()
        await self.composer.fill(text)
        await self.composer.press("Enter")
        await expect(self.turns).to_have_count(turns + 1)
        return self.turns.nth(turns)

    async def answered(self, turn: Locator) -> Locator:
        """Wait for the receipt under a turn; gives it."""
        receipt = turn.locator("mosaic-receipt")
        await expect(receipt).to_be_visible(timeout=LONGEST_ANSWER_MS)
        return receipt

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def turns(self) -> Locator:
        return self.page.locator("mosaic-turn")

    @property
    def thread_id(self) -> str:
        return self.page.url.rsplit("/t/", 1)[1]

    async def module(self, name: str, script: str, argument: Any = None) -> Any:
        """Run `script`, a function of (module, argument), on one of the page's own modules."""
        app = await self.page.locator("script[type=module]").get_attribute("src")
        address = str(app).replace("app.js", name)
        return await self.page.evaluate(
            f"async (argument) => ({script})(await import('{address}'), argument)", argument
        )

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(f"{message.type}: {message.text}")

    def _failed(self, error: Error) -> None:
        self.complaints.append(f"uncaught: {error.message} {error.stack}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self._complain(f"request to another host: {request.url}")

    def _complain(self, complaint: str) -> None:
        if self.expected is None or not re.search(self.expected, complaint):
            self.complaints.append(complaint)
