"""While it streams, an answer is laid out as the server will lay it out: nothing jumps."""

from __future__ import annotations

import random

import pytest

from api.markdown import render
from tests.standin import Standin
from tests.standin.steps import Say
from tests.ui.conftest import Visit

TEXTS = [
    "One line.\nAnd another.\n\nA new paragraph with **bold**, *soft*, ~~old~~ and `code`.",
    "# Head\n## Second ##\n####### not a heading\n#not either",
    "- one\n- two\n  - nested\n  - again\n- three",
    "- loose\n\n- list\n\n  with a paragraph",
    "1. first\n2. second\n   continued\n3) another list",
    "7. starts at seven\n8. goes on",
    "* star\n+ plus\n- dash",
    "> quoted\n> on two lines\nand lazily on\n\n> - a list\n> - in a quote",
    "```python\nprint('**not bold**')\n\n- no list\n```\nafter",
    "~~~\nnever closed\n",
    "| a | n |\n|---|--:|\n| x | 1 |\n| only one |\n| `c\\|d` | **2** | more |\n\nafter",
    "not | a table\nbecause | no line",
    "---\n***\ntext\n---\n_ _ _",
    "a * b * c, snake_case_name, 2*3*4 and ** no bold **",
    "[text](https://example.test/a_(b)) [own](/t/x) [bad](javascript:alert(1)) <https://example.test>",
    "[https://example.test](https://example.test) [mail](mailto:a@b.test) [x] or so",
    "\\*not soft\\* and \\# and a\\\nbreak",
    "text\n- list after text\n1. and numbers\n\n5. not after text\ntext\n5. still text",
    "***both*** and **bold *and soft* inside** and *soft **and bold** inside*",
    "``code with ` tick`` and ` spaced ` and more",
    "  indented\n   three\n\n    four is no code",
    "trailing spaces  \nand a line\n\n\n\nmany blanks",
    "- item\n\n\n- after two blanks\ntext\n\n  still in it",
    "🎉 **über** *naïve* العربية **شكرا**",
    "",
]
SHAPE = """(module, text) => {
  const host = document.createElement('div');
  const growing = new module.GrowingText(host);
  for (let end = 0; end <= text.length; end += 7) growing.show(text.slice(0, end));
  growing.show(text);
  return window.shapeOf(host);
}"""
DEFINE = """() => {
  window.shapeOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\\s+/g, ' ');
    const inner = [...node.childNodes].map(window.shapeOf).join('').replace(/\\s+/g, ' ').trim();
    const kind = node.className === 'right' || node.className === 'center' ? '.' + node.className : '';
    const start = node.start > 1 ? '#' + node.start : '';
    return `<${node.tagName}${kind}${start}>${inner}</>`;
  };
  window.shapeOfHtml = (html) => {
    const host = document.createElement('div');
    host.innerHTML = html;
    return window.shapeOf(host);
  };
}"""

HEIGHTS = """(module, text) => {
  const finished = document.querySelector('mosaic-turn .prose');
  const height = finished.getBoundingClientRect().height;
  finished.classList.add('growing');
  finished.replaceChildren();
  new module.GrowingText(finished).show(text);
  return [height, finished.getBoundingClientRect().height];
}"""


async def test_the_growing_text_has_the_shape_of_the_finished_one(visit: Visit) -> None:
    nobody = await visit(None)
    await nobody.page.goto(nobody.url + "/login")
    await nobody.page.evaluate(DEFINE)
    wrong = []
    for text in TEXTS:
        grown = await nobody.module("growing.js", SHAPE, text)
        finished = await nobody.page.evaluate("window.shapeOfHtml", render(text))
        if _without_space(grown) != _without_space(finished):
            wrong.append((text, grown, finished))
    assert wrong == []


async def test_nothing_it_is_fed_becomes_an_element_of_its_own(visit: Visit) -> None:
    nobody = await visit(None)
    await nobody.page.goto(nobody.url + "/login")
    await nobody.page.evaluate(DEFINE)
    rng = random.Random(20261121)
    bits = ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "**", "[a](javascript:x)",
            "`", "\\n", "- ", "|", "|-|\\n", "> ", "word ", "```\\n", "&lt;b&gt;", "<b>"]  # fmt: skip
    allowed = """(module, text) => {
      const host = document.createElement('div');
      new module.GrowingText(host).show(text);
      return [...host.querySelectorAll('*')].every(
        (element) => !['IMG', 'SCRIPT', 'B', 'IFRAME', 'SVG'].includes(element.tagName) &&
          element.getAttributeNames().every((name) => ['class', 'start'].includes(name)));
    }"""
    for _ in range(60):
        text = "".join(rng.choice(bits) for _ in range(rng.randint(1, 30))).replace("\\n", "\n")
        assert await nobody.module("growing.js", allowed, text), text


def _without_space(shape: str) -> str:
    """The HTML of the server has white space between blocks, which shows nowhere."""
    return shape.replace("> ", ">").replace(" <", "<")


@pytest.mark.parametrize("width", [1280, 340])
async def test_nothing_moves_when_the_answer_is_finished(
    visit: Visit, model: Standin, width: int
) -> None:
    text = (
        "## What helps\n\nTake it **gently**, and:\n\n- begin small\n- rest *often*\n\n"
        "> Go slowly.\n\n| What | Why |\n|---|---|\n| Rest | It helps |\n\n`Breathe` and go on. "
    )
    pieces = tuple(text[at : at + 6] for at in range(0, len(text), 6))
    model.script([Say(text, pieces=pieces, pause=0.02)])
    reader = await visit(width=width)
    await reader.page.evaluate(
        """() => {
          window.shifts = [];
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
          }).observe({ type: 'layout-shift' });
        }"""
    )
    turn = await reader.ask("What helps?")
    await reader.answered(turn)
    await reader.page.wait_for_timeout(300)
    assert sum(await reader.page.evaluate("window.shifts")) < 0.005
    finished, growing = await reader.module("growing.js", HEIGHTS, text)
    assert finished > 200
    assert growing == pytest.approx(finished, abs=0.5)


async def test_what_is_not_closed_yet_shows_no_markers(visit: Visit) -> None:
    nobody = await visit(None)
    await nobody.page.goto(nobody.url + "/login")
    await nobody.page.evaluate(DEFINE)
    for text, shape in {
        "so **bo": "<DIV><P>so <STRONG>bo</></></>",
        "so `co": "<DIV><P>so <CODE>co</></></>",
        "see [the pa": "<DIV><P>see the pa</></>",
        "see [the page](https://exa": "<DIV><P>see the page</></>",
        "- a **b": "<DIV><UL><LI>a <STRONG>b</></></></>",
    }.items():
        assert await nobody.module("growing.js", SHAPE, text) == shape
