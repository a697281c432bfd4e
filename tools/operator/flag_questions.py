"""How the owner asks for a feature flag to be switched, each flag by the words for it."""

from __future__ import annotations

from tools.registry import Example

WORDS = {
    "AI_FALLBACK_ENABLED": "the AI fallback",
    "EXPERIMENTS_ENABLED": "the experiments feature",
    "SELF_EFFICACY_METRICS": "the self-efficacy metrics",
    "RAG_BASELINE": "the RAG baseline",
    "COACH_ESCALATION": "the coach escalation feature",
    "NEW_UI_ELEMENTS": "the new UI elements",
    "JOB_SOURCES_STUBBED_ENABLED": "the stubbed job sources",
}
ON = ("turn on {}", "switch {} on", "enable {}", "enable the flag {name}", "turn {name} on")
OFF = ("turn off {}", "switch {} off", "disable {}", "disable the flag {name}", "turn {name} off")

FLAG_EXAMPLES: list[str | Example] = [
    Example(pattern.format(words, name=name), {"name": name, "enabled": enabled})
    for name, words in WORDS.items()
    for patterns, enabled in ((ON, True), (OFF, False))
    for pattern in patterns
]
