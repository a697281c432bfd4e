"""The crisis screen: before any model, every message of a client is read for danger.

`screen(text, country)` returns a fixed card or None. It works when model, queue and budget are
down; it keeps no text. The rules, the cards and the helplines are the TOML files here.
"""

from agent.crisis.cards import Contact, Crisis
from agent.crisis.screening import screen

__all__ = ["Contact", "Crisis", "screen"]
