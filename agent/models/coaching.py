"""Short coaching replies for a client when there is nothing to look up. Each names no fact
about the client, proposes one small experiment and asks one question. No therapy, no praise
without evidence (client spec 1.1, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Topic:
    """Phrasings, and the replies to choose from: mirror, small experiment, question."""

    examples: tuple[str, ...]
    replies: tuple[tuple[str, str, str], ...]


TOPICS = MappingProxyType({
    "stuck": Topic(
        ("I feel stuck", "I don't know what to do with my career", "I'm going nowhere",
         "I have no idea what I want", "I feel lost at work", "nothing moves forward",
         "I am in a rut", "I don't know where to start", "my job feels like a dead end",
         "every day is the same and I want out", "I can't see a path"),
        (("Being stuck often means that too many things are open at once.",
          "A small test: for one week, end each day with one line on what gave you energy and "
          "what took it.",
          "Which moment lately felt least stuck?"),
         ("It makes sense to pause when no direction stands out.",
          "Instead of choosing a direction, you could test one: one conversation with someone "
          "who does what you are curious about.",
          "Who comes to mind first?")),
    ),
    "overwhelmed": Topic(
        ("I am overwhelmed", "everything is too much", "I have too much on my plate",
         "I can't keep up", "I'm drowning in work", "so many things at once and no time",
         "I feel stressed all the time", "the pressure is too high", "my head is spinning"),
        (("That sounds like a lot to carry at the same time.",
          "A small test: write everything down, circle one thing that can wait, and let it wait "
          "for a week on purpose.",
          "What would you circle?"),
         ("When everything is urgent, nothing can be chosen.",
          "You could try one protected half hour tomorrow for the single thing that matters most.",
          "What would that thing be?")),
    ),
    "job_search": Topic(
        ("how do I find a job?", "I apply and nobody answers", "my job search is not working",
         "where should I look for jobs?", "I need a new job", "how do I start looking for work?",
         "should I apply to this position?", "I keep sending applications into the void",
         "how do I stand out in applications?", "I want to change jobs"),
        (("Searching without answers is tiring, and silence teaches little.",
          "A small test: pick three roles, write to one person in each field and ask what the "
          "work is really like, before any application.",
          "Which role would you pick first?"),
         ("A search gets easier when it becomes a series of small tests.",
          "You could change one thing only, say the first paragraph of your letter, and see "
          "whether the answers change.",
          "What would you change first?")),
    ),
    "interviews": Topic(
        ("I have an interview and I am nervous", "how do I prepare for an interview?",
         "I always mess up interviews", "what do I say about my weaknesses?",
         "interview tips please", "I freeze when they ask me questions",
         "how do I answer tell me about yourself?", "I was bad in my last interview",
         "they want me to present in the interview"),
        (("Interviews reward rehearsal more than talent.",
          "A small test: tell one story about a problem you solved to a friend, in two minutes, "
          "twice.",
          "Which story would you want them to remember?"),
         ("Nerves usually point at one question you hope they will not ask.",
          "You could write down that question and answer it aloud once a day until the day comes.",
          "Which question is it?")),
    ),
    "confidence": Topic(
        ("I am not confident", "I don't believe in myself", "I feel like a fraud",
         "impostor syndrome", "everyone is better than me", "I doubt myself all the time",
         "I am not good enough for this", "I don't dare to speak up", "I lack self-esteem",
         "they will find out that I can't do it"),
        (("Doubt tends to shout while proof stays quiet.",
          "A small test: each evening, note one thing you did that used to be hard, with what "
          "exactly you did.",
          "What would be today's line?"),
         ("Confidence usually follows small acts, not the other way round.",
          "You could pick one situation this week where you say one sentence you would normally "
          "keep to yourself.",
          "Which situation would be safe enough for that?")),
    ),
    "decision": Topic(
        ("I can't decide", "should I quit my job?", "should I stay or leave?",
         "I have two offers and don't know which to take", "is it the right choice?",
         "how do I choose between two options?", "I keep going back and forth",
         "what if I make the wrong decision?", "should I accept the offer?",
         "should I go back to school?"),
        (("A hard choice often has good reasons on both sides.",
          "A small test: live for two days as if you had chosen the first option, then two days "
          "as if you had chosen the second, and note what you feel in the morning.",
          "Which option would you try on first?"),
         ("You may not need to decide yet, only to learn more.",
          "You could look for the smallest step in one direction that can be taken back.",
          "What would you have to see to be sure?")),
    ),
    "networking": Topic(
        ("I hate networking", "how do I build a network?", "I don't know anyone in the field",
         "how do I write to a stranger?", "I am too shy to reach out", "how do I find a mentor?",
         "what do I say in a coffee chat?", "I have no contacts", "networking feels fake"),
        (("Networking gets lighter when it is only curiosity about one person's work.",
          "A small test: ask one person one honest question, with no favour attached.",
          "Whose work makes you curious?"),
         ("Most contacts begin with someone you already half know.",
          "You could write two lines to one former colleague, just to ask what they are "
          "working on.",
          "Who would be glad to hear from you?")),
    ),
    "procrastination": Topic(
        ("I procrastinate", "I keep putting it off", "I can't get started", "I never finish anything",
         "I get distracted all the time", "I have no discipline", "I waste my evenings",
         "how do I build a habit?", "I always leave it to the last minute", "I can't focus"),
        (("Putting something off is often a sign that the first step is too big.",
          "A small test: do five minutes of it tomorrow at a fixed time, and stop after five.",
          "What would those five minutes look like?"),
         ("Starting is a different skill from finishing.",
          "You could tell one person what you will do and when, and report back in one word.",
          "Who would be the right person?")),
    ),
    "skills": Topic(
        ("what skills should I learn?", "I need to learn to code", "am I too old to learn this?",
         "which course should I take?", "I lack the qualifications", "do I need a degree?",
         "how do I learn faster?", "my skills are outdated", "I want to become a data analyst",
         "how do I get experience without a job?"),
        (("A skill sticks when it is used for something real.",
          "A small test: before any course, do the smallest real task that needs the skill and "
          "see where you get stuck.",
          "What would that task be?"),
         ("It helps to know which part of the skill you would enjoy every week.",
          "You could spend one evening doing it badly on purpose, only to see whether you want "
          "a second evening.",
          "Which evening would work?")),
    ),
    "values": Topic(
        ("my work has no meaning", "what matters to me?", "I want to do something that matters",
         "what is my passion?", "I don't know my strengths", "my job is against my values",
         "I earn well but I am not happy", "what is my purpose?", "is this all there is?",
         "what am I really good at?"),
        (("What matters to you shows in what you already do without being asked.",
          "A small test: for a week, note each time you lose track of time, and what you were "
          "doing for whom.",
          "When did that last happen?"),
         ("Meaning is easier to find by trying than by thinking.",
          "You could give two hours to something you believe in and see how you feel after.",
          "What would deserve those two hours?")),
    ),
    "burnout": Topic(
        ("I am burnt out", "I'm exhausted", "I have no energy left", "I dread Mondays",
         "work makes me sick", "I can't switch off in the evening", "I need a break",
         "I am so tired of this job", "I work every weekend"),
        (("Exhaustion is a reason to make things smaller, not to try harder.",
          "A small test: choose one evening this week that ends at a fixed hour, and protect it "
          "as if it were a meeting; if the tiredness does not lift, a doctor is the right person "
          "to ask.",
          "Which evening would you protect?"),
         ("Energy is information about what the work asks of you.",
          "You could mark in your calendar which hours drain you and which restore you, for "
          "three days.",
          "Which hour would you look at first?")),
    ),
    "change": Topic(
        ("I want to change careers", "how do I switch fields?", "I want to start my own business",
         "should I go freelance?", "is it too late for a new career?", "I want to leave teaching",
         "how do I move into tech?", "I dream of something completely different",
         "I want to work for myself", "how do I come back after a long break?"),
        (("A change rarely needs one big leap.",
          "A small test: do one real piece of the new work for one person, small enough for a "
          "weekend.",
          "What piece could that be?"),
         ("What draws you to something new says as much as what pushes you away.",
          "You could ask one person who made that change what they wish they had tested first.",
          "What would you want to know from them?")),
    ),
    "conflict": Topic(
        ("my boss is terrible", "I have a conflict with a colleague", "my manager ignores me",
         "how do I give feedback to my boss?", "I get no recognition", "my team excludes me",
         "how do I say no?", "I am afraid of the conversation with my manager",
         "my coworker takes credit for my work", "how do I set boundaries?"),
        (("Hard conversations get easier when they are about one observation and one wish.",
          "A small test: write down one thing you saw, one effect it had, and one thing you would "
          "like, and say it to yourself aloud first.",
          "What would the one wish be?"),
         ("You cannot choose how others act, only the next small move.",
          "You could try one clear no this week, on something minor, and watch what happens.",
          "Where would a small no be safe?")),
    ),
    "money": Topic(
        ("how do I ask for a raise?", "how do I negotiate my salary?", "I am underpaid",
         "they offered less than I hoped", "how much should I ask for?",
         "I am afraid to talk about money", "should I take a pay cut?",
         "how do I get promoted?", "I deserve a promotion"),
        (("Asking is easier with evidence on the table.",
          "A small test: write down three results with what changed because of you, and read "
          "them to someone who will be honest.",
          "Which result would come first?"),
         ("A number feels heavier before it is spoken.",
          "You could say your figure aloud to a friend three times and notice when it starts to "
          "sound normal.",
          "What figure would you say?")),
    ),
    "rejection": Topic(
        ("I got rejected", "they turned me down", "I didn't get the job", "I was laid off",
         "I got fired", "I failed", "another rejection today", "I am afraid of failing",
         "it didn't work out", "I lost my job"),
        (("That hurts, and it deserves a moment before any plan.",
          "A small test for later: write one line on what was in your hands and one on what "
          "was not.",
          "What was in your hands?"),
         ("One no tells you about one fit, not about you.",
          "You could ask one person involved a single question: what would have made the "
          "difference.",
          "Who might answer that honestly?")),
    ),
    "cv": Topic(
        ("help me with my CV", "how do I write a resume?", "what should be on my resume?",
         "my CV has a gap", "how do I write a cover letter?", "improve my LinkedIn profile",
         "my resume is boring", "how long should a CV be?"),
        (("A CV gets stronger with every line that rests on something you can show.",
          "A small test: take one line of it and rewrite it as what you did, for whom, and what "
          "changed.",
          "Which line would you take?"),
         ("Proof says more than adjectives do.",
          "You could ask someone to read your CV for half a minute and tell you what they "
          "remember.",
          "What should they remember?")),
    ),
    "progress": Topic(
        ("I made a small step today", "I had a good day", "it went well", "I am proud of myself",
         "I feel hopeful", "things are getting better", "I did it!", "I am excited about this",
         "I feel better today", "good news"),
        (("It is worth looking at what exactly you did there.",
          "A small test: do the same thing once more in a slightly harder setting.",
          "What made it work?"),
         ("Moments like that are raw material.",
          "You could write down the one decision that made the difference, so that you can "
          "repeat it.",
          "What was that decision?")),
    ),
})  # fmt: skip
"""Topic → phrasings and replies."""

OPEN_REPLIES: tuple[tuple[str, str, str], ...] = (
    ("I would like to understand that better.",
     "A small test often says more than a long plan: one step, within a day or two, that costs "
     "little and can be taken back.",
     "What would be the smallest step you could try?"),
    ("Thank you for telling me.",
     "You could take the part you can influence and try one small thing there this week.",
     "Which part is in your hands?"),
    ("Let's look at it together.",
     "You could picture tomorrow going a little differently, and try the first thing that comes "
     "to mind.",
     "What would that be?"),
)  # fmt: skip
"""For what fits no topic."""
