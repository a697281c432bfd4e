"""How the owner asks about feature flags, and for one to be switched, each by the words for it."""

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

READ_EXAMPLES: list[str | Example] = [
    "which flags are on?",
    "which feature flags are on?",
    "show me the feature flags",
    "list the feature flags",
    "what flags are there?",
    "which flags are off?",
    "which features are switched on?",
    "which features are turned off?",
    "what is enabled?",
    "what is disabled here?",
    "what is switched off?",
    "the state of the feature flags",
    "how are the flags set?",
    "feature flags",
    "are any features off?",
    "which experiments flag is set?",
    "what is behind a flag?",
    *(
        Example(pattern.format(words, name=name), {"name": name})
        for name, words in WORDS.items()
        for pattern in ("is {} on?", "is {} switched off?", "is {} active?", "is {name} enabled?")
    ),
]
