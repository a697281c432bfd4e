"""How people ask to see and change what is remembered of them."""

from __future__ import annotations

from tools.registry import Example

LIST: list[str | Example] = [
    "What do you remember about me?",
    "Show me what you remember",
    "What is in your memory?",
    "List my memories",
    "What have you kept of our conversations?",
    "Which things do you remember of me?",
    "What do you know about me from before?",
    "Show everything that is remembered",
    "Open what I remember",
    "What did you store about me?",
    "Which memories do you have?",
    "Let me see your memory of me",
    "What have you memorised?",
    "Go through what you remember",
    "Read me your memories",
    "What is remembered here?",
    "How much do you remember?",
    "Show the memories you keep",
    "What of mine have you saved in memory?",
    "Tell me what you remember of our talks",
    Example("Show the summaries of our conversations", {"kind": "summary"}),
    Example("List the session summaries", {"kind": "summary"}),
]

CORRECT = [
    "Correct memory 12: I live in Leeds",
    "Memory 7 is wrong: it was in May",
    "Change memory 3 to: I have two children",
    "Fix memory 41: the offer was for four days",
    "Replace memory 9 with: I left in 2019",
    "What you remember in memory 5 is not right: I said Tuesday",
    "Update memory 22: my manager is called Priya",
    "Memory 14 should say: I want part-time work",
    "That memory 8 is false: I never worked there",
    "Please correct what you remember under 17: it is a degree in history",
    "Rewrite memory 6: I prefer mornings",
    "Set memory 2 straight: the course costs 400 euros",
    "Amend memory 30: I moved in June",
    "In memory 11 put: my sister, not my brother",
    "Memory 19 got it wrong: I quit, I was not fired",
    "Make memory 4 read: I am open to relocating",
    "Correct the memory number 25: three years of experience",
    "You misremember in 13: it was my idea",
    "Edit memory 16: I like the quiet work",
    "Put memory 21 right: the interview is on Friday",
]

FORGET = [
    "Forget memory 12",
    "Delete memory 7",
    "Please forget what you remember under 3",
    "Remove memory 41 from your memory",
    "Do not remember 9 any more",
    "Erase memory 5",
    "Drop memory 22",
    "I want you to forget memory 14",
    "Take memory 8 out of your memory",
    "Stop remembering number 17",
    "Wipe memory 6",
    "Don't recall memory 2 again",
    "Never bring up memory 30 again",
    "Let memory 11 go",
    "Clear memory 19",
    "Strike memory 4 from what you remember",
    "Get rid of memory 25",
    "Memory 13 should be forgotten",
    "Unlearn memory 16",
    "Forget the memory number 21",
]

RESTORE = [
    "Restore memory 12",
    "Remember memory 7 again",
    "Bring memory 3 back",
    "Undo forgetting memory 41",
    "Undo the correction of memory 9",
    "I want memory 5 back",
    "Put memory 22 back into your memory",
    "Recover memory 14",
    "Do remember number 8 after all",
    "Take back the correction of memory 17",
    "Unforget memory 6",
    "Memory 2 should be remembered again",
    "Get memory 30 back",
    "Reinstate memory 11",
    "Return memory 19 to what you remember",
    "Keep memory 4 after all",
    "Revert the correction of memory 25",
    "Let memory 13 count again",
    "Bring back the memory number 16",
    "Recall memory 21 again",
]

_OFF = [
    "Do not remember this conversation",
    "Stop remembering this conversation",
    "Keep this conversation off the record",
    "Don't store what we say here in your memory",
    "Switch remembering off here",
    "Turn off memory for this chat",
    "Leave this conversation out of your memory",
    "Forget this whole conversation",
    "This chat should not be remembered",
    "Off the record please",
    "Make this conversation private to this thread",
    "Disable memory in this thread",
]

_ON = [
    "Remember this conversation again",
    "Switch remembering on here",
    "Turn memory back on for this chat",
    "You may remember this conversation",
    "Start remembering this conversation",
    "Let this chat be remembered",
    "Enable memory in this thread",
    "Put this conversation back into your memory",
]

SWITCH = [
    *(Example(text, {"remembered": False}) for text in _OFF),
    *(Example(text, {"remembered": True}) for text in _ON),
]
