"""Whatever happens to the page or the network, the same answer goes on."""

from __future__ import annotations

import asyncio

from playwright.async_api import Locator, Route, expect

from tests.proxy import running_proxy
from tests.service import OPERATOR, PASSWORD, Server
from tests.standin import Standin
from tests.standin.steps import Say, Step
from tests.ui.conftest import Visit
from tests.ui.visitor import LONGEST_ANSWER_MS, Visitor

WORDS = "Thank you for asking. Tell me gently what matters most to you, without any hurry. " * 6
QUESTION = "Tell me something calm."


def slow(seconds: float) -> list[Step]:
    """An answer without claims that takes about that long."""
    pieces = tuple(f"{word} " for word in WORDS.split())
    return [Say("".join(pieces), pieces=pieces, pause=seconds / len(pieces))]


async def under_way(turn: Locator) -> None:
    await expect(turn.locator(".prose")).to_contain_text("what matters most")


async def finished(turn: Locator) -> str:
    await expect(turn.locator("mosaic-receipt")).to_be_visible(timeout=LONGEST_ANSWER_MS)
    return (await turn.locator(".prose").inner_text()).strip()


async def stored(visitor: Visitor) -> str:
    """The newest answer as the service has it."""
    answer = await visitor.page.context.request.get(f"{visitor.url}/threads/{visitor.thread_id}")
    content: str = (await answer.json())["messages"][-1]["content"]
    return content.strip()


async def test_a_reload_in_the_middle_goes_on(visit: Visit, model: Standin) -> None:
    reader = await visit()
    model.script(slow(3))
    await under_way(await reader.ask(QUESTION))
    await reader.page.reload()
    turn = reader.turns.first
    await expect(turn).to_have_class("open")
    assert await finished(turn) == await stored(reader) == WORDS.strip()
    await expect(reader.turns).to_have_count(1)


async def test_two_tabs_show_the_same(visit: Visit, model: Standin) -> None:
    first = await visit()
    model.script(slow(3), slow(1))
    turn = await first.ask(QUESTION)
    await under_way(turn)
    second = await visit(beside=first)
    await second.open(f"/t/{first.thread_id}")
    await under_way(second.turns.first)
    assert await finished(turn) == await finished(second.turns.first)

    other = await second.ask("And once more.")
    await expect(first.turns).to_have_count(2)
    assert await finished(first.turns.nth(1)) == await finished(other)
    await expect(first.turns.nth(1).locator(".bubble")).to_have_text("And once more.")

    await second.page.get_by_role("button", name="Log out").click()
    await expect(first.page.get_by_label("E-mail")).to_be_visible()


async def test_stop_keeps_what_was_written(visit: Visit, model: Standin) -> None:
    reader = await visit()
    model.script(slow(20))
    turn = await reader.ask(QUESTION)
    await under_way(turn)
    await reader.page.get_by_role("button", name="Stop the answer").click()
    await expect(turn).to_contain_text("Stopped. What was written is kept.")
    await expect(reader.page.get_by_role("button", name="Stop the answer")).to_be_hidden()
    kept = await turn.locator(".prose").inner_text()
    assert 0 < len(kept) < len(WORDS)
    await reader.page.reload()
    await expect(reader.turns.first).to_contain_text("Stopped. What was written is kept.")
    assert (await reader.turns.first.locator(".prose").inner_text()).strip() == kept.strip()


async def test_a_second_question_waits_for_the_first_answer(visit: Visit, model: Standin) -> None:
    reader = await visit()
    model.script(slow(3), slow(0.2))
    first = await reader.ask(QUESTION)
    second = await reader.ask("And this too.")
    await expect(second).to_contain_text("Waiting for the answer above")
    await finished(first)
    await finished(second)


async def test_a_cut_connection_loses_nothing(visit: Visit, model: Standin, site: Server) -> None:
    async with running_proxy(site.url) as proxy:
        reader = await visit(url=proxy.url)
        reader.expected = "ERR_|503"
        model.script(slow(3), slow(0.2))
        turn = await reader.ask(QUESTION)
        await under_way(turn)
        proxy.cut()
        await expect(turn).to_contain_text("The connection was lost. Trying again…")
        unsent = await reader.ask("Is this sent later?")
        await expect(unsent).to_contain_text("Mosaic cannot be reached. Trying again…")
        proxy.mend()
        assert await finished(turn) == WORDS.strip()
        received = await turn.evaluate("turn => turn.turn.run.parts.map((part) => part.text)")
        assert [text.strip() for text in received] == [WORDS.strip()], "no gap, nothing twice"
        assert await finished(unsent) == WORDS.strip()
        await reader.page.reload()
        await expect(reader.turns).to_have_count(2)
        assert await finished(reader.turns.first) == WORDS.strip()


async def test_what_was_not_sent_survives_a_reload(visit: Visit, model: Standin) -> None:
    reader = await visit()
    reader.expected = "ERR_FAILED|404"
    await reader.page.route("**/agui", lambda route: route.abort())
    await reader.ask("Do not forget this.")
    await reader.page.reload()
    await expect(reader.composer).to_have_value("Do not forget this.")
    await reader.page.unroute("**/agui")
    model.script(slow(0.2))
    await reader.composer.press("Enter")
    assert await finished(reader.turns.last) == WORDS.strip()


async def test_asking_while_the_conversation_still_loads(visit: Visit, model: Standin) -> None:
    reader = await visit()
    model.script(slow(0.2), slow(0.2))
    await finished(await reader.ask(QUESTION))

    async def late(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await reader.page.route("**/threads/*", late)
    await reader.page.reload()
    await reader.composer.fill("Too early?")
    await reader.composer.press("Enter")
    await finished(reader.turns.nth(1))
    await expect(reader.turns.locator(".bubble")).to_have_text([QUESTION, "Too early?"])


async def test_an_ended_session_leads_to_log_in_and_back(visit: Visit, model: Standin) -> None:
    reader = await visit()
    reader.expected = "401"
    model.script(slow(0.2), slow(0.2))
    await finished(await reader.ask(QUESTION))
    place = reader.page.url
    await reader.page.evaluate("fetch('/auth/logout', { method: 'POST' })")
    await reader.composer.fill("And this?")
    await reader.composer.press("Enter")
    await expect(reader.page.get_by_label("E-mail")).to_be_visible()
    await reader.page.get_by_label("E-mail").fill(OPERATOR)
    await reader.page.get_by_label("Password").fill(PASSWORD)
    await reader.page.get_by_label("Password").press("Enter")
    await expect(reader.page).to_have_url(place)
    await expect(reader.turns).to_have_count(1)
    await expect(reader.composer).to_have_value("And this?")


async def test_offline_is_said(visit: Visit, model: Standin) -> None:
    reader = await visit()
    reader.expected = "ERR_INTERNET_DISCONNECTED"
    model.script(slow(0.2))
    await reader.page.context.set_offline(True)
    await expect(reader.page.get_by_text("You are offline. What you send waits")).to_be_visible()
    unsent = await reader.ask(QUESTION)
    await expect(unsent).to_contain_text("This will be sent when you are back.")
    await reader.page.context.set_offline(False)
    await finished(unsent)
