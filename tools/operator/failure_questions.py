"""How people ask about failures; a phrasing that names one bucket fixes it."""

from __future__ import annotations

from tools.registry import Example

EXAMPLES: list[str | Example] = [
    "what needs my attention?",
    "what is on fire?",
    "is anything broken?",
    "show me the failures",
    "any problems I should know about?",
    "what should I deal with first?",
    "failures and interventions",
    "what went wrong today?",
    "is everything all right?",
    "what is stuck anywhere?",
    "give me the list of things to fix",
    "anything urgent?",
    *(
        Example(text, {"buckets": ["failed_runs"]})
        for text in (
            "what broke since yesterday?",
            "which runs failed?",
            "did the pipeline fail for anyone?",
            "what crashed?",
            "which leads have a failed run?",
            "any errors in the pipeline?",
            "last run status of the leads",
            "which run stopped half way?",
            "what went wrong in the last run?",
            "did any step fail overnight?",
            "show me the error codes",
            "are there runs to retry?",
            "was there a 429 or a 5XX?",
        )
    ),
    *(
        Example(text, {"buckets": ["stuck_proposals"]})
        for text in (
            "which proposals are stuck and for how long?",
            "what proposals have not been sent?",
            "which proposals are ready but unsent?",
            "what is lying around finished and not sent?",
            "how long has the oldest proposal been waiting to be sent?",
            "stuck proposals",
            "what have I forgotten to send?",
            "are there proposals that never went out?",
        )
    ),
    *(
        Example(text, {"buckets": ["stale_proposals"]})
        for text in (
            "which proposals got no answer?",
            "who has not responded to our proposal?",
            "stale proposals",
            "which sent proposals have no outcome?",
            "proposals we are still waiting to hear about",
            "which clients are silent since we sent the proposal?",
            "what was sent more than a week ago without a decision?",
        )
    ),
    *(
        Example(text, {"buckets": ["needs_approval"]})
        for text in (
            "what needs my approval?",
            "what is waiting for me?",
            "which approvals are pending?",
            "what do I have to decide or sign off?",
            "is there a build I should start?",
            "what is blocked on me?",
            "show me the approval queue",
            "what do I need to review and send?",
        )
    ),
    *(
        Example(text, {"buckets": ["stale_by_touch"]})
        for text in (
            "who has not been contacted in 7 days?",
            "which leads have not been touched in a week?",
            "who have we not spoken to for a while?",
            "which leads are going cold?",
            "who did we never contact?",
            "who have I forgotten to call?",
            "leads without a touch",
            "who should I get in touch with again?",
            "longest time without contact",
        )
    ),
    *(
        Example(text, {"buckets": ["broken_integrations"]})
        for text in (
            "is research running?",
            "are the integrations healthy?",
            "which integration is broken?",
            "when did the knowledge ingest last work?",
            "is the knowledge ingest up to date?",
            "is anything down?",
            "does everything still connect?",
            "when did research last succeed?",
        )
    ),
    *(
        Example(text, {"buckets": ["low_confidence"]})
        for text in (
            "what is the AI unsure about?",
            "which recommendations have low confidence?",
            "what should I not trust?",
            "which conclusions are weak?",
            "low confidence items",
            "which estimates are doubtful?",
        )
    ),
    *(
        Example(text, {"buckets": ["other_decisions"]})
        for text in (
            "which learning items wait for a decision?",
            "what other decisions are open?",
            "what have I not decided yet besides the proposals?",
            "learnings that wait for review",
            "what else is there to decide?",
            "which learnings are pending?",
        )
    ),
]
