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
    "what should I worry about?",
    "what isn't working?",
    "where do I need to step in?",
    "how bad is it today?",
    "what is slipping?",
    "what is off track?",
    "what is going badly?",
    "which leads have problems?",
    "is there trouble anywhere?",
    "what do I have to take care of?",
    "how many things need fixing?",
    "anything I am overlooking?",
    "does anything look bad?",
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
            "which automation failed?",
            "did the last run succeed?",
            "any partial runs?",
            "did enrichment fail for anyone?",
            "which jobs blew up?",
            "what failed overnight?",
            "which leads errored out?",
            "is there a run that did not finish?",
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
            "which draft has been sitting around?",
            "proposals we wrote but did not send",
            "unsent proposals older than five days",
            "which offers are still lying around?",
            "drafts gathering dust",
            "is a quote still waiting to go out?",
            "finished proposals nobody has sent",
            "which drafts are overdue?",
            "how many days has the draft been ready?",
            "an offer that is done but still here",
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
            "proposals gone cold",
            "who is sitting on our offer?",
            "which clients have not decided yet?",
            "who owes us a yes or no?",
            "what did we send that nobody answered?",
            "which deals went quiet after the proposal?",
            "old proposals with no decision",
            "quotes the client never came back on",
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
            "what needs my sign-off?",
            "which leads wait for my go-ahead?",
            "what awaits me?",
            "what can only I move forward?",
            "which builds can start?",
            "is anything waiting for me to say yes?",
            "what is in my inbox to decide?",
            "what is on my desk?",
            "where is the ball with me?",
            "what do you need from me?",
            "things that stand still until I agree",
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
            "who did we forget to follow up with?",
            "which leads have we neglected?",
            "who have I gone quiet on?",
            "who should hear from us?",
            "who is overdue for a check-in?",
            "leads nobody has called",
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
            "which data source stopped?",
            "did the feeds sync?",
            "is anything disconnected?",
            "are all connections up?",
            "did the nightly import happen?",
            "has a feed gone silent?",
            "is the import behind schedule?",
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
            "what are you unsure about?",
            "where is the evidence thin?",
            "what is only a guess?",
            "which numbers are unreliable?",
            "which answers were weak?",
            "what do you not know for certain?",
            "which suggestions are shaky?",
            "where could you be wrong?",
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
            "high-risk tasks to review",
            "agent work waiting for approval",
            "which agent jobs need me?",
            "which build tasks need review?",
            "undecided learning",
            "what is undecided apart from the money path?",
            "which tasks need a person to look at them?",
            "what other things do I have to rule on?",
        )
    ),
]
