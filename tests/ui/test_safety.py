"""Nothing a person, a model or a ledger says becomes anything but text."""

from __future__ import annotations

from playwright.async_api import expect

from tests.api.test_markdown import XSS
from tests.service import CLIENT
from tests.standin import Standin
from tests.standin.steps import Say
from tests.ui.conftest import Visit

TRAP = "window.caught = []; window.alert = (text) => window.caught.push(String(text)); 0"
FOREIGN = "script:not([src]), img, iframe, style, form:not(.composer), base, video, object, embed"


async def test_what_the_model_writes_is_text(visit: Visit, model: Standin) -> None:
    client = await visit(CLIENT)
    await client.page.evaluate(TRAP)
    text = " ".join(attack.replace("\x00", "") for attack in XSS if "\n" not in attack)
    model.script([Say(text)])
    turn = await client.ask("Please say something.")
    await client.answered(turn)
    await client.page.reload()
    await client.page.evaluate(TRAP)
    await client.answered(client.turns.first)
    assert await client.page.evaluate("window.caught") == []
    assert await client.page.locator(FOREIGN).count() == 0


async def test_rendered_attacks_do_nothing_in_a_browser(visit: Visit) -> None:
    from api.markdown import render

    nobody = await visit(None)
    await nobody.page.goto(nobody.url + "/login")
    await nobody.page.evaluate(TRAP)
    for attack in XSS:
        await nobody.page.evaluate(
            """(html) => {
              const host = document.createElement('div');
              document.body.append(host);
              host.innerHTML = html;
              for (const one of host.querySelectorAll('*')) {
                one.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
              }
              for (const link of host.querySelectorAll('a[href]')) {
                if (!/^(https?|mailto):/.test(link.protocol)) throw new Error(link.href);
              }
              host.remove();
            }""",
            render(attack),
        )
    await nobody.page.wait_for_timeout(100)
    assert await nobody.page.evaluate("window.caught") == []


async def test_what_a_person_writes_is_text(visit: Visit, model: Standin) -> None:
    client = await visit(CLIENT)
    await client.page.evaluate(TRAP)
    text = "<img src=x onerror=alert(1)> **not bold** [x](javascript:alert(1))"
    model.script([Say("Thank you for asking. ")])
    turn = await client.ask(text)
    await client.answered(turn)
    await expect(turn.locator(".bubble")).to_have_text(text)
    await expect(client.page.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    assert await client.page.evaluate("window.caught") == []
    await client.page.reload()
    await client.page.evaluate(TRAP)
    await expect(client.turns.first.locator(".bubble")).to_have_text(text)
    await expect(client.page.locator(".thread[aria-current]")).to_contain_text("<img src=x")
    assert await client.page.locator(FOREIGN).count() == 0
    assert await client.page.evaluate("window.caught") == []


async def test_the_policy_forbids_what_the_page_does_not_need(visit: Visit) -> None:
    nobody = await visit(None)
    nobody.expected = "Content Security Policy"
    await nobody.page.goto(nobody.url + "/login")
    blocked = await nobody.page.evaluate(
        """async () => {
          const blocked = [];
          document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'window.ran = true';
          document.head.append(script);
          document.body.setAttribute('style', 'color: red');
          await fetch('https://elsewhere.example/').catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 100));
          return [blocked.sort(), window.ran ?? false];
        }"""
    )
    assert blocked == [["connect-src", "script-src-elem", "style-src-attr"], False]


async def test_after_log_in_it_stays_on_this_site(visit: Visit) -> None:
    client = await visit(CLIENT)
    for path in ("//evil.test", "https://evil.test/", "/t/../x", "javascript:alert(1)", "/config"):
        await client.page.goto(f"{client.url}/login?next={path}")
        await expect(client.page).to_have_url(f"{client.url}/")
