"""What the demo client did: someone in logistics who wonders about product work. Ages in days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DemoExperiment:
    """An experiment; `starts` and `review` are days ago, below 0 for days ahead."""

    key: str
    name: str
    status: Literal["planned", "active", "completed", "reviewed"]
    created: int
    starts: int
    review: int
    updated: int
    hypothesis: str
    smallest_version: str
    success_metric: str
    resources: str
    confidence_before: int
    completed: int | None = None


EXPERIMENTS = (
    DemoExperiment(
        key="coffee",
        name="Coffee chats with product people",
        status="completed",
        created=31,
        starts=30,
        review=12,
        updated=12,
        completed=12,
        hypothesis="Talking to people who do the work will tell me more than reading about it.",
        smallest_version="One call of fifteen minutes with one person.",
        success_metric="Three chats, and I want to have a fourth.",
        resources="One hour a week.",
        confidence_before=4,
    ),
    DemoExperiment(
        key="pages",
        name="Morning pages",
        status="active",
        created=25,
        starts=24,
        review=-4,
        updated=24,
        hypothesis="Writing before work shows me what I keep coming back to.",
        smallest_version="One page, three mornings a week.",
        success_metric="A theme that turns up in three different weeks.",
        resources="A notebook and twenty minutes.",
        confidence_before=5,
    ),
    DemoExperiment(
        key="workshop",
        name="Run one workshop",
        status="reviewed",
        created=20,
        starts=19,
        review=5,
        updated=5,
        completed=6,
        hypothesis="Explaining my planning method to others will feel like my kind of work.",
        smallest_version="Forty minutes for my own team.",
        success_metric="Two colleagues use the method the week after.",
        resources="A meeting room and one evening to prepare.",
        confidence_before=5,
    ),
    DemoExperiment(
        key="email",
        name="Email two people a day",
        status="active",
        created=13,
        starts=13,
        review=-3,
        updated=13,
        hypothesis="Short, specific emails get me conversations with hiring teams.",
        smallest_version="Two emails on one weekday.",
        success_metric="Five replies in two weeks.",
        resources="Half an hour a day.",
        confidence_before=5,
    ),
    DemoExperiment(
        key="class",
        name="Evening class in data analysis",
        status="planned",
        created=3,
        starts=-10,
        review=-40,
        updated=3,
        hypothesis="I enjoy the numbers enough to learn the tools properly.",
        smallest_version="The free first lesson.",
        success_metric="I do the homework without being asked.",
        resources="90 euros and two evenings a week.",
        confidence_before=6,
    ),
)

# Days ago, experiment, type, confidence 0–1, content.
LEARNINGS = (
    (28, "coffee", "knowledge", "0.40", "People say yes when I ask for fifteen minutes."),
    (25, "coffee", "behavior", "0.42", "I talk too much about my own job in the first minutes."),
    (22, "pages", "knowledge", "0.46", "I keep writing about fixing broken handovers."),
    (18, "coffee", "skill", "0.48", "I can explain in one sentence what I want to find out."),
    (15, "workshop", "knowledge", "0.52", "Colleagues want the template more than the theory."),
    (9, "pages", "behavior", "0.56", "I write more freely when the phone is in another room."),
    (6, "workshop", "skill", "0.58", "I can run forty minutes without reading from my notes."),
    (4, "email", "knowledge", "0.62", "Naming one detail of their product gets me an answer."),
    (2, "email", "behavior", "0.66", "I send the second email faster than the first."),
)

# Days ago, experiment, confidence before and after 1–10, next move, outcome.
REFLECTIONS = (
    (12, "coffee", 4, 6, "continue", "Three chats done, and one of them offered a second call."),
    (6, "email", 5, 6, "continue", "Twelve emails sent and three replies so far."),
    (5, "workshop", 5, 8, "continue", "Eleven people came and three use the method now."),
)

# Days ago, experiment, capability, type, confidence 0–1, detail.
EVIDENCE = (
    (18, "coffee", "Asking for help", "action", "0.6", "Asked five strangers, three said yes."),
    (12, "coffee", "Listening for the real problem", "feedback", "0.7",
     "A product lead said my questions made her rethink her onboarding."),
    (6, "workshop", "Explaining a method to a group", "action", "0.8",
     "Ran a workshop for eleven colleagues."),
    (4, "email", "Writing clearly", "result", "0.65", "Three replies to twelve short emails."),
)  # fmt: skip

# Days ago, name, value from 1 to 10.
READINGS = (
    (28, "confidence", 4),
    (21, "confidence", 5),
    (14, "confidence", 5),
    (7, "confidence", 6),
    (1, "confidence", 7),
    (1, "energy", 6),
)
