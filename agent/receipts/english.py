"""The plain words of English, in three kinds, and a light stemmer.

`FUNCTION` words carry grammar, `LIGHT` words add nothing that could be checked, `COMMON`
words are ordinary: a capital at the start of a sentence does not make a name of them. `COMMON`
lists one form of each word.
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
kein keine ein eine einen einem einer mit für auf von zu im dem den sie wir ihr ihre dein deine
ich seit auch aber gli di che è sono non per della dei nel suo tuo da ha hai o os as um uma não em
no na com seu sua é são foi mas het een van en niet zijn dat jij je wij is og ikke det ett och
inte som på av är har jest nie i w z do się to
""") - _words("the to do no as on in so is i o w z a me an am die es son est")

LIGHT = _words("""
about according actual actually add added adding additional additionally adds afterward afterwards
again ago aim aims almost alone along altogether amount amounts apart apparently appear approx
approximately around arrive aside at-a-glance average-wise away back barely base based basis
before beforehand beside besides block brand break breakdown brief briefly bring brings
broken-down calendar called card case cases category clear clearly close closely coming compare
compared comparison concern concerned concerns consider considered consult consulted consulting
contain contains count counted counting counts cover covers current currently daily data date
dates day days detail details difference differences different directly ended entire entirely
entries entry equal equals especially essentially exact exactly far feature figure figures final
finally find fine first five-minute follow following follows former found fraction full fully
further gave general generally get gets getting give given gives giving glance go goes going gone
got group grouped half halfway hand hardly held hence hit hits hold holds hour hours how however
include included includes including indeed individual individually info information instance
instead item items its just keep keeps kept kind know known last lasted lasting lasts late-stage
lately later latest latter lead-in least leave leaves leaving left level levels like likely line
lines list listed listing lists little logged long look looked looking looks made main mainly make
makes making mark marked matter matters maybe mean-while meanwhile measure measured measures
mention mentioned merely metric metrics mid minute minutes moment month monthly months name named
namely names near nearly next note noted notes notice noticed notices now number numbered numbers
objective observe observed one ones overall overview own page part particular particularly parts
pass passed passes past people percent percentage perhaps period periods person piece pieces place
placed point points portion position possibly precise precisely present presently presumably
previous previously prior probably put puts quarter question rank ranked ranks rate rated rates
reach reached reaches read reading readings reads real really recent recently record recorded
recording records refer reference regard regarding relate related remain remained remaining
remains remark remarked report reported reports respective respectively rest rests result results
return right roughly round row rows run-down said sample samples sat say saying says scale second
section see seeing seem seen separate separately set sets setting share shares show showed showing
shown shows side simple simply since single sit sits sitting situation slight slightly so-called
somebody someone something somewhere sort source sources span spanned spans specific specifically
spell spend spends spent spread stage-wise stand standing stands start state stated statement
states stay stayed staying stays step still straight sum sum-up summary take taken takes taking
tally tell tells text thing things third time time-frame times today together told took top total
totals track trend trending trends turn turned turns type types under-way unit unlikely use used
uses using value values view way ways week weekly weeks well whatever where whichever whole window
word words work worth write writes written wrote year yearly years yet
""") - _words(
    "broken done working stage add added adds block leave leaves left start track add "
    "logged work hardly follow question"
)

COMMON = _words("""
able absolutely accept accurate achieve act action active adapt address admit adopt advance
advantage advice afford afraid afternoon age agenda agree ahead aloud alternative always amazing
ambition analysis answer anxiety anxious anybody anyone anything anyway appreciate approach
appropriate approvals approved area arrange art ask aspect assess assets assume attempt attention
audience autumn available avoid awaiting aware awesome awkward bad balance barrier baseline
basically beautiful become begin behavior behaviour belief believe belong benefit best better big
blame blank blocker board bold book boost boring bottleneck boundaries brain brainstorm brave
breath bridge bright brilliant broad budget build bullet burnout business busy buy bye calm candid
capable capture care career careful carry cash catch cause celebrate certain challenge chance
change charge chase chat cheap check cheers choice choose circle clarify clarity class clean
client coach coffee colleague comfort comfortable commitment common communicate community company
competence complete completion complex concrete confidence confident confirm confirmation
confusing congrats congratulations connect connection consequently consistent constraint
constructive contact content context continue contrast control conversation conversely cool cope
core correct cost courage course craft create creative credit criticism crucially curiosity
curious cut cv cycle danger dare dead deal dear decide decision deep define definitely delay
deliberate delivery depend describe design desire develop development differ difficult difficulty
direction discipline discover discovery discuss distance doubt draft drain dread dream drive due
duty early ease easier easily easy economic edge edit effect effort email embrace emotion
emotional emphasis employer encourage energy engage enjoy enriched enrichment ensure enter
enthusiasm environment envy error escalation establish event eventually everybody everyday
everyone everything evidence example excellent excited excluding exercise exhausted exhaustion
expect expectation experience experiment expert explain explore express extra face fact fail
failure fair fall familiar family famous farewell fast favorite favour fear feedback feel fewer
field fight fill finance finish firm fit fix flexible flow focus follow-up force forget forgive
form formal fortunately forward free freedom fresh friend frustrated frustration fun function
furthermore future gain gap gather gentle gently genuine glad goal good goodbye gradual grasp
grateful great ground grow growth guess guidance guide guilt habit handle happy hard harder hate
head headline health healthy hear heart heavy hello help helpful hesitate hey hi hidden high hint
history hobby honest hope hopefully huge human hypothesis idea ideally identify identity ignore
imagine immediate impact important impossible improve improvement incredible independence industry
influence inform initial inner insight inspire instinct integrations intend intention interest
internal intervention interview invest invite involve issue job join journal journey judge
judgement judgment keen key knowledge lack large laugh launch law lead leader leadership learn
lesson letter library life lift light likewise limit link listen live load local lonely loop loose
lost love luck lucky mail maintain major manage manager map market mastery meaning meaningful meet
memory mental mentor message method middle mind mindful minor mirror miss mistake model modest
momentum money mood moreover morning motivated motivation mountain move movement natural nature
necessary negative negotiate negotiation nerves nervous network nevertheless new nice night noise
nonetheless normal notably obstacle obvious occasion offer office often old online open operations
operator opinion opportunities ops option order ordinary organise organize origin otherwise
outcome outline overdue overwhelm owner pace paid pain paper parent partner passion path patience
patient pattern pause pay peer pending perfect perfectionism permission personal perspective phone
phrase physical pick picture pilot pipeline pivot plan play playbook please plenty positive
possible post potential power powerful practical practice practise pragmatic pray predict prefer
preparation prepare pressure pretty prevent pride priorities private problem process
procrastination produce product professional profile progress project promise promote proof
proposal propose protect proud prove provide pull purpose push qualified quality question queue
quick quiet raise range ready realise realistic reality realize reason reasonable receive
recognise recognize recommend recommendation reconnect recover recruiter reduce refine reflect
reflection reframe refuse regardless regular rehearsal reject rejection relationship relative
relax release relevant reliable relief rely remarkable remember remind remove repeat replace reply
request require research resist resource respect respond response responsibility restore resume
retry revenue review revisit reward rewrite rhythm rich risk risky role room root routine rule run
rush résumé sad safe safer safest salary satisfied save scary schedule school scope score search
season secret seek self send sense sensible sent sentence serious serve service session settle
several shape sharp shift shipped short shorter signal significant silence silent similar simplest
sincerely size skill sleep slow small smaller smallest smart smile smooth social soft solid
solution solve somehow sometimes somewhat soon sorry sound space speak special spirit spot spring
stable staff stage stale stalled steady stick stop story strange stranger strategy strength stress
stretch strike strong struggle stuck study stuff style subject succeed success suggest suggestion
suit summer support suppose sure surprise switch system talent talk target task teach team
template tempting tend tension term test thank themselves theory therefore think thought threat
thus tidy tie tight tiny tip tired title tomorrow tone tonight tool topic touch tough trade
tradition traffic train transition travel treat tricky trigger true truly trust truth truthful try
twice typical ultimately uncertain uncertainty uncomfortable understand understandable
understandably unfortunately unique unknown unsent unusual update upset urgency urgent useful
valid valuable variety velocity vent version victory visible vision visit voice volunteer vote
vulnerable wait wake walk want warm warning waste watch weak weakness wear weather weekend weigh
weight welcome wellbeing whenever wherever wider win winter wise wish witness won wonder wonderful
working world worried worse worst wrong yesterday young
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
_KNOWN_STEMS = frozenset(stem(word) for word in FUNCTION | LIGHT | COMMON)


def is_ordinary(word: str) -> bool:
    """Whether a lower-case word is an everyday one, so that a capital does not make it a name."""
    return stem(word) in _KNOWN_STEMS


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
