"""Pages of a browser, each of a person's own, that are used again: to start one costs as much of
the processor as most tests do."""

from __future__ import annotations

from playwright.async_api import Browser, Page

PATIENCE_MS = 30_000
"""How long an action and an expectation wait for what they name."""


class Pages:
    """Every page has its own cookies and storage, which are empty when it is taken."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Page] = []

    async def take(self, width: int, height: int, scheme: str) -> Page:
        """A blank page of this size in CSS pixels; `scheme` is light or dark."""
        page = self._free.pop() if self._free else await self._new()
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light",
            # To draw what breathes costs half of the processor where there is no graphics card.
            reduced_motion="reduce",
        )
        return page

    async def give_back(self, page: Page) -> None:
        """Nothing is left of who used it: the other tabs are closed, what was stored is gone."""
        context = page.context
        for other in context.pages:
            if other is not page:
                await other.close()
        await page.unroute_all(behavior="ignoreErrors")
        await context.set_offline(False)
        if page.url.startswith("http"):
            await page.evaluate("localStorage.clear(); sessionStorage.clear()")
        await page.goto("about:blank")
        await context.clear_cookies()
        self._free.append(page)

    async def _new(self) -> Page:
        context = await self._browser.new_context(locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(PATIENCE_MS)
        return await context.new_page()
