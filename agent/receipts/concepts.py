"""The concepts of the ledgers, one a line with the words that say it, by how strongly they claim;
which concepts are opposites, and which follow from others. `lexicon` says what the tiers mean."""

from __future__ import annotations

STATUS = """
sent: sent send sends sending emailed mailed submitted submit dispatched resent forwarded sendable
won: won win wins winning winner landed
lost: lost lose loses losing loss losses
approved: approved approve approves approving greenlit greenlighted accepted accept accepts accepting authorised authorized sanctioned okayed
rejected: rejected reject rejects rejecting rejection declined refused denied turned-down disqualified
signed: signed sign signs signing countersigned contracted
paid: paid pays paying payment payments prepaid repaid
invoiced: invoiced invoice invoices invoicing billed bill bills
shipped: shipped ship ships shipping deployed deploy released delivered deliver launched launch
started: started start starts starting began begin begins begun kicked-off commenced
completed: completed complete completes completing completion finished finish finishes finishing done concluded ended
broken: broken
cancelled: cancelled canceled cancel cancels withdrawn withdrew abandoned dropped-out scrapped churned
failed: failed fail fails failing failure failures broke break breaks errored error errors crashed crash crashes breakage
succeeded: succeeded succeed succeeds success successful successfully successes
active: active running ongoing underway
paused: paused pause pauses on-hold halted suspended
planned: planned plan plans planning
archived: archived archive shelved retired
stopped: stopped stop stops ended
promoted: promoted promote promotes promotion promotions
qualified: qualified qualify qualifies
scored: scored score scores scoring
positioned: positioned positioning
enriched: enriched enrich enrichment
expired: expired expire expires
created: created create creates added add adds opened-up
deleted: deleted delete removed remove erased
contradicts: contradicts contradict contradiction contradictions contradicting conflicts conflict clashes clash
disabled: disabled deactivated
enabled: enabled activated
"""

CLAIM = """
risk: risk risks risky danger dangerous threatened
good: good great excellent amazing strong solid perfect impressive wonderful outstanding-work thriving booming flourishing stellar brilliant superb
bad: bad poor terrible weak awful disastrous dire alarming worrying struggling trouble problem problems
feels: nervous anxious afraid scared fearful proud relieved overwhelmed tired exhausted bored lonely stressed ashamed embarrassed hopeful hopeless discouraged
reliable: reliable dependable trustworthy conclusive representative meaningful
owns: owns owned owner owners ownership
happy: happy pleased satisfied delighted thrilled excited glad ecstatic unhappy angry upset annoyed frustrated disappointed loves love likes hates enjoys
wants: wants want wanted asked asks requested requests demands demanded prefers preferred agreed agrees promised promises committed refuses insisted insists expects expected hopes
hired: hired hires hiring fired fires quit quits resigned
bought: bought buys purchased purchase sold sells sell ordered
visited: visited visits attended
meeting: meeting meetings met meets meet
earned: earned earns invested owes owed owing
proven: proven proved proves proof guaranteed guarantees guarantee certain
average: average averages averaged averaging mean typical typically
median: median
usual: usual usually normal normally
referral: referral referred referrals introduced introduction
eligible: eligible ineligible
expensive: expensive cheap
limiter: limiter limiting
confident: confident certainties
"""

SOFT = """
partial: partial partially half-finished part-way incomplete
drafted: drafted draft drafts drafting prepared finished
blocked: blocked block blocks
stuck: stuck stalled stall stalls stalling sat sitting sits lingering lingers languishing idle standstill held-up backlog jammed stranded
stale: stale cold dormant gone-cold
overdue: overdue late lapsed
closed: closed closing
open: open opened undecided unresolved outstanding
pending: pending awaiting awaits await waiting waits wait waited queued queue outstanding
replied: replied reply replies replying answered answer answers responded respond response responses responding unanswered-mail
contacted: contacted reached contact contacts touched touch touches touching reached-out spoken spoke heard talked chased
updated: updated update updates edited edit
attached: attached attach attaches attachment linked link
retryable: retryable retried retry retries re-run rerun
decided decision: decided decide decides deciding
healthy: healthy working works fine operational
extracted: extracted extract
observed: observed
inferred: inferred
reviewed: reviewed review reviews reviewing
reflected: reflected reflection reflections reflect reflecting
practised: practised practiced practising practicing
up: rose risen rise rises rising increased increase increases increasing grew grown grow grows growing growth gained gain climbed climb climbing climbs upward jumped jump jumps surged soared lifted lifts lift raised raises boosted boosts boost doubled doubling tripled tripling quadrupled
down: fell fallen fall falls falling drop dropped drops dropping decreased decrease decreases decreasing shrank shrunk lowered slipped slip sank slid dipped dip reduced reduction downward cut declined decline declining plunged halved halving
better: improved improve improves improving improvement better stronger healthier best
worse: worsened worsen worse weaker deteriorated worst
flat: flat unchanged stagnant
longer: longer longest lengthened lengthen lengthens lengthening
shorter: shorter shortest shortened shorten shortens shortening
older: older oldest elder old
newer: newer newest younger youngest freshest
higher: higher highest bigger biggest larger largest greater greatest top-scoring
lower: lower lowest smaller smallest fewest
faster: faster fastest quicker quickest sooner soonest
slower: slower slowest
earlier: earliest
quiet: quiet silent silence unheard
new: new brand-new
repeated: repeated repeatedly again-and-again
important: important crucial critical severe severity urgent serious
slow: slow sluggish delayed delay delays delaying
fast: fast quick quickly rapid rapidly
total: combined
maximum: maximum max peak
minimum: minimum min
ready: ready finished-draft complete-draft
upgraded: upgraded upgrade downgraded downgrade migrated migrate moved moves switched changed changes
missing: missing lacks lack lacking absent
large: large big huge massive substantial significant significantly
small: small tiny
learned: learned learnt learns noticed
counted: counting
tried: tried tested attempted
scheduled: scheduled schedule booked postponed rescheduled
cost: costs cost spent spends saved saves
"""

NOUN = """
build ~entity: build builds building built
offer: offer offers
contract: contract contracts agreement agreements retainer
budget ~money: budget budgets
revenue ~money: revenue revenues turnover sales income
cash ~money: cash money
price ~money: price prices pricing priced fee fees
profit: profit profits margin margins
baseline: baseline
target: target targets goal goals desired
outcome: outcome outcomes result-logged verdict
intervention: intervention interventions
hour_work: workload
visitor: visitor visitors traffic visits
adspend: ad ads advertising campaign campaigns spend-on-ads
website: website site landing
employee: employee employees staff
server: server servers database outage
person: boss manager colleague mentor recruiter spouse wife husband daughter son brother sister
employer: employer company companies
salary: salary raise bonus
lawsuit: lawsuit complaint complaints refund refunds dispute disputes
"""

THING = """
lead ~entity: lead leads prospect prospects opportunity opportunities enquiry inquiry
deal ~entity: deal deals
client ~entity: client clients customer customers account accounts buyer buyers
job ~entity: job jobs engagement
project ~entity: project projects
proposal ~offer: proposal proposals
quote ~offer: quote quotes quotation bid bids
pipeline: pipeline funnel
run: run runs ran
step: step steps
stage: stage stages phase
approval: approval approvals go-ahead sign-off sign-offs
cycle: cycle cycles turnaround
constraint: constraint constraints bottleneck bottlenecks chokepoint holdup
winrate: win-rate close-rate
followup: follow-up follow-ups followup followups
integration: integration integrations
research: research
knowledge: knowledge ingest
playbook: playbook
asset: asset assets template templates component components workflow workflows checklist checklists
learning: learning learnings lesson lessons insight insights takeaway takeaways
experiment: experiment experiments
evidence: evidence
confidence: confidence self-efficacy self-belief
hypothesis: hypothesis hypotheses
obstacle: obstacle obstacles
skill: skill skills capability capabilities
velocity: velocity pace
risk_score: escalation escalations
reminder: reminder reminders
noshow: no-show no-shows noshow
email: email emails e-mail newsletter
task: task tasks
agent: agent agents
flag: flag flags
package: package packages
interview: interview interviews
call: call calls phone
application: application applications
resume: résumé resume cv
error_code: code codes
feedback: feedback testimonial testimonials
owner: owner operator
owner_side: owner-side
day_count: age aged
decision: decision decisions
need: needs need needing needed requires required require resources resource
activity: activity activities happened happen happens moved move moves progress progressed
log: log logs logged logging
work: work
due: due
~arrived: came come comes arrived arrives arrive received
~limit: limit limits threshold thresholds cutoff
"""

PHRASES = """
sent: gone out, went out, go out, goes out, going out, sent out, sent off, been out, is out, are out
rejected: turned down, ruled out
approved: signed off, gave its approval, given its approval, given the go-ahead, given the green light, said yes to, said yes
healthy: on time, on track, up to date, in order, up and running, on schedule
contacted: in touch, reached out, reach out, got in touch, spoken with, spoken to, spoke with, spoke to, talked to, talked with, heard from
replied: got back, heard back, come back, came back
reviewed: look back on, looks back on, looking back on
completed: wrapped up, wrap up, carried out
started: kicked off, got going, under way, got started
paused: on hold, on ice
cancelled: gave up on, given up on, gave up, given up, giving up
overdue: behind schedule, running late
lost: fell through, fallen through
stuck: held up, holds up, hold up, holding up, stood still, standing still, sitting still, in limbo
quiet: gone quiet, gone silent, no word
~arrived: came in, come in, comes in, came through
build: under construction
new: brand new
enabled: switched on, turned on
disabled: switched off, turned off, is off, are off
activity: last active
failed: fell over, went wrong, gone wrong, ran into
"""

UNDONE = {"unsent": "sent", "unpaid": "paid", "unapproved": "approved", "unsigned": "signed",
       "unfinished": "completed", "incomplete": "completed", "unanswered": "replied",
       "unresponsive": "replied", "uncontacted": "contacted", "untouched": "contacted",
       "inactive": "active", "undecided": "decided", "unresolved": "decided",
       "unscored": "scored", "unqualified": "qualified", "unbuilt": "build",
       "unstarted": "started", "undelivered": "shipped", "unshipped": "shipped",
       "unbilled": "invoiced", "unrejected": "rejected", "unblocked": "blocked",
       "unsuccessful": "succeeded", "unsuccessfully": "succeeded", "unreviewed": "reviewed",
       "unhealthy": "healthy", "unready": "ready", "unread": "read", "unchanged": "upgraded",
       "uneven": "flat", "ineligible": "eligible", "unpromoted": "promoted",
       "unlogged": "log", "unrecorded": "record", "unpositioned": "positioned",
       "nonactive": "active", "excluding": "counted", "unhappy": "happy"}  # fmt: skip
"""Words that negate a concept by their prefix: `unsent` is `sent`, negated."""

OPPOSITES: tuple[tuple[str, str], ...] = (
    ("won", "lost"), ("approved", "rejected"), ("up", "down"), ("better", "worse"),
    ("longer", "shorter"), ("older", "newer"), ("older", "new"), ("higher", "lower"), ("faster", "slower"),
    ("failed", "succeeded"), ("failed", "healthy"), ("broken", "healthy"), ("broken", "succeeded"), ("active", "completed"),
    ("active", "paused"), ("active", "archived"), ("active", "stopped"), ("open", "closed"),
    ("started", "stopped"), ("started", "completed"), ("good", "bad"), ("fast", "slow"),
    ("large", "small"), ("maximum", "minimum"), ("enabled", "disabled"), ("created", "deleted"),
    ("disabled", "healthy"), ("paused", "completed"), ("observed", "inferred"),
    ("stuck", "activity"), ("stale", "activity"), ("overdue", "healthy"), ("flat", "up"), ("flat", "down"), ("ready", "blocked"), ("early", "overdue"),
)  # fmt: skip

IMPLIED: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset({"-sent"}), ("stuck", "pending", "drafted", "open", "offhand")),
    (frozenset({"-outcome"}), ("pending", "open", "-decided", "-replied", "stuck", "stale")),
    (frozenset({"-decided"}), ("pending", "open", "-outcome")),
    (frozenset({"-replied"}), ("quiet", "pending", "-heard")),
    (frozenset({"-contacted"}), ("quiet", "stale")),
    (frozenset({"-approved"}), ("pending",)),
    (frozenset({"stuck"}), ("pending",)),
    (frozenset({"ready"}), ("drafted",)),
    (frozenset({"pending"}), ("open", "need")),
    (frozenset({"failed"}), ("-succeeded",)),
    (frozenset({"partial"}), ("failed",)),
    (frozenset({"won"}), ("decided", "outcome")),
    (frozenset({"lost"}), ("decided", "outcome")),
    (frozenset({"-activity"}), ("quiet", "stale", "stuck", "-contacted", "-updated", "-log")),
    (frozenset({"cycle"}), ("sent",)),
    (frozenset({"activity"}), ("log",)),
    (frozenset({"need"}), ("open", "pending")),
    (frozenset({"started", "-completed"}), ("active",)),
    (frozenset({"failed"}), ("stopped", "broken", "run")),
    (frozenset({"succeeded"}), ("run",)),
    (frozenset({"pending"}), ("decision", "approval", "stuck")),
)
"""What a statement that says one thing says as well: no outcome means still open."""
