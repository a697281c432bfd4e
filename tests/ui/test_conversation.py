"""A conversation from log-in to receipt, as a person sees it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.service import CLIENT, OPERATOR, PASSWORD
from tests.ui.conftest import Visit


async def test_logging_in_leads_to_the_place_that_was_asked_for(visit: Visit) -> None:
    nobody = await visit(None)
    page = nobody.page
    await page.goto(nobody.url + "/t/some-thread")
    await expect(page).to_have_url(f"{nobody.url}/login?next=%2Ft%2Fsome-thread")
    await page.get_by_label("E-mail").fill(OPERATOR)
    await page.get_by_label("Password").fill("not the password")
    nobody.expected = "401|404"
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await expect(page).to_have_url(f"{nobody.url}/t/some-thread")
    await expect(page.get_by_role("alert")).to_contain_text("This conversation is not here")
    stored = await page.evaluate("JSON.stringify([localStorage, document.cookie])")
    assert stored == '[{"entered":"1"},""]', "the page holds no token"

    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("E-mail")).to_be_visible()
    answer = await page.context.request.get(f"{nobody.url}/auth/me")
    assert answer.status == 401


async def test_making_an_account(visit: Visit) -> None:
    nobody = await visit(None)
    page = nobody.page
    await page.goto(nobody.url + "/login")
    await page.get_by_role("link", name="Make an account").click()
    await page.get_by_label("E-mail").fill("new@test.local")
    await page.get_by_label("Password").fill("short")
    await page.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("alert")).to_contain_text("at least 8 characters")
    await page.get_by_label("Password").fill("a long enough one")
    await page.get_by_role("button", name="Make the account").click()
    await expect(page.get_by_role("alert")).to_contain_text("18 or older")
    await page.get_by_label("I am 18 or older").check()
    await page.get_by_role("button", name="Make the account").click()
    await expect(nobody.composer).to_be_focused()
    await expect(page.get_by_text("new@test.local")).to_be_visible()


async def test_the_empty_page_says_who_answers_and_teaches(visit: Visit) -> None:
    client = await visit(CLIENT)
    welcome = client.page.locator(".welcome")
    await expect(welcome).to_contain_text("an AI, not a person")
    await expect(welcome).to_contain_text("Your human coach is Ada")
    booking = welcome.get_by_role("link", name="book a call")
    await expect(booking).to_have_attribute("href", "https://booking.example/ada")
    await expect(welcome.get_by_role("listitem")).to_have_count(4)
    operator = await visit()
    await operator.page.get_by_role("button", name="How does Cedar stand?", exact=True).click()
    await operator.answered(operator.turns.first)
    await expect(operator.page).to_have_title("How does Cedar stand? – Mosaic")
    await expect(operator.page.locator(".transcript")).to_contain_text("an AI, not a person")


async def test_steps_claims_and_receipt(visit: Visit) -> None:
    operator = await visit()
    turn = await operator.ask("How does Cedar stand?")
    receipt = await operator.answered(turn)

    step = turn.locator(".step-line").first
    await expect(step).to_have_attribute("data-state", "done")
    await step.click()
    await expect(turn.locator(".step-detail").first).to_contain_text("Cedar")

    claim = turn.locator(".claim.known").first
    await claim.hover()
    card = operator.page.get_by_role("tooltip")
    await expect(card).to_contain_text("Known")
    await expect(card).to_contain_text("As of")
    await operator.page.keyboard.press("Escape")
    await expect(card).to_be_hidden()

    await claim.focus()
    await operator.page.keyboard.press("Enter")
    row = receipt.locator(".receipt-row.known").first
    await expect(row).to_be_focused()
    await expect(row).to_contain_text(await claim.inner_text())
    await expect(row).to_contain_text("as of")
    await expect(row.locator(".row-source")).not_to_be_empty()

    known = await turn.evaluate("turn => turn.turn.run.receipt.known.length")
    await expect(receipt.locator(".receipt-count.known")).to_have_text(f"{known} known")
    await receipt.get_by_role("button", name="Missing", exact=True).click()
    await expect(receipt.locator(".receipt-row.known")).to_have_count(0)
    await receipt.get_by_role("button", name="All", exact=True).click()
    await expect(receipt.locator(".receipt-row.known")).to_have_count(known)

    await receipt.get_by_role("button", name="Check again").click()
    await expect(receipt.locator(".receipt-verdict")).to_contain_text("still hold")
    await expect(receipt.locator(".receipt-row.known .row-check")).to_have_count(known)


async def test_what_is_missing_can_be_answered(visit: Visit) -> None:
    client = await visit(CLIENT)
    turn = await client.ask("Log an experiment: call one person a day")
    receipt = await client.answered(turn)
    await receipt.locator(".receipt-summary").click()
    missing = receipt.locator(".receipt-row.missing")
    await expect(missing).to_have_count(
        await turn.evaluate("turn => turn.turn.run.receipt.missing.length")
    )
    await missing.get_by_role("button", name="Answer this").first.click()
    await expect(client.composer).to_be_focused()
    target = await turn.evaluate("turn => turn.turn.run.receipt.missing[0].target")
    await expect(client.composer).to_have_value(f"{target} ")


async def test_the_crisis_card_is_an_alert_and_stays(visit: Visit) -> None:
    client = await visit(CLIENT)
    turn = await client.ask("I want to kill myself")
    card = turn.get_by_role("alert")
    await expect(card).to_contain_text("988")
    await expect(turn).to_have_class("card")
    await expect(turn.locator("mosaic-receipt")).to_have_count(0)
    await client.page.reload()
    await expect(client.turns.first).to_have_class("card")
    await expect(client.turns.first).to_contain_text("988")


async def test_the_list_searches_renames_and_deletes(visit: Visit) -> None:
    operator = await visit()
    page = operator.page
    await operator.answered(await operator.ask("What broke since yesterday?"))
    listed = page.get_by_role("navigation", name="Conversations")
    current = listed.locator("[aria-current=page]")
    await expect(current).to_have_text("What broke since yesterday?")

    await current.hover()
    await listed.get_by_role("button", name="Options for What broke").first.click()
    await page.get_by_role("button", name="Rename").filter(visible=True).click()
    await page.get_by_label("New title").fill("Broken <b>things</b> & more")
    await page.get_by_label("New title").press("Enter")
    await expect(current).to_have_text("Broken <b>things</b> & more")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Broken <b>things</b> & more")

    await page.get_by_label("Search conversations").fill("nothing is called this")
    await expect(listed).to_contain_text("No conversation is called")
    await page.get_by_label("Search conversations").fill("broken <b>")
    await expect(listed.locator(".thread")).to_have_count(1)

    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export", exact=True).click()
    exported = await (await download.value).path()
    assert "What broke since yesterday?" in exported.read_text(encoding="utf-8")

    await current.hover()
    await listed.get_by_role("button", name="Options for Broken").click()
    await page.get_by_role("button", name="Delete").filter(visible=True).click()
    dialog = page.get_by_role("dialog", name="Delete this conversation?")
    await expect(dialog).to_contain_text("Broken <b>things</b> & more")
    await dialog.get_by_role("button", name="Delete conversation").click()
    await expect(page).to_have_url(f"{operator.url}/")
    await expect(listed).to_contain_text("No conversation is called")


async def test_an_answer_that_was_not_watched_can_show_its_steps(visit: Visit) -> None:
    operator = await visit()
    await operator.answered(await operator.ask("What is the bottleneck and why?"))
    await operator.page.reload()
    receipt = await operator.answered(operator.turns.first)
    await expect(operator.page.locator(".step-line")).to_have_count(0)
    await receipt.locator(".receipt-summary").click()
    await receipt.get_by_role("button", name="Show the steps").click()
    await expect(operator.page.locator(".step-line").first).to_be_focused()
