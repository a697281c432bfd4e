// One conversation: its turns, and the runs that answer them, kept in step with the service.

import * as api from "./api.js";
import { follow } from "./stream.js";
import { fold, isOpen, newRun, storedRun } from "./run.js";
import { newId } from "./ids.js";
import { tabs } from "./tabs.js";

/**
 * Emits "turns" when turns come or go, "turn" (detail: the turn) when one changes, "state" when
 * `state` ("loading", "ready", "missing", "failed") or the title does.
 *
 * A turn is `{runId, question, askedAt, run}`; `question` is null where its page is not loaded.
 */
export class Conversation extends EventTarget {
  /** `unsent` says that its first question may never have arrived. */
  constructor(id = null, { unsent = false } = {}) {
    super();
    this.unsent = unsent;
    this.id = id ?? newId();
    this.isNew = id === null;
    this.state = this.isNew ? "ready" : "loading";
    this.title = "";
    this.problem = null;
    this.turns = [];
    this.next = null;
    this.closed = false;
    this.stopping = new AbortController();
    this.unlisten = tabs.listen("asked", (asked) => this.#askedElsewhere(asked));
  }

  /** The turns whose answer is still being made. */
  get open() {
    return this.turns.filter((turn) => isOpen(turn.run));
  }

  /** Stops following, once what was asked has arrived. The runs go on without a reader. */
  close() {
    this.closed = true;
    this.unlisten();
    if (!this.turns.some((turn) => turn.run.status === "sending")) this.stopping.abort();
  }

  /** Loads the newest turns, and follows every run that has not ended. */
  async load() {
    if (this.isNew) return;
    try {
      const page = await api.thread(this.id);
      this.title = page.title;
      this.next = page.next;
      // What was asked while the page still loaded stands below what it brings.
      this.#merge(page.messages, this.state === "ready" ? "end" : "start");
      this.#become("ready");
    } catch (error) {
      if (this.state === "ready") return;
      if (this.turns.length || (error.status === 404 && this.unsent)) {
        this.isNew = this.turns.length === 0;
        this.#become("ready");
        return;
      }
      this.problem = error;
      this.#become(error.status === 404 || error.status === 422 ? "missing" : "failed");
    }
  }

  /** Loads the turns before the first one shown. Throws Problem or Unreachable. */
  async loadEarlier() {
    const page = await api.thread(this.id, { before: this.next });
    this.next = page.next;
    this.#merge(page.messages, "start");
  }

  /** Asks. The turn is there at once; the service is told, again and again if need be. */
  ask(text) {
    const turn = { runId: newId(), question: text, askedAt: new Date().toISOString(), run: null };
    turn.run = newRun(turn.runId);
    this.turns.push(turn);
    this.isNew = false;
    this.title ||= text.length > 60 ? `${text.slice(0, 59)}…` : text;
    this.#emit("turns");
    const start = { threadId: this.id, runId: turn.runId, messageId: newId(), text };
    this.#follow(turn, start);
    return turn;
  }

  /** Stops the runs that are open; what they have written stays. Throws Problem or Unreachable. */
  async stop() {
    const open = this.open;
    for (const turn of open) {
      turn.run.doing = "Stopping";
      this.#emit("turn", turn);
    }
    await Promise.all(open.map((turn) => api.cancelRun(turn.runId)));
  }

  /** Takes a turn away whose question the service has refused. */
  drop(turn) {
    this.turns = this.turns.filter((other) => other !== turn);
    this.#emit("turns");
  }

  #merge(messages, where) {
    const known = new Map(this.turns.map((turn) => [turn.runId, turn]));
    const found = turnsOf(messages).filter((turn) => !known.has(turn.runId));
    this.turns = where === "end" ? [...this.turns, ...found] : [...found, ...this.turns];
    this.#emit("turns");
    for (const turn of found) if (isOpen(turn.run)) this.#follow(turn);
  }

  async #follow(turn, start = null) {
    const { run } = turn;
    const changed = () => this.#emit("turn", turn);
    try {
      await follow({
        runId: turn.runId,
        start,
        signal: this.stopping.signal,
        onLink: (link) => {
          if (link === "live" && run.status === "sending") this.#accepted(turn, start);
          run.link = link;
          changed();
        },
        onEvent: (event) => {
          fold(run, event);
          changed();
          if (!isOpen(run)) this.#emit("ended", turn);
        },
      });
    } catch (error) {
      run.status = "failed";
      run.doing = "";
      run.refused = start !== null && run.parts.length === 0;
      run.error = error.detail ?? "This page made a mistake while reading the answer. Reload it.";
      changed();
      this.#emit("ended", turn);
      if (!error.detail) throw error;
    }
  }

  #accepted(turn, start) {
    turn.run.status = "waiting";
    turn.run.doing = "Thinking";
    if (start === null) return;
    this.#emit("accepted", turn);
    const { runId, question, askedAt } = turn;
    tabs.tell("asked", { threadId: this.id, runId, question, askedAt });
    if (this.closed) this.close();
  }

  #askedElsewhere({ threadId, runId, question, askedAt }) {
    if (threadId !== this.id || this.turns.some((turn) => turn.runId === runId)) return;
    const turn = { runId, question, askedAt, run: newRun(runId) };
    this.turns.push(turn);
    this.#emit("turns");
    this.#follow(turn);
  }

  #become(state) {
    this.state = state;
    this.#emit("state");
  }

  #emit(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Stored messages as turns. One without an answer is open: its run says what became of it. */
export function turnsOf(messages) {
  const turns = new Map();
  for (const message of messages) {
    const key = message.run_id;
    if (!turns.has(key)) {
      turns.set(key, { runId: key, question: null, askedAt: message.created_at, answers: [] });
    }
    const turn = turns.get(key);
    if (message.role === "assistant") turn.answers.push(message);
    else Object.assign(turn, { question: message.content, askedAt: message.created_at });
  }
  return [...turns.values()].map(({ answers, ...turn }) => ({
    ...turn,
    run: answers.length ? storedRun(turn.runId, answers) : openRun(turn.runId),
  }));
}

function openRun(id) {
  return { ...newRun(id), doing: "Thinking" };
}
