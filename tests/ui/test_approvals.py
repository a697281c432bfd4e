"""A decision in the browser: the card, the inbox, and what every page that shows it sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from playwright.async_api import Locator, Page, expect

from tests.proxy import running_proxy
from tests.service import OPERATOR, PASSWORD, Server
from tests.standin import Standin
from tests.standin.steps import Call, Say
from tests.ui.conftest import Visit
from tests.ui.visitor import LONGEST_ANSWER_MS, Visitor

ACT = "Start build for Oak Family Law portal"
COLLEAGUE = "colleague@test.local"
FLAG = "EXPERIMENTS_ENABLED"

Ledger = psycopg.AsyncConnection[Any]


@pytest.fixture
async def ledger(office: Server) -> AsyncIterator[Ledger]:
    """The office's database, in which nothing was asked for and Oak's build has not begun."""
    url = office.environment["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute("DELETE FROM approvals")
        await conn.execute(
            "UPDATE leads SET status = 'APPROVED', build_started_at = NULL, rejected_at = NULL, "
            "rejection_reason = NULL WHERE id = 'L08'"
        )
        await conn.execute("UPDATE feature_flags SET enabled = true WHERE flag_name = %s", (FLAG,))
        yield conn


@pytest.fixture
async def operator(visit: Visit, office: Server, ledger: Ledger) -> Visitor:
    return await visit(url=office.url)


@pytest.fixture
async def colleague(visit: Visit, office: Server, ledger: Ledger) -> Visitor:
    """Another operator, in a browser of their own."""
    http = office.client()
    await http.post("/auth/register", json={"email": COLLEAGUE, "password": PASSWORD})
    await ledger.execute("UPDATE users SET role = 'operator' WHERE email = %s", (COLLEAGUE,))
    return await visit(COLLEAGUE, url=office.url)


async def card_of(visitor: Visitor, text: str = "Start the Oak build.") -> Locator:
    """Ask for a gated act; gives the card it stops with."""
    turn = await visitor.ask(text)
    card = turn.locator("mosaic-approval")
    await expect(card).to_contain_text("Approval needed", timeout=LONGEST_ANSWER_MS)
    return card


async def approve(card: Locator) -> None:
    await card.get_by_role("button", name=ACT, exact=True).click()


async def build_of(ledger: Ledger) -> Any:
    found = await ledger.execute(
        "SELECT status, build_started_at IS NOT NULL FROM leads WHERE id = 'L08'"
    )
    return await found.fetchone()


async def come_back(page: Page) -> None:
    """What a browser says when its reader looks at the page again."""
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def test_approved_it_is_done_once_by_that_person(operator: Visitor, ledger: Ledger) -> None:
    page = operator.page
    card = await card_of(operator)
    await expect(card.get_by_role("heading", level=3)).to_have_text(ACT)
    await expect(card).to_contain_text("from APPROVED to BUILDING")
    await expect(card).to_contain_text("was approved 3 days ago, has a proposal")
    await expect(card).to_contain_text("You, or any other operator.")
    await expect(card.locator(".approval-until")).to_contain_text("open until")
    fact = card.locator(".approval-facts li").first
    await expect(fact).to_contain_text("Oak Family Law portal is approved.")
    await expect(fact.get_by_role("link", name="Leads")).to_have_attribute("href", "/leads/L08")
    await expect(operator.turns.first).not_to_contain_text("waits for your decision")
    await expect(operator.composer).to_be_focused()
    await expect(page.locator(".composer-waits")).to_contain_text(f"Waits for your decision: {ACT}")
    await operator.composer.fill("hello")
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await operator.composer.press("Enter")
    await expect(operator.turns).to_have_count(1)
    await expect(card).to_be_focused()
    assert await build_of(ledger) == ("APPROVED", False)

    await approve(card)
    await expect(card).to_contain_text(f"Approved and done by {OPERATOR}")
    await operator.answered(operator.turns.nth(1))
    await expect(operator.turns.nth(1)).to_contain_text("was started by operator@demo.local")
    await expect(operator.turns.nth(1).locator(".question")).to_have_count(0)
    await expect(operator.turns.first.locator(".step-line")).to_have_attribute("data-state", "done")
    await expect(page.locator(".composer-waits")).to_be_hidden()
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    assert await build_of(ledger) == ("BUILDING", True)
    audit = await ledger.execute(
        "SELECT u.email, a.action FROM audit_log a JOIN users u ON u.id = a.actor "
        "JOIN approvals p ON a.subject = 'approvals/' || p.id"
    )
    assert await audit.fetchall() == [(OPERATOR, "approval.executed")]

    await page.reload()
    await expect(operator.turns).to_have_count(2)
    await expect(operator.turns.first).to_contain_text(f"Approved and done by {OPERATOR}")
    await operator.answered(operator.turns.nth(1))


async def test_denied_the_answer_says_so(operator: Visitor, ledger: Ledger) -> None:
    card = await card_of(operator)
    await card.get_by_role("button", name="Don't", exact=True).click()
    reason = card.get_by_role("textbox")
    await expect(reason).to_be_focused()
    await card.get_by_role("button", name="Back").click()
    await card.get_by_role("button", name="Don't", exact=True).click()
    await card.get_by_role("textbox").fill("Not this week")
    await card.get_by_role("button", name="Don't start build for Oak Family Law portal").click()
    await expect(card).to_contain_text(f"Denied by {OPERATOR}")
    await operator.answered(operator.turns.nth(1))
    await expect(operator.turns.nth(1)).to_contain_text("Not this week")
    assert await build_of(ledger) == ("APPROVED", False)


async def test_changed_meanwhile_it_says_what_and_does_nothing(
    operator: Visitor, ledger: Ledger
) -> None:
    await card_of(operator)
    await ledger.execute(
        "UPDATE leads SET status = 'REJECTED', rejected_at = now() WHERE id = 'L08'"
    )
    await operator.page.reload()
    card = operator.turns.first.locator("mosaic-approval")
    await expect(card).to_contain_text("Changed since this was proposed")
    await expect(card).to_contain_text("was APPROVED and is now REJECTED")
    await approve(card)
    await expect(card).to_contain_text("What it rested on has changed")
    await operator.answered(operator.turns.nth(1))
    await expect(operator.turns.nth(1)).to_contain_text("not done")
    assert await build_of(ledger) == ("REJECTED", False)
    await card.get_by_role("button", name="Ask anew").click()
    await expect(operator.composer).to_have_value(f"{ACT}.")


async def test_what_may_not_be_done_is_refused_with_what_is_missing(operator: Visitor) -> None:
    turn = await operator.ask("Approve Granite Plumbing")
    await operator.answered(turn)
    await expect(turn).to_contain_text("Granite Plumbing")
    await expect(turn).to_contain_text("positioning")
    await expect(turn).to_contain_text("proposal")
    await expect(turn.locator("mosaic-approval")).to_have_count(0)


async def test_sending_is_refused_with_the_way_to_review_it(operator: Visitor) -> None:
    page = operator.page
    turn = await operator.ask("Send the Cedar proposal now.")
    await operator.answered(turn)
    await expect(turn).to_contain_text("I never send anything to a client")
    await expect(turn.locator("mosaic-approval")).to_have_count(0)
    await turn.get_by_role("link", name="Open the lead").click()
    await expect(page).to_have_url(f"{operator.url}/leads/L04")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cedar Contractors quotes")
    await expect(page.get_by_role("heading", name="Proposal", exact=True)).to_be_visible()
    await expect(page.locator("#proposal .record-text")).to_contain_text("Cedar Contractors quotes")
    await expect(page.locator(".record-rows").first).to_contain_text("Cedar Contractors quotes is")
    await page.get_by_role("button", name="Ask about this").click()
    await expect(operator.composer).to_have_value("How does Cedar Contractors quotes stand?")
    await expect(operator.composer).to_be_focused()
    operator.expected = "404"
    await page.goto(f"{operator.url}/leads/nobody")
    await expect(page.get_by_role("alert")).to_contain_text("This lead is not here")


async def test_it_survives_a_restart_and_a_second_tab_sees_it(
    operator: Visitor, visit: Visit, office: Server, ledger: Ledger
) -> None:
    operator.expected = "ERR_|503"
    await card_of(operator)
    await office.kill()
    await office.start()
    second = await visit(beside=operator, url=office.url)
    await second.open(f"/t/{operator.thread_id}")
    other = second.turns.first.locator("mosaic-approval")
    await expect(other).to_contain_text("Approval needed")
    await approve(operator.turns.first.locator("mosaic-approval"))
    await expect(other).to_contain_text(f"Approved and done by {OPERATOR}")
    for visitor in (operator, second):
        await operator.answered(visitor.turns.nth(1))
        await expect(visitor.turns).to_have_count(2)
    assert await build_of(ledger) == ("BUILDING", True)


async def test_a_colleague_decides_in_the_inbox(
    operator: Visitor, colleague: Visitor, ledger: Ledger
) -> None:
    inbox = colleague.page
    await inbox.get_by_role("link", name="Approvals").click()
    await expect(inbox).to_have_url(f"{colleague.url}/approvals")
    await expect(inbox.get_by_role("heading", name="Nothing waits for a decision")).to_be_visible()
    await card_of(operator)
    await come_back(inbox)
    await expect(inbox.get_by_role("link", name="Approvals 1 approval needed")).to_be_visible()
    card = inbox.locator("mosaic-approval")
    await expect(card).to_contain_text("By another operator")
    await expect(card.get_by_role("link", name="Open the conversation")).to_have_count(0)
    await approve(card)
    await expect(card).to_contain_text(f"Approved and done by {COLLEAGUE}")
    await expect(inbox.locator(".badge")).to_be_hidden()

    await come_back(operator.page)
    await expect(operator.turns.first).to_contain_text(f"Approved and done by {COLLEAGUE}")
    await operator.answered(operator.turns.nth(1))
    await expect(operator.turns.nth(1)).to_contain_text(f"was started by {COLLEAGUE}")
    await inbox.reload()
    await expect(inbox.get_by_role("heading", name="Decided", exact=True)).to_be_visible()
    await expect(card).to_contain_text("Approved and done")


async def test_the_network_is_lost_while_deciding(
    visit: Visit, office: Server, ledger: Ledger
) -> None:
    async with running_proxy(office.url) as proxy:
        operator = await visit(url=proxy.url)
        operator.expected = "ERR_|503"
        card = await card_of(operator)
        proxy.cut()
        await approve(card)
        await expect(operator.turns.nth(1)).to_contain_text(
            "Mosaic cannot be reached. Trying again…"
        )
        await expect(card).to_contain_text("Passing on your decision…")
        proxy.mend()
        await expect(card).to_contain_text(f"Approved and done by {OPERATOR}")
        await operator.answered(operator.turns.nth(1))
        await expect(operator.turns).to_have_count(2)
    done = await ledger.execute("SELECT count(*) FROM approvals WHERE status = 'executed'")
    assert await done.fetchone() == (1,)


async def test_a_reload_while_the_run_goes_on(visit: Visit, model: Standin) -> None:
    reader = await visit()
    words = tuple(f"{word} " for word in ("Thank you for asking. " * 30).split())
    call = Call("start_build", {"lead": "Oak Family Law portal"})
    model.script([call], [Say("".join(words), pieces=words, pause=0.04)])
    card = await card_of(reader)
    await card.get_by_role("button", name="Don't", exact=True).click()
    await card.get_by_role("button", name="Don't start").click()
    await expect(reader.turns.nth(1).locator(".prose")).to_contain_text("Thank you")
    await reader.page.reload()
    await expect(reader.turns).to_have_count(2)
    await expect(reader.turns.first).to_contain_text(f"Denied by {OPERATOR}")
    await reader.answered(reader.turns.nth(1))
    said = await reader.turns.nth(1).locator(".prose").inner_text()
    assert said.strip() == "".join(words).strip()


async def test_the_decided_ones_come_a_page_at_a_time(
    visit: Visit, office: Server, ledger: Ledger
) -> None:
    await ledger.execute(
        "INSERT INTO approvals (tool, args, act, summary, why, facts, rows, created_at, "
        "expires_at, status) SELECT 'start_build', '{}', 'Act ' || n, '', '', '[]', '[]', "
        "now() - interval '3 days' - n * interval '1 hour', "
        "now() - interval '2 days' - n * interval '1 hour', 'expired' "
        "FROM generate_series(1, 25) n"
    )
    operator = await visit(url=office.url)
    page = operator.page
    await page.goto(f"{office.url}/approvals")
    titles = page.locator("mosaic-approval h3")
    await expect(titles).to_have_text([f"Act {number}" for number in range(1, 21)])
    await page.get_by_role("button", name="Show more").click()
    await expect(titles).to_have_text([f"Act {number}" for number in range(1, 26)])
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)


async def test_what_lacks_something_can_be_completed(operator: Visitor, ledger: Ledger) -> None:
    operator.expected = "422"
    card = await card_of(operator, f"Switch the flag {FLAG} off.")
    act = card.get_by_role("button", name=f"Switch {FLAG} off", exact=True)
    await act.click()
    await expect(card.get_by_role("alert")).to_contain_text("only with a reason")
    reason = card.get_by_label("Reason")
    await expect(reason).to_be_focused()
    await reason.fill("A rehearsal")
    await act.click()
    await expect(card).to_contain_text("Edited: reason: A rehearsal.")
    await operator.answered(operator.turns.nth(1))
    enabled = await ledger.execute(
        "SELECT enabled FROM feature_flags WHERE flag_name = %s", (FLAG,)
    )
    assert await enabled.fetchone() == (False,)


async def test_whoever_asked_may_not_approve_where_two_must_look(
    operator: Visitor, colleague: Visitor, ledger: Ledger
) -> None:
    await card_of(operator)
    await ledger.execute("UPDATE approvals SET four_eyes = true")
    await operator.page.reload()
    card = operator.turns.first.locator("mosaic-approval")
    await expect(card).to_contain_text("You asked for it, so you may not approve it yourself.")
    await expect(card.get_by_role("button", name=ACT, exact=True)).to_have_count(0)
    await expect(card.get_by_role("button", name="Don't", exact=True)).to_be_visible()
    await colleague.page.goto(f"{colleague.url}/approvals")
    await approve(colleague.page.locator("mosaic-approval"))
    await expect(colleague.page.locator("mosaic-approval")).to_contain_text("Approved and done")


async def test_an_expired_one_is_over_and_the_conversation_goes_on(
    operator: Visitor, ledger: Ledger
) -> None:
    card = await card_of(operator)
    await ledger.execute(
        "UPDATE approvals SET created_at = now() - interval '2 days', "
        "expires_at = now() - interval '1 day'"
    )
    await come_back(operator.page)
    await expect(card).to_contain_text("Not done. Nobody decided by")
    # The page asks again now and then, and when somebody comes back to it.
    async with asyncio.timeout(60):
        while await operator.page.locator(".composer-waits").is_visible():
            await come_back(operator.page)
            await operator.page.wait_for_timeout(500)
    # The run that stopped goes on and says so, in a turn without a question.
    await operator.answered(operator.turns.nth(1))
    await operator.answered(await operator.ask("What is the bottleneck and why?"))


async def test_the_pill_leads_to_the_card_and_no_further(
    visit: Visit, office: Server, ledger: Ledger
) -> None:
    operator = await visit(url=office.url, height=420)
    page = operator.page
    await operator.answered(await operator.ask("What broke since yesterday?"))
    card = await card_of(operator)
    title = card.get_by_role("heading", name=ACT)
    await expect(title).to_be_in_viewport()
    pill = page.get_by_role("button", name="Approval needed")
    await expect(pill).to_be_hidden()
    await page.mouse.move(700, 200)
    await page.mouse.wheel(0, -3000)
    await expect(title).not_to_be_in_viewport()
    await pill.click()
    await expect(title).to_be_in_viewport()
    await expect(card).to_be_focused()
    await expect(pill).to_be_hidden()
    await page.keyboard.press("Tab")
    await expect(card.get_by_role("link").first).to_be_focused()
