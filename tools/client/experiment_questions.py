"""How people speak of their experiments; a phrasing that names a status fixes it."""

from __future__ import annotations

from tools.registry import Example

CREATE: list[str | Example] = [
    "Log an experiment: email two people a day",
    "New experiment: one coffee chat a week",
    "Create an experiment called shadow a product manager",
    "Start a new experiment",
    "I want to try something: volunteer at the food bank on Saturdays",
    "Let's set up an experiment",
    "Add an experiment: apply to three part-time roles",
    "Plan an experiment: a weekend course in data analysis",
    "Can you record a new test for me: teach one evening class",
    "My next experiment is to cold-call five studios",
    "Here's a small experiment I want to run: post my sketches online",
    "Put this down as an experiment: interview two nurses",
    "Set up a trial: work from the library twice a week",
    "I'd like to test whether I enjoy mentoring",
    "Save a new experiment: pitch one article",
    "Make an experiment out of this: daily walks without the phone",
    "Track a new experiment: say no once a day",
    "I have an idea for an experiment",
    "Write down an experiment: sell one print at the market",
    "I'd like to set up a small test",
    "Turn this into an experiment: ask for feedback",
    "Put down a trial: freelance for one client",
    "I will test this: talk to three product managers",
    "Could you add another trial to my list",
    "I'd like to try a new experiment: swim before work",
    "Let me plan a fresh experiment",
    *(
        Example(text, {"start": True})
        for text in (
            "Start an experiment today: write 200 words every morning",
            "I'm starting an experiment now: ask for feedback",
            "Begin this experiment right away: no meetings before ten",
            "Log an experiment that starts today: cycle to work",
            "New experiment, starting immediately: read an hour a day",
            "As of now I'm trying this: lunch away from the desk",
        )
    ),
]

LIST: list[str | Example] = [
    "What experiments do I have?",
    "List my experiments",
    "Show me my experiments",
    "What's the state of the email experiment?",
    "When do I review my experiment?",
    "What was my hypothesis for the coffee chats?",
    "How will I know whether the experiment worked?",
    "What is the smallest version of my experiment?",
    "How many experiments have I run?",
    "Where do my tests stand?",
    "When did I start the newsletter experiment?",
    "Remind me what I set out to test",
    "Give me an overview of what I'm experimenting with",
    "Show the experiment",
    "Tell me about the experiment",
    "How is the experiment going?",
    "What did I want to find out with the experiment?",
    "What have I tried so far?",
    "Which tests did I set up?",
    "What trials are on my list?",
    "Open the coffee chats experiment",
    "What was the success measure of the experiment?",
    "Everything I ever tried as an experiment",
    *(
        Example(text, {"status": "active"})
        for text in (
            "What is active right now?",
            "Which of my experiments are still going?",
            "Which experiments am I running?",
            "What am I trying out at the moment?",
            "What am I testing now?",
            "What is my current experiment?",
            "Which tests are in progress?",
            "Is any experiment running?",
            "What trial is under way?",
            "Show active experiments",
        )
    ),
    *(
        Example(text, {"status": "completed"})
        for text in (
            "What have I finished so far?",
            "Which experiments did I complete?",
            "Show completed experiments",
            "Which trials are done?",
            "My finished experiments",
            "What experiments have I wrapped up?",
            "Which tests are behind me?",
            "Which experiments did I see through?",
        )
    ),
    *(
        Example(text, {"status": "planned"})
        for text in (
            "What did I plan but not start?",
            "Which experiments are planned?",
            "What have I not started yet?",
            "Upcoming experiments",
            "Which tests are waiting to begin?",
            "What is next on my experiment list?",
            "Which trials do I still want to do?",
            "What experiments lie in the future?",
        )
    ),
    *(
        Example(text, {"status": "paused"})
        for text in (
            "Which tests are paused?",
            "Which experiments are on hold?",
            "Show paused experiments",
            "What did I put on ice?",
            "Which trials did I interrupt?",
            "What experiment have I stopped for now?",
        )
    ),
    *(
        Example(text, {"status": "archived"})
        for text in (
            "Show what I archived",
            "Which experiments did I archive?",
            "Show archived experiments",
            "Which trials did I drop?",
            "Experiments I abandoned",
            "Old experiments I put away",
            "Which trials did I set aside for good?",
            "What experiments did I stop doing?",
            "Which tests did I let go of?",
            "What tests did I give up?",
            "Which experiments are no longer on my list?",
        )
    ),
]

UPDATE: list[str | Example] = [
    "Change the hypothesis of my experiment",
    "Move the review date to next Friday",
    "Update the success measure",
    "Rename the experiment",
    "Set the review date of the email experiment to 1 December",
    "Edit my experiment",
    "Add a description to my experiment",
    "Make the smallest version even smaller",
    "Correct the start date of the coffee chats",
    "Change the dates of my experiment",
    "Adjust the plan of the experiment",
    "Modify the experiment",
    "Look at the result a week later",
    Example("Clear the review date", {"clear": ["review_date"]}),
    Example("Remove the review date from the experiment", {"clear": ["review_date"]}),
    Example("Take the hypothesis out", {"clear": ["hypothesis"]}),
    *(
        Example(text, {"status": "paused"})
        for text in (
            "Pause the email experiment",
            "Put my coffee chats on hold",
            "I need a break from the writing experiment",
            "Pause my experiment",
            "Suspend the experiment for a while",
            "Stop the trial for now",
            "Hold the experiment until later",
            "Interrupt the test for two weeks",
            "I want to pause the experiment",
        )
    ),
    *(
        Example(text, {"status": "active"})
        for text in (
            "Resume the email experiment",
            "Start the planned experiment now",
            "I've started the shadowing experiment",
            "Take up my newsletter test again",
            "Restart the paused trial",
            "Pick the experiment up again",
            "Reactivate the experiment",
            "Continue the experiment I paused",
            "Bring the archived experiment back",
            "Set the experiment to active",
            "Restore the archived experiment",
            "Kick off the experiment I planned",
            "Unfreeze the experiment",
            "Get the experiment under way again",
            "The experiment is on again",
        )
    ),
    *(
        Example(text, {"status": "archived"})
        for text in (
            "Archive the evening class experiment",
            "Shelve the photo experiment",
            "Drop the cold-call test from my list",
            "Archive my experiment",
            "I give up on this experiment",
            "Put the experiment away",
            "Remove the trial from my list",
            "I no longer want to do the experiment",
            "Abandon the experiment",
        )
    ),
    *(
        Example(text, {"status": "reviewed"})
        for text in (
            "Mark the coffee chats as reviewed",
            "I have reviewed the experiment",
            "Set the experiment to reviewed",
            "The review of the experiment is done",
        )
    ),
]

COMPLETE: list[str | Example] = [
    "Complete the email experiment",
    "Mark the coffee chats as done",
    "I finished my experiment",
    "The writing experiment is complete",
    "I'm done with the shadowing test",
    "Close the experiment: two people answered and one offered a call",
    "Wrap up my experiment",
    "My experiment is over, here is what came of it",
    "Finish the newsletter test",
    "That experiment has run its course",
    "We can tick off the volunteering experiment",
    "Set the coffee chats to completed",
    "I completed the evening class experiment: twelve people came",
    "End the experiment with the result: three replies",
    "Experiment finished",
    "The trial is through, I got my answer",
    "Conclude the cold-call experiment",
    "I've seen the test through to the end",
    "Mark it complete: I enjoyed it more than I thought",
    "The experiment ended yesterday",
    "Close out the mentoring experiment",
    "Mark the experiment as finished",
    "Experiment done: two replies",
    "I have run the test to the end",
]
