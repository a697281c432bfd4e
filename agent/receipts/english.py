"""The plain words of English, in three kinds, and a light stemmer.

`FUNCTION` words carry grammar, `LIGHT` words add nothing that could be checked, `COMMON`
words are ordinary: a capital at the start of a sentence does not make a name of them.
"""

from __future__ import annotations

from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION = _words("""
a an the this that these those i me my mine myself we us our ours you your yours yourself he him
his she her hers it its itself they them their theirs who whom whose which what where when why how
whether if then than as at by for from in into of off on onto out over through to toward towards
under until till up down upon with within without about above across after against along among
around before behind below beneath beside besides between beyond despite during except inside near
outside per since throughout toward via and or but nor so yet because although though while whereas
unless am is are was were be been being do does did doing done have has had having will would shall
should can could may might must need ought let not no none never neither any some each every all
both either such own same other another there here also too very just only even still already again
ever once n't cannot i'm i've i'd i'll you're you've you'd you'll we're we've we'd we'll they're
they've they'd he's she's it's that's there's here's what's who's let's where's how's isn't aren't
wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't can't couldn't shouldn't
mustn't needn't it'd it'll that'd they'll don vs versus etc eg ie yes ok okay oh well
nothing nobody nowhere else enough rather quite much more most many less least few lot lots bit
""")

FOREIGN = _words("""
el la los las lo un una unos unas de del que es son está están con para por se su sus tu tus pero
como más muy ya hay desde hace le les des du et est sont dans avec pour sur pas ne vous nous votre
vos ton ta tes il elle ils une au aux ce cette qui mais très depuis der die das und ist sind nicht
kein keine ein eine einen einem einer mit für auf von zu im dem den sie wir ihr ihre dein deine du
ich es seit auch aber il lo gli di che è sono non con per della dei nel una il suo tuo da ha hai
o os as um uma não em no na com seu sua para é são foi mas het een van en niet zijn dat jij je
wij is og ikke det ett och inte som på av är har jest nie i w z na do się to
""") - _words("the to do no as on in so is i o w z a me an am die es son est")

LIGHT = _words("""
passed altogether halfway span spans spanned rank brand calendar
sample samples trend trends trending rated wrote write writes noticed notice notices afterwards afterward
beforehand before since besides marked remark remarked spread  setting aside
likely probably perhaps maybe apparently presumably possibly unlikely
according actual actually added adding add additional additionally adds again aim aims almost alone
along altogether amount amounts apart appear around arrive aside at-a-glance away back base based
basis beside block break breakdown brief briefly bring brings broken-down called
card case cases category clear clearly close closely coming compare compared comparison
concern concerned concerns consider considered consult consulted consulting contain contains
current currently cover covers data detail details different directly ended entire entirely
entries entry equal equals especially essentially exact exactly far feature figure
figures final finally find fine first five-minute follow follows following former found full fully
further gave general generally get gets getting give given gives giving glance go goes going gone
got group grouped hand hence held hit hits hold holds how however
include included includes including indeed individual individually info information instance
instead item items its keep keeps kept kind know known last lasted lasting lasts lately later
latest latter lead-in least leave leaves left leaving like line lines list listed listing lists
little logged long look looked looking looks main mainly make makes making made difference differences mark marked matter
matters mean-while meanwhile mention mentioned merely moment name named namely names
next note noted notes notice now number numbers numbered objective observe observed one ones
overall overview own page part particular particularly parts pass passes period piece pieces place placed
point points position present presently previous previously put puts question rank ranked ranks
reach reached reaches read reading reads real really recent recently record recorded records
recording refer reference regard regarding relate related remain remained remaining remains report
reported reports respective respectively rest rests result results return right roughly round
row rows run-down said say saying says second section see seeing seem seen separate separately set
sets show showed showing shown shows side simple simply single sit sits sitting situation so-called
sort scale source sources specific specifically spell stand standing stands start state stated states
statement step still straight summary sum-up take takes taken taking taken tally tell tells
text thing things third time times today together told top took total totals track
type types under-way unit use used uses using value values view ways way where whole
word words work worth write written yet
turn turns turned put sits sat stay stays stayed staying spent spend spends
currently far whichever whatever someone somebody something somewhere person people
day days week weeks month months year years hour hours minute minutes period periods window past
prior ago daily weekly monthly yearly date dates time-frame mid late-stage
percent percentage points point share shares portion half quarter third fraction rate rates level
levels mark figure stage-wise measure measures measured metric metrics reading readings count counts
counted counting sum average-wise about near nearly almost approximately approx roughly around
exact precise precisely close just slightly slight exactly barely hardly well clearly
""") - _words(
    "broken done working stage add added adds block leave leaves left start track add "
    "logged work hardly follow question"
)

COMMON = _words("""
able absolutely accept accurate achieve act action actions active adapt address admit adopt advance
advantage advice afford afraid afternoon age agenda agree ahead aloud alternative always amazing ambition
analysis answer answers anxiety anxious anybody anyone anything anyway appreciate approach
appropriate area areas arrange art ask asking aspect assess assume attempt attention audience
autumn available avoid aware awkward awesome bad balance barrier beautiful become becoming
begin beginning behavior behaviour belief believe belong below benefit best better big blank blame
blocker blockers board bold book boost boring both boundaries boundary brain brainstorm brave break breath
breathe bridge bright brilliant broad build building burnout business busy buy calendar calm candid
capable capture care career careers careful carefully carry catch cause celebrate certain certainly
challenge challenges chance change changes changing charge chase chat cheap check checking choice
choices choose choosing circle clarify clarity class clean client clients coach coaching coffee
colleague colleagues comfortable comfort commitment common communicate community company competence
complete complex concrete confidence confident confirm confusing congratulations connect connection
consistent constructive contact content context continue contrast control conversation
conversations cool cope core correct cost courage course craft create creative credit criticism
curiosity curious cut cycle danger dare dead deal dear due decide decision decisions deep deeply
define definitely delay deliberate depend depends describe design desire despite develop
development differ difference difficult difficulty direction discipline discover discovery discuss
distance doubt doubts draft drain dread dream drive duty early ease easier easily easy economic
edge edit effect effort efforts email embrace emotion emotional emphasis employer encourage end energy
engage enjoy ensure enter enthusiasm environment envy equally error especially establish evening
evenings event events eventually everybody everyday everyone everything evidence exactly example
examples excellent excited exciting exercise exhausted exhaustion exhausting expect expectation expectations
experience experiences experiment experimenting experiments expert explain explore exploring express
extra face fact facts fail failing failure fair fall familiar family famous fast favorite favour fear
feedback feel feeling feelings feels fewer field fight fill finance finish finishing firm fit fix
flexible flow focus focusing follow-up force forget forgive form formal forward freedom free
fresh friend friends frustrated frustrating frustration fun function future gain gap gather gentle
gently genuine glad goodbye bye cheers congrats farewell goal goals good gradual gradually grasp grateful great ground grow growing growth
guess guidance guide guilt habit habits handle happy hard harder hate head health healthy hear heart
heavy help helpful helping helps hesitate hi hello hey hidden high hint history hobby honest honestly
hope hoping huge human humans hypothesis idea ideas identify identity ignore imagine immediate
impact important impossible improve improvement incredible independence industry influence inform
initial inner insight insights inspire instinct intend intention interest interested
interesting interests internal interview interviews invest invite involve issue issues job jobs
join journal journey judge judgement judgment keen key kindly knowledge lack large laugh launch law
lead leader leaders leadership leads learn learning learnings lesson lessons letter library life
lift light likely limit link listen listening live load local lonely loop loose love luck lucky
mail maintain major manage manager managers managing map market mastery maybe meaning
meaningful meet meeting meetings memory mental mentor message method middle mind mindful
minor mirror miss mistake mistakes model modest momentum money mood morning mornings motivated
motivation mountain move movement moving natural naturally nature necessary negative negotiate
negotiation nerves nervous network networking new nice night nobody noise normal nothing notice
noticing obstacle obstacles obvious obviously occasion offer office often old online open opening
opinion opportunities opportunity option options order ordinary organise organize origin outcome
outcomes outline outside overwhelm overwhelmed pace paid pain paper parent partner partners passion
path patience patient pattern patterns pause pay peer peers pending perfect perhaps perfectionism permission
personal perspective phone phrase physical pick picture pilot pivot plan planning plans play
please plenty positive possible possibly post potential power powerful practical practice practise
pragmatic pray predict prefer preparation prepare pressure pretty prevent pride priorities priority private
probably problem problems process procrastination produce product professional profile progress
project projects promise promising promote proof proposal proposals propose protect proud prove
provide pull purpose push pushing quality question questions quick quickly quiet quit quite
raise range ready realise realistic reality realize reason reasonable reasons receive recognise
recognize recommend recommendation reconnect recover recruiter recruiters reduce reflect reflecting reflection
reframe refine refuse regular reject rejection rejections rehearsal relationship relax release relevant reliable
relief rely remarkable remember remind remove repeat replace reply request require research resist
resource resources respect respond response responsibility restore resume retry revenue review
revisit reward rewards rewrite rhythm rich risk risks risky role roles room root routine rule rules
rush sad safe safely safer safest salary sample satisfied save scale scary schedule school scope score
search searching season secret seek self send sending sense sensible sentence serious seriously
serve service session settle several shape share sharing sharp shift short shorter signal signals
significant silence silent similar simplest sincerely size skill skills sleep slow slowly
small smaller smallest smart smile smooth social soft solid solution solutions solve soon sorry
sound sounds space speak speaking special spirit spot spring stable staff stage steady
stick stop story stories strange stranger strategy strategies strength strengths stress stretch
strike strong strongly struggle stuck study stuff style subject succeed success successes such
suggest suggestion suggestions suit summer support suppose sure surely surprise surprised
surprising switch system talent talk talking target task tasks teach team teams tempting tend
tension term test testing tests text thank thanks themselves theme themes theory think thinking
thought thoughts threat tidy tie tight timing tiny tip tips tired tiring title tomorrow tone tonight
tool tools topic topics touch tough toward trade tradition traffic train training transition
travel treat trend tricky trigger true truly trust truth truthful try trying twice typical
typically uncertain uncertainty uncomfortable understand understandable understandably understanding
unique unknown unless unlike unlikely unusual update updates upset urgent urgency useful valid
valuable value values variety vent version victory view vision visit visible voice volunteer vote
vulnerable wait waiting wake walk want wants warm warning waste watch weak weakness weaknesses wear
weather weekend weekends weekly weigh weight welcome wellbeing whenever wherever wider willing win
wins winter wise wish witness wonder wonderful wondering working works world worried worries worry worrying
worse worst writing wrong yesterday young yourself
approvals approval build builds bottleneck pipeline constraint deals deal run runs failures failed
leads lead budget budgets cash integrations integration clients owner operator score scores scored
proposal sent stale stuck stalled overdue waiting awaiting assets asset playbook template templates
baseline target intervention interventions outcome delivery contact contacts touches touched
confirm confirmation decision unsent shipped won lost approved rejected qualified enriched
positioned positioning scoring enrichment research money operations ops health queue summary
velocity completion metric metrics escalation résumé cv bullet bullets headline
everyone none nobody nothing neither unfortunately fortunately meanwhile likewise similarly
conversely consequently accordingly therefore thus moreover furthermore nevertheless nonetheless
otherwise somehow sometimes somewhat ultimately regardless given considering assuming provided
supposing excluding including compared relative beyond aside apart hopefully ideally
interestingly importantly notably crucially basically
""")

ACRONYMS = frozenset(
    "I A OK AI API CV ROI FAQ PDF URL SQL CSV UI UX CEO CTO HR IT TV PS PS101 QA KPI CRM SEO SOP "
    "AM PM UTC GMT ID IDs TBD N/A Mosaic Known Inferred Missing English".split()
)

_SUFFIX_ES = ("ches", "shes", "xes", "sses", "zes")


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light stem of a lower-case word: equal for its plural, past, -ing and -ly forms."""
    if word.endswith("'s"):
        word = word[:-2]
    word = word.replace("'", "").replace("-", "")
    if len(word) <= 3:
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_SUFFIX_ES):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    if word.endswith("ing") and len(word) > 5:
        word = _undouble(word[:-3])
    elif word.endswith("ed") and len(word) > 4:
        word = _undouble(word[:-2])
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]
    return word


LIGHT_STEMS = frozenset(stem(word) for word in LIGHT)
_KNOWN = FUNCTION | LIGHT | COMMON
_KNOWN_STEMS = frozenset(stem(word) for word in _KNOWN)


def is_ordinary(word: str) -> bool:
    """Whether a lower-case word is an everyday one, so that a capital does not make it a name."""
    return word in _KNOWN or stem(word) in _KNOWN_STEMS


def is_past(word: str) -> bool:
    """Whether a verb form says that something has happened: "sent", "approved"."""
    return (word.endswith("ed") and not word.endswith("eed")) or word in _PAST_FORMS


def is_participle(word: str) -> bool:
    """Whether a form can follow "has been" or "has": "approved", "written"."""
    return is_past(word) or word in _PARTICIPLES


_PARTICIPLES = frozenset("written taken given done gone chosen spoken known shown driven eaten "
                         "fallen begun drawn thrown grown seen hidden worn proven".split())  # fmt: skip
_PAST_FORMS = frozenset("sent won lost broke built shipped paid met spoke began done fell rose grew "
                        "unsent brought took gave made went got felt kept led held told said "
                        "found agreed ran stood wrote drew chose drove flew forgot hid knew rang rode "
                        "sang slept sold spent swam taught thought threw understood woke wore "
                        "withdrew bought caught fought sought hung laid lent dealt heard "
                        "swung struck rethought".split())  # fmt: skip
