"""What is remembered, in the browser: read, searched, corrected, forgotten, left out."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest
from playwright.async_api import Locator, expect

from tests.service import OPERATOR, PASSWORD, Server
from tests.ui.conftest import Visit
from tests.ui.test_accessibility import axe, check
from tests.ui.visitor import Visitor

__all__ = ["axe"]

SISTER = "My sister lives in Leeds."
CATS = "I have two cats."


async def talked(office: Server, email: str, *said: str) -> None:
    """A conversation of theirs in which they said these, written as the service writes it."""
    url = office.environment["DATABASE_URL"]
    thread, values = uuid4().hex, []
    for turn, text in enumerate(said, start=1):
        run = uuid4().hex
        values.append({"thread": thread, "email": email, "run": run, "turn": turn, "text": text})
    async with await psycopg.AsyncConnection.connect(url) as conn, conn.cursor() as cursor:
        await cursor.execute(
            "INSERT INTO threads (id, owner_id, title, last_turn) "
            "SELECT %s, id, 'Family', %s FROM users WHERE email = %s",
            (thread, len(said), email),
        )
        await cursor.executemany(
            """
            WITH asked AS (
                INSERT INTO runs (id, thread_id, owner_id, turn, root_id, request_hash, status)
                SELECT %(run)s, %(thread)s, id, %(turn)s, %(run)s, '', 'success'
                  FROM users WHERE email = %(email)s RETURNING owner_id)
            INSERT INTO messages (thread_id, id, owner_id, run_id, turn, position, role, content)
            SELECT %(thread)s, %(run)s || '-' || place, owner_id, %(run)s, %(turn)s, place,
                   CASE place WHEN 0 THEN 'user' ELSE 'assistant' END,
                   CASE place WHEN 0 THEN %(text)s ELSE 'Thank you for telling me.' END
              FROM asked, generate_series(0, 1) AS place
            """,
            values,
        )


@pytest.fixture
async def person(visit: Visit, office: Server) -> Visitor:
    """Somebody new, who has said two things in one conversation."""
    email = f"{uuid4().hex}@test.local"
    made = await office.client().post("/auth/register", json={"email": email, "password": PASSWORD})
    assert made.status_code == 201, made.text
    await talked(office, email, SISTER, CATS)
    return await visit(email, url=office.url)


async def open_memory(visitor: Visitor) -> Locator:
    """The page, by its link; gives its rows."""
    await visitor.page.get_by_role("link", name="What I remember").click()
    await expect(visitor.page.get_by_role("heading", name="What I remember")).to_be_focused()
    return visitor.page.locator(".memory-row")


async def test_a_memory_is_corrected_and_forgotten_and_brought_back(person: Visitor) -> None:
    page = person.page
    rows = await open_memory(person)
    assert page.url.endswith("/memory")
    sister = rows.filter(has_text=SISTER)
    await expect(sister).to_contain_text("You said in “Family”")
    await sister.get_by_role("button", name="Correct").click()
    field = page.get_by_label("What is right, in your words")
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(sister.get_by_role("button", name="Correct")).to_be_focused()
    await sister.get_by_role("button", name="Correct").press("Enter")
    await field.fill("My brother lives in Leeds.")
    await page.get_by_role("button", name="Remember this instead").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.get_by_role("searchbox", name="Search what is remembered").fill("brother")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Your correction")
    await page.get_by_role("searchbox", name="Search what is remembered").fill("")
    cats = rows.filter(has_text=CATS)
    await cats.get_by_role("button", name="Forget").click()
    await expect(page.get_by_role("button", name="Undo")).to_be_focused()
    await page.reload()
    lately = page.locator("section", has_text="in the last day")
    await expect(lately.locator(".memory-row")).to_have_count(2)
    for text in (CATS, SISTER):
        gone = lately.locator(".memory-row", has_text=text)
        await gone.get_by_role("button", name="Restore").click()
        await expect(gone.get_by_role("button", name="Forget")).to_be_visible()
    await page.reload()
    await expect(rows.filter(has_text=SISTER)).to_be_visible()
    await expect(lately).to_have_count(0)


async def test_a_refused_correction_is_said_beside_the_field(person: Visitor) -> None:
    person.expected = "422"
    rows = await open_memory(person)
    await rows.filter(has_text=CATS).get_by_role("button", name="Correct").click()
    await person.page.get_by_role("button", name="Remember this instead").click()
    await expect(person.page.get_by_role("alert").filter(has_text="already")).to_be_visible()


async def test_a_conversation_is_left_out_and_let_in_again(person: Visitor) -> None:
    page = person.page
    await page.get_by_role("link", name="Family").click()
    await page.get_by_role("button", name="Options for").first.click()
    await page.get_by_role("button", name="Do not remember").filter(visible=True).click()
    await expect(page.locator("mosaic-chat").get_by_text("Not remembered")).to_be_visible()
    rows = await open_memory(person)
    await expect(page.get_by_text("Nothing is remembered yet")).to_be_visible()
    await page.go_back()
    await page.get_by_role("button", name="Options for").first.click()
    await page.get_by_role("button", name="Remember again").filter(visible=True).click()
    await expect(page.locator("mosaic-chat").get_by_text("Not remembered")).to_be_hidden()
    rows = await open_memory(person)
    await expect(rows.filter(has_text=SISTER)).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280)])
async def test_the_page_is_accessible(
    visit: Visit, office: Server, axe: str, scheme: str, width: int
) -> None:
    operator = await visit(scheme=scheme, width=width, url=office.url)
    page = operator.page
    await talked(office, OPERATOR, SISTER)
    await page.goto(f"{office.url}/memory")
    rows = page.locator(".memory-row")
    mine = rows.filter(has_text=SISTER).first
    await expect(mine).to_be_visible()
    shared = rows.filter(has_text="shared by operators").first
    async with asyncio.timeout(60):
        # They are old: what the conversations of other tests left comes before them.
        while not await shared.is_visible():
            await page.get_by_role("button", name="Show more").click()
            await page.wait_for_timeout(200)
    await check(page, axe)
    await mine.get_by_role("button", name="Correct").click()
    await check(page, axe)
    await page.get_by_role("button", name="Cancel").click()
    await mine.get_by_role("button", name="Forget").click()
    await check(page, axe)
    await page.get_by_role("button", name="Undo").click()
