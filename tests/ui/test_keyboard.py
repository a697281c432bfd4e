"""Everything can be done without a mouse, and heard without a screen."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.service import CLIENT, OPERATOR, PASSWORD
from tests.standin import Standin
from tests.standin.steps import Say
from tests.ui.conftest import Visit


async def focused(page: Page) -> str:
    """The accessible text of what has the focus."""
    text: str = await page.evaluate(
        "(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()"
    )
    return text


async def tab_to(page: Page, name: str, *, key: str = "Tab", most: int = 60) -> None:
    for _ in range(most):
        await page.keyboard.press(key)
        if name in await focused(page):
            return
    raise AssertionError(f"{name!r} cannot be reached with {key}")


async def test_a_whole_visit_by_keyboard(visit: Visit) -> None:
    nobody = await visit(None)
    page = nobody.page
    await page.goto(nobody.url + "/login")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type(OPERATOR)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(nobody.composer).to_be_focused()
    await page.keyboard.type("How does Cedar stand?")
    await page.keyboard.press("Enter")
    turn = nobody.turns.first
    receipt = await nobody.answered(turn)

    claims = await turn.locator(".claim[tabindex='0']").count()
    await tab_to(page, "Check again", key="Shift+Tab")
    for _ in range(claims + 1):
        await page.keyboard.press("Shift+Tab")
    card = page.get_by_role("tooltip")
    await expect(card).to_be_visible()
    described = await page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert described == await card.get_attribute("id")
    claim = await page.evaluate("document.activeElement.dataset.claim")
    await page.keyboard.press("Enter")
    await expect(receipt.locator(f".receipt-row[data-item={claim}]")).to_be_focused()

    await tab_to(page, "Options for How does Cedar stand?", key="Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Rename").filter(visible=True)).to_be_focused()
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    assert await focused(page) == "Delete"
    await page.keyboard.press("Escape")
    assert "Options for" in await focused(page)

    await page.keyboard.press("Shift+?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.keyboard.press("/")
    await expect(nobody.composer).to_be_focused()
    await page.keyboard.press("Control+k")
    await expect(page.get_by_label("Search conversations")).to_be_focused()
    await page.get_by_role("heading", level=1).focus()
    await page.keyboard.press("n")
    await expect(page.locator(".welcome")).to_be_visible()


async def test_single_keys_can_be_switched_off(visit: Visit) -> None:
    operator = await visit()
    page = operator.page
    await page.get_by_role("button", name="Keyboard shortcuts").click()
    await page.get_by_label("Shortcuts of a single key").uncheck()
    await page.keyboard.press("Escape")
    await page.get_by_role("heading", level=1).focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_escape_stops_and_typing_keeps_its_keys(visit: Visit, model: Standin) -> None:
    operator = await visit()
    words = tuple(["Thank ", "you ", "for ", "asking. "] * 30)
    model.script([Say("".join(words), pieces=words, pause=0.1)])
    turn = await operator.ask("Anything / at all? n")
    await expect(turn.locator(".bubble")).to_have_text("Anything / at all? n")
    await expect(turn.locator(".prose")).to_contain_text("asking")
    await operator.page.keyboard.press("Escape")
    await expect(turn).to_contain_text("Stopped.")


async def test_lines_are_sent_whole(visit: Visit, model: Standin) -> None:
    operator = await visit()
    model.script([Say("Thank you for asking. ")])
    await operator.composer.press_sequentially("first")
    await operator.page.keyboard.press("Shift+Enter")
    await operator.composer.press_sequentially("second")
    await operator.page.keyboard.press("Enter")
    await expect(operator.turns.first.locator(".bubble")).to_have_text("first\nsecond")
    await expect(operator.composer).to_have_value("")
    await operator.composer.fill("x" * 8001)
    await expect(operator.page.get_by_text("8,001 of 8,000 characters")).to_be_visible()
    await expect(operator.page.get_by_role("button", name="Send")).to_be_disabled()


async def test_tokens_are_not_spoken_and_the_answer_is_spoken_once(visit: Visit) -> None:
    operator = await visit()
    page = operator.page
    log = page.get_by_role("log", name="Conversation")
    await expect(log).to_have_attribute("aria-live", "off")
    assert await page.locator("[aria-live]:not([aria-live=off])").count() == 0
    await page.evaluate(
        """() => {
          window.spoken = [];
          const voice = document.querySelector('[role=status].visually-hidden');
          new MutationObserver(() => window.spoken.push(voice.textContent))
            .observe(voice, { childList: true, characterData: true, subtree: true });
        }"""
    )
    turn = await operator.ask("How does Cedar stand?")
    await operator.answered(turn)
    await page.wait_for_timeout(200)
    spoken = await page.evaluate("window.spoken")
    answer = await turn.evaluate("turn => turn.turn.run.parts.at(-1).text")
    assert all(line.endswith("…") and len(line) < 60 for line in spoken[:-1]), spoken
    assert spoken[-1].startswith("Answer ready, ")
    assert answer.strip() in spoken[-1]
    assert sum(answer.strip() in line for line in spoken) == 1


async def test_the_list_on_a_narrow_screen_takes_and_returns_the_focus(visit: Visit) -> None:
    client = await visit(CLIENT, width=320)
    page = client.page
    listed = page.get_by_role("navigation", name="Conversations")
    await expect(listed).to_be_hidden()
    await page.get_by_role("button", name="Conversations").click()
    await expect(listed.get_by_role("button", name="Close the list")).to_be_focused()
    await expect(page.get_by_role("main", include_hidden=True)).to_have_attribute("inert", "")
    await page.keyboard.press("Escape")
    await expect(listed).to_be_hidden()
    await expect(page.get_by_role("button", name="Conversations")).to_be_focused()
