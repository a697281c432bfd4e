// One conversation: its turns, and the runs that answer them, kept in step with the service.

import * as api from "./api.js";
import { approvals, isPending } from "./approvals.js";
import { follow } from "./stream.js";
import { fold, isOpen, newRun, settle, storedRun } from "./run.js";
import { newId } from "./ids.js";
import { tabs } from "./tabs.js";

/**
 * Emits "turns" when turns come or go, "turn" (detail: the turn) when one changes, "state" when
 * `state` ("loading", "ready", "missing", "failed") or the title does.
 *
 * A turn is `{runId, number, question, askedAt, run}`; `question` is null where its page is not
 * loaded and where a decision, not a question, made the run go on. `number` is its place in the
 * conversation, Infinity until the service has said it.
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
    const unlisten = tabs.listen("asked", (asked) => this.#askedElsewhere(asked));
    const decided = ({ detail }) => this.#decidedElsewhere(detail);
    approvals.addEventListener("change", decided);
    this.unlisten = () => {
      unlisten();
      approvals.removeEventListener("change", decided);
    };
  }

  /** The turns whose answer is still being made. */
  get open() {
    return this.turns.filter((turn) => isOpen(turn.run));
  }

  /** The approval it waits for: the first open one; null when there is none. */
  get waitsFor() {
    const asked = this.turns.flatMap((turn) => turn.run.approvals);
    return asked.map((id) => approvals.get(id)).find((card) => isPending(card)) ?? null;
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
      for (const card of page.approvals) approvals.take(card);
      this.#merge(page);
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
    this.#merge(page);
  }

  /** Asks. The turn is there at once; the service is told, again and again if need be. */
  ask(text) {
    this.isNew = false;
    this.title ||= text.length > 60 ? `${text.slice(0, 59)}…` : text;
    const turn = this.#begin(text);
    const start = { threadId: this.id, runId: turn.runId, messageId: newId(), text };
    this.#follow(turn, start);
    return turn;
  }

  /**
   * Decides an approval that a run of this conversation has stopped for. The last one of a run
   * makes it go on, here. Resolves when the decision has arrived; throws Problem when it is
   * refused.
   */
  async decide(approval, decision) {
    const asked = this.turns.find((turn) => turn.run.approvals.includes(approval.id));
    const beside = (asked?.run.approvals ?? []).filter((id) => id !== approval.id);
    if (!asked || beside.some((id) => isPending(approvals.get(id)))) {
      await approvals.decide(approval.id, decision);
      return;
    }
    const turn = this.#begin(null);
    turn.run.doing = "Passing on the decision";
    const resume = [{ interruptId: approval.id, status: "resolved", payload: decision }];
    const start = { threadId: this.id, runId: turn.runId, resume };
    try {
      await new Promise((resolve, reject) => this.#follow(turn, start, { resolve, reject }));
    } catch (error) {
      this.drop(turn);
      throw error;
    } finally {
      await approvals.decided(approval.id);
    }
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

  #begin(question) {
    const runId = newId();
    const askedAt = new Date().toISOString();
    const turn = { runId, number: Infinity, question, askedAt, run: newRun(runId) };
    this.turns.push(turn);
    this.#emit("turns");
    return turn;
  }

  /** Takes in what the service has of the conversation; what is under way here stays as it is. */
  #merge({ messages, active_runs: active }) {
    const known = new Map(this.turns.map((turn) => [turn.runId, turn]));
    const read = new Map(turnsOf(messages).map((turn) => [turn.runId, turn]));
    for (const { id, turn: number } of active) {
      const askedAt = new Date().toISOString();
      const going = { runId: id, number, question: null, askedAt, run: openRun(id) };
      if (!read.has(id)) read.set(id, going);
    }
    const found = [...read.values()].filter((turn) => !known.has(turn.runId));
    for (const [id, { number }] of read) if (known.has(id)) known.get(id).number = number;
    this.turns = [...this.turns, ...found].sort(byNumber);
    this.#emit("turns");
    for (const turn of found) if (isOpen(turn.run)) this.#follow(turn);
  }

  /** Follows a run. `begun` (`resolve`, `reject`) hears whether the service has accepted it. */
  async #follow(turn, start = null, begun = null) {
    const { run } = turn;
    const changed = () => this.#emit("turn", turn);
    try {
      await follow({
        runId: turn.runId,
        start,
        signal: this.stopping.signal,
        onLink: (link) => {
          if (link === "live" && run.status === "sending") {
            this.#accepted(turn, start);
            begun?.resolve();
          }
          run.link = link;
          changed();
        },
        onEvent: (event) => {
          this.#hear(turn, event);
          changed();
          if (!isOpen(run)) this.#emit("ended", turn);
        },
      });
    } catch (error) {
      if (begun && run.status === "sending") {
        begun.reject(error);
        return;
      }
      run.status = "failed";
      run.doing = "";
      run.refused = start !== null && run.parts.length === 0;
      run.error = error.detail ?? "This page made a mistake while reading the answer. Reload it.";
      changed();
      this.#emit("ended", turn);
      if (error.code === "interrupt_open") this.load();
      if (!error.detail) throw error;
    }
  }

  #hear(turn, event) {
    const isOther = event.type === "RUN_STARTED" && event.runId && event.runId !== turn.runId;
    if (isOther && this.turns.some((other) => other.runId === event.runId)) this.drop(turn);
    if (isOther) turn.runId = event.runId;
    if (event.activityType === "approval") approvals.take(event.content);
    fold(turn.run, event);
    for (const asked of this.turns) {
      if (asked.run.status !== "interrupted") continue;
      settle(asked.run, event);
      this.#emit("turn", asked);
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
    const turn = { runId, number: Infinity, question, askedAt, run: newRun(runId) };
    this.turns.push(turn);
    this.#emit("turns");
    this.#follow(turn);
  }

  /** Where an approval was decided in another place, the run goes on: soon, but not at once. */
  async #decidedElsewhere(id) {
    const asked = this.turns.find((turn) => turn.run.approvals.includes(id));
    if (!asked || isPending(approvals.get(id))) return;
    for (let wait = 250; wait < 10_000 && asked === this.turns.at(-1) && !this.closed; wait *= 2) {
      await this.load();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
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
      const { turn: number, created_at: askedAt } = message;
      turns.set(key, { runId: key, number, question: null, askedAt, answers: [] });
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

/** Two that both have no number yet stay in the order they were asked in. */
function byNumber(a, b) {
  return Number(a.number > b.number) - Number(a.number < b.number);
}

function openRun(id) {
  return { ...newRun(id), doing: "Thinking" };
}
