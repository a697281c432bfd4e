"""Model and user text becomes HTML that can do nothing, with claims where the receipt says."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from agent.receipts.model import ClaimKind, Inferred, Known, Mark, Receipt, marks_of
from api.markdown import render


class Elements(HTMLParser):
    """Collects each element with its attributes, and the text of each claim."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.claims: dict[str, str] = {}
        self.text = ""
        self._open: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("br", "hr"):
            self._open.append(dict(attrs).get("data-claim"))

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for claim in filter(None, self._open):
            self.claims[claim] = self.claims.get(claim, "") + data


def mark(text: str, part: str, claim: str = "k1", kind: ClaimKind = "known") -> Mark:
    start = text.index(part)
    return Mark(start, start + len(part), claim, kind)


XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<span class='claim known' data-claim='k1'>forged</span>",
    "<style>*{background:url(//evil.test)}</style>",
    "<base href='//evil.test'><meta http-equiv=refresh content='0;url=//evil.test'>",
    "<form action='//evil.test'><input name=password></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://a.test/1)",
    "[x](intent://scan/#Intent;scheme=x;end)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](https://evil.test/pixel.png)",
    '![x](x "onerror=alert(1)")',
    "![a][b]\n\n[b]: https://evil.test/pixel.png",
    '[x](https://a.test "onmouseover=\\"alert(1)")',
    '[x](https://a.test/"onmouseover="alert(1))',
    "[x](https://a.test/<img src=x onerror=alert(1)>)",
    "[<img src=x onerror=alert(1)>](https://a.test)",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```html" onmouseover="alert(1)\nx\n```',
    "# <script>alert(1)</script>",
    "| <b onclick=alert(1)>x</b> |\n|:-:|\n| <script>alert(1)</script> |",
    "|x|\n|:-:onload=alert(1)|\n|x|",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
    "<scr\x00ipt>alert(1)</script>",
    "<script\x0c>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "[x](https://a.test)\x00<script>alert(1)</script>",
    "> <details open ontoggle=alert(1)>",
    "- <video><source onerror=alert(1)></video>",
    "<x contenteditable onblur=alert(1)>a</x>",
    "\u2028<script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<a id=x name=getElementById>clobber</a>",
]
TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
    "em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "target", "rel"},
    "ol": {"start"},
    "span": {"class", "data-claim", "tabindex"},
    "th": {"class"},
    "td": {"class"},
}


@pytest.mark.parametrize("attack", XSS)
@pytest.mark.parametrize("marked", [False, True], ids=["plain", "claimed"])
def test_nothing_executable_survives(attack: str, marked: bool) -> None:
    marks = [Mark(0, len(attack), "k1", "known")] if marked else []
    for text, shift in ((attack, 0), (f"before {attack} after", 7), (f"*a* {attack}", 4)):
        moved = [Mark(m.start + shift, m.end + shift, m.id, m.kind) for m in marks]
        for tag, attributes in Elements(render(text, moved)).elements:
            assert tag in TAGS
            assert set(attributes) <= ATTRIBUTES.get(tag, set())
            if "href" in attributes:
                assert re.match(r"(https?:|mailto:|[/#?\w%.-])", attributes["href"] or "")
                assert ":" not in (attributes["href"] or "").split("//")[0].replace(
                    "https:", ""
                ).replace("http:", "").replace("mailto:", "")
            if "data-claim" in attributes:
                assert marked, "only the server marks claims"


def test_links_say_where_they_lead() -> None:
    for href, host in [
        ("https://google.com@evil.test/x", "evil.test"),
        ("//evil.test/x", "evil.test"),
        ("https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("https://аррӏе.com", "xn--80ak6aa92e.com"),
        ("mailto:a@evil.test", "a@evil.test"),
    ]:
        html = render(f"[https://google.com]({href})")
        assert f'<span class="host">({host})</span>' in html, href
        assert 'rel="noopener noreferrer nofollow"' in html
    assert "host" not in render("[Cedar](/leads/L04)")
    assert "target" not in render("[Cedar](/leads/L04)")
    assert "host" not in render("<https://example.test/a>")
    assert render("[a](/\\evil.test)").count("%5Cevil") == 1


def test_images_stay_text() -> None:
    html = render("![pixel](https://evil.test/p.png)")
    assert "<img" not in html
    assert html.startswith("<p>!<a ")


def test_markdown_reads_as_it_does_while_it_streams() -> None:
    assert render("one\ntwo") == "<p>one<br>\ntwo</p>\n"
    assert render("# Head") == "<h3>Head</h3>\n"
    assert "<pre>" not in render("    not code")
    assert render("no heading\n---") == "<p>no heading</p>\n<hr>\n"
    assert '<th class="right">n</th>' in render("|a|n|\n|-|-:|\n|x|1|")


def test_a_claim_is_one_span_when_it_can_be() -> None:
    text = "**Cedar is stuck.** Since [9 days](/leads/L04), it seems."
    html = render(
        text, [mark(text, "**Cedar is stuck.**"), mark(text, "[9 days](/leads/L04)", "k2")]
    )
    assert (
        '<span class="claim known" data-claim="k1" tabindex="0"><strong>Cedar is stuck.</strong></span>'
        in html
    )
    assert '<span class="claim known" data-claim="k2" tabindex="0"><a href="/leads/L04"' in html


def test_a_claim_over_half_an_emphasis_and_two_blocks_has_one_tab_stop() -> None:
    text = "It is *old and\n\n- big* already."
    html = render(text, [Mark(0, len(text), "i1", "inferred")])
    assert html.count('data-claim="i1"') == 2
    assert html.count("tabindex") == 1
    text = "very *old indeed*"
    html = render(text, [mark(text, "very *old", "i1", "inferred")])
    assert Elements(html).claims["i1"] == "very old"
    assert Elements(html).text.strip() == "very old indeed"


def test_every_construct_can_carry_a_claim() -> None:
    text = (
        "- list item one.\n  1. nested two \\* three &amp; four.\n\n> quote five\n> and six.\n\n"
        "| head | n |\n|---|--:|\n| Cedar | 9 days |\n\n## Seven ##\n`code` eight 🎉 nine."
    )
    parts = {
        "list item one.": "list item one.",
        "two \\* three &amp; four.": "two * three & four.",
        "five\n> and six.": "five\nand six.",
        "Cedar": "Cedar",
        "9 days": "9 days",
        "Seven": "Seven",
        "`code` eight 🎉": "code eight 🎉",
        "nine.": "nine.",
    }
    marks = [mark(text, part, f"k{n}") for n, part in enumerate(parts)]
    assert list(Elements(render(text, marks)).claims.values()) == list(parts.values())


def test_a_number_is_not_its_list_marker() -> None:
    assert Elements(render("7. 7", [Mark(3, 4, "k1", "known")])).claims == {"k1": "7"}
    assert Elements(render("7. 7", [Mark(0, 1, "k1", "known")])).claims == {}


def test_line_endings_do_not_move_the_marks() -> None:
    text = "one\r\ntwo.\rthree."
    assert Elements(render(text, [mark(text, "three.")])).claims == {"k1": "three."}


def test_marks_that_make_no_sense_are_left_out() -> None:
    text = "one two"
    marks = [Mark(5, 5, "k1", "known"), Mark(9, 12, "k2", "known"), Mark(3, 4, "k3", "known")]
    assert "claim" not in render(text, marks)
    overlapping = [Mark(0, 5, "k1", "known"), Mark(2, 7, "k2", "known")]
    assert Elements(render(text, overlapping)).claims == {"k1": "one t"}


def test_marks_never_change_how_the_markdown_reads() -> None:
    rng = random.Random(20261121)
    bits = [
        "word", "Cedar", " ", " ", "\n", "\n\n", "- ", "1. ", "> ", "# ", "**", "*", "_", "`", "~~",
        "[", "](", ")", "<https://a.test>", "|", "|-|-|", "\\", "&amp;", ".", "🎉", "```\n", "    ", "\t",
    ]  # fmt: skip
    for _ in range(1500):
        text = "".join(rng.choice(bits) for _ in range(rng.randint(1, 40)))
        edges = sorted(rng.randint(0, len(text)) for _ in range(6))
        marks = [
            Mark(edges[n], edges[n + 1], f"k{n}", rng.choice(["known", "inferred"]))
            for n in range(0, 6, 2)
        ]
        unmarked = re.sub(
            r'<span class="claim \w+" data-claim="k\d"(?: tabindex="0")?>(.*?)</span>',
            r"\1",
            _host_aside(render(text, marks)),
            flags=re.S,
        )
        assert unmarked == _host_aside(render(text)), text


def _host_aside(html: str) -> str:
    """The HTML without the host labels, whose spans would pair with those of the claims."""
    return re.sub(r'<span class="host">[^<]*</span>', "", html)


def test_marks_of_a_receipt() -> None:
    receipt = Receipt(
        id="r1",
        known=[
            Known(
                id="k1", statement="Cedar is stuck.", facts=["f1"], ledger="failures",
                subject="Cedar", label="days stuck", value=9, as_of=datetime.now(UTC), start=0, end=15,
            )
        ],
        inferred=[
            Inferred(
                id="i1", statement="You are slow.", based_on=["f1"], confidence="low", why="x",
                start=16, end=29,
            )
        ],
    )  # fmt: skip
    assert marks_of(receipt) == [Mark(0, 15, "k1", "known"), Mark(16, 29, "i1", "inferred")]
