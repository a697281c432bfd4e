"""Every place, in both colour schemes and at both widths, by the rules of WCAG 2.2 AA."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.service import Server
from tests.ui.conftest import Visit
from tests.ui.visitor import LONGEST_ANSWER_MS

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script, out of the package that brings it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


async def check(page: Page, axe: str) -> None:
    await page.evaluate(f"{axe};0")
    violations = await page.evaluate(
        """async (rules) => {
          const found = await axe.run(document, { runOnly: rules });
          return found.violations.map((rule) => [rule.id, rule.nodes.map((node) => node.html)]);
        }""",
        RULES,
    )
    assert violations == []
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(fits), "nothing scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_every_place(visit: Visit, axe: str, scheme: str, width: int) -> None:
    nobody = await visit(None, scheme=scheme, width=width)
    await nobody.page.goto(nobody.url + "/login?new")
    await nobody.page.get_by_role("button", name="Make the account").click()
    await check(nobody.page, axe)

    operator = await visit(scheme=scheme, width=width)
    page = operator.page
    await check(page, axe)
    turn = await operator.ask("How does Cedar stand?")
    receipt = await operator.answered(turn)
    await check(page, axe)
    await turn.locator(".step-line").first.click()
    await receipt.locator(".receipt-summary").click()
    await receipt.get_by_role("button", name="Check again").click()
    await expect(receipt.locator(".receipt-verdict")).to_be_visible()
    await expect(receipt.locator(".row-source").first).to_be_visible()
    await check(page, axe)
    if width < 800:
        await page.get_by_role("button", name="Conversations").click()
        await expect(page.get_by_role("button", name="Close the list")).to_be_focused()
        await page.wait_for_timeout(250)
        await check(page, axe)
    await page.get_by_role("button", name="Options for").first.click()
    await page.get_by_role("button", name="Delete").filter(visible=True).click()
    await check(page, axe)
    await page.get_by_role("button", name="Keep it").click()

    operator.expected = "404"
    await operator.open("/t/not-there")
    await expect(page.get_by_role("alert")).to_be_visible()
    await check(page, axe)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
async def test_what_waits_for_a_decision(
    visit: Visit, office: Server, axe: str, scheme: str, width: int
) -> None:
    operator = await visit(scheme=scheme, width=width, url=office.url)
    page = operator.page
    operator.expected = "422"
    turn = await operator.ask("Switch the flag SELF_EFFICACY_METRICS off.")
    card = turn.locator("mosaic-approval")
    await expect(card).to_contain_text("Approval needed", timeout=LONGEST_ANSWER_MS)
    await card.get_by_role("button", name="Switch SELF_EFFICACY_METRICS off").click()
    await expect(card.get_by_label("Reason")).to_be_focused()
    await check(page, axe)
    await page.goto(f"{office.url}/approvals")
    card = page.locator("mosaic-approval").first
    await card.get_by_role("button", name="Don't", exact=True).click()
    await check(page, axe)
    await card.get_by_role("button", name="Don't switch").click()
    await expect(card).to_contain_text("Denied by")
    await check(page, axe)
    await page.goto(f"{office.url}/leads/L04")
    await expect(page.locator("#proposal")).to_be_visible()
    await check(page, axe)


async def test_twice_the_text_size_still_fits(visit: Visit) -> None:
    operator = await visit(width=640, height=480)
    await operator.page.evaluate("document.documentElement.style.fontSize = '200%'")
    receipt = await operator.answered(await operator.ask("How does Cedar stand?"))
    await receipt.locator(".receipt-summary").click()
    wide = await operator.page.evaluate(
        "document.querySelector('.scroller').scrollWidth - document.querySelector('.scroller').clientWidth"
    )
    assert wide == 0
    await expect(operator.composer).to_be_in_viewport()


async def test_targets_are_large_enough(visit: Visit) -> None:
    operator = await visit(width=320)
    receipt = await operator.answered(await operator.ask("How does Cedar stand?"))
    await receipt.locator(".receipt-summary").click()
    small = await operator.page.evaluate(
        """() => [...document.querySelectorAll('button, input, main a.button')]
          .filter((one) => one.checkVisibility({ visibilityProperty: true }))
          .map((one) => [one.className, one.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24)
          .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    )
    assert small == []
