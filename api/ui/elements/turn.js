// One turn: the question, the steps, the answer as it grows and then as it is, and its receipt.

import { announce } from "../announce.js";
import { button, h, icon, setRendered } from "../dom.js";
import { GrowingText } from "../growing.js";
import { answerText, fold, isOpen, newRun } from "../run.js";
import { placeOf } from "../router.js";
import { follow } from "../stream.js";
import { moment, preciseMoment } from "../words.js";
import { markStale, prepareClaims } from "./claims.js";
import { toast } from "./toast.js";
import "./approval.js";
import "./receipt.js";
import "./steps.js";

const STOPPED = "Stopped. What was written is kept.";
const STOPPED_EARLY = "Stopped before anything was written.";

/** Emits "askagain" and "edit" (bubbling, detail: the turn) where an answer failed. */
class Turn extends HTMLElement {
  /** Shows a turn; `update` follows it as it changes. `decide` decides an approval of it. */
  show(turn, decide = null) {
    this.turn = turn;
    this.decide = decide;
    this.parts = new Map();
    this.steps = h("mosaic-steps", {});
    this.prose = h("div", { class: "answer-parts" });
    this.approvals = h("div", { class: "answer-approvals" });
    this.note = h("div", { class: "answer-note", hidden: true });
    this.foot = h("div", { class: "answer-foot" });
    this.append(
      ...(turn.question === null ? [] : [questionOf(turn)]),
      h(
        "div",
        { class: "answer" },
        h("h2", { class: "visually-hidden" }, "Answer"),
        this.steps,
        this.prose,
        this.approvals,
        this.note,
        this.foot,
      ),
    );
    this.#draw();
  }

  /** Draws what changed, once per frame. */
  update() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.#draw();
    });
  }

  /** Marks the turn as waiting for the one above it. */
  set queued(queued) {
    if (this.isQueued === queued) return;
    this.isQueued = queued;
    this.update();
  }

  /** Opens the receipt at a claim. */
  openReceipt(id) {
    this.receipt?.openAt(id);
  }

  #draw() {
    const { run } = this.turn;
    this.steps.show(run.steps);
    this.#drawParts(run);
    this.#drawApprovals(run);
    this.classList.toggle("open", isOpen(run));
    this.#drawNote(run);
    this.#drawFoot(run);
  }

  #drawParts(run) {
    const current = new Set(run.parts.filter((part) => !part.isCard));
    for (const [part, shown] of this.parts) {
      if (current.has(part)) continue;
      shown.host.remove();
      this.parts.delete(part);
    }
    for (const part of run.parts.filter((one) => !one.isCard)) {
      if (!this.parts.has(part)) this.parts.set(part, this.#newPart());
      const shown = this.parts.get(part);
      if (part.html !== null && shown.html !== part.html) {
        shown.html = part.html;
        shown.host.classList.remove("growing");
        setRendered(shown.host, part.html);
        prepareClaims(shown.host, run.receipt);
      } else if (shown.html === null && shown.length !== part.text.length) {
        shown.growing.show(part.text);
      }
      shown.length = part.text.length;
    }
  }

  /** One card for each thing it has stopped for, once; a card follows its approval by itself. */
  #drawApprovals(run) {
    for (const id of run.approvals.slice(this.approvals.childElementCount)) {
      const card = h("mosaic-approval");
      card.show(id, this.decide);
      this.approvals.append(card);
    }
  }

  #newPart() {
    const host = h("div", { class: "prose growing", dir: "auto" });
    this.prose.append(host);
    return { host, growing: new GrowingText(host), html: null, length: 0 };
  }

  #drawNote(run) {
    const key = [run.status, run.error, run.notice, Boolean(run.card)].join("|");
    if (key === this.noteKey) return;
    this.noteKey = key;
    if (run.card) this.#drawCard();
    const notes = [
      run.notice && h("p", {}, run.notice),
      run.status === "cancelled" && h("p", {}, run.parts.length ? STOPPED : STOPPED_EARLY),
      run.status === "failed" && this.#failure(run),
    ].filter(Boolean);
    this.note.hidden = notes.length === 0;
    this.note.replaceChildren(...notes);
  }

  /** The fixed text for a crisis; where it was just said, it is spoken at once. */
  #drawCard() {
    this.classList.add("card");
    if (!this.watched) return;
    this.prose.setAttribute("role", "alert");
    this.prose.replaceChildren(...this.prose.children);
  }

  #failure(run) {
    const [words, act] = run.refused ? ["Edit and send again", "edit"] : ["Ask again", "askagain"];
    const again = button(words, () => this.#emit(act), { class: "button small outlined" });
    const kept = run.parts.length > 0 && run.error ? " What was written is kept." : "";
    return h(
      "div",
      { class: "failure", role: "alert" },
      icon("alert"),
      h("p", {}, `${run.error ?? ""}${kept}`),
      this.turn.question !== null && again,
    );
  }

  #drawFoot(run) {
    if (isOpen(run)) return this.#drawWorking(run);
    this.foot.classList.remove("said-above");
    if (run.receipt && this.shownReceipt !== run.receipt) {
      this.shownReceipt = run.receipt;
      this.receipt = h("mosaic-receipt");
      this.receipt.show(
        run.receipt,
        answerText(run),
        { steps: run.steps.length === 0 && run.receipt.sources.length > 0 },
      );
      this.receipt.addEventListener("checked", () => markStale(this.prose, run.receipt));
      this.receipt.addEventListener("showclaim", (event) => this.#showClaim(event.detail));
      this.receipt.addEventListener("showsteps", () => this.#readSteps());
      this.foot.replaceChildren(...pageLinks(run.receipt), this.receipt);
    } else if (!run.receipt) {
      this.foot.replaceChildren();
    }
    this.working = null;
  }

  #drawWorking(run) {
    this.watched = true;
    if (!this.working) {
      this.working = h("p", { class: "working" });
      this.foot.replaceChildren(this.working);
    }
    const lost = run.link === "lost";
    const text = lost ? lostText(run) : this.isQueued ? "Waiting for the answer above" : run.doing;
    this.working.dataset.link = run.link;
    const saidAbove = run.doing === "Answering" || run.steps.some((step) => !step.done);
    this.foot.classList.toggle("said-above", saidAbove && !lost && !this.isQueued);
    if (this.working.textContent !== text) this.working.textContent = text;
    announce(lost ? text : `${text}…`);
  }

  /** For an answer that was not watched: its steps, read from the tape of its run. */
  async #readSteps() {
    const past = newRun(this.turn.runId);
    try {
      await follow({
        runId: past.id,
        onEvent: (event) => fold(past, event),
        onLink: () => {},
        signal: AbortSignal.timeout(15_000),
      });
      this.steps.show(past.steps);
      this.steps.querySelector("button")?.focus();
    } catch (error) {
      toast(error.detail ?? "The steps could not be read. Try again.", "error");
    }
  }

  #showClaim(id) {
    const span = this.prose.querySelector(`[data-claim="${CSS.escape(id)}"][tabindex]`);
    span?.scrollIntoView({ block: "center" });
    span?.focus({ preventScroll: true, focusVisible: true });
  }

  #emit(type) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: this.turn }));
  }
}

/** The pages where what is missing can be found or done, each once. */
function pageLinks({ missing }) {
  const targets = missing.filter((item) => item.how_to_get === "page").map((item) => item.target);
  const ours = [...new Set(targets)].filter((path) => path && placeOf(path).name === "lead");
  if (!ours.length) return [];
  const link = (path) =>
    h("a", { class: "button outlined small", href: path }, "Open the lead", icon("arrow"));
  return [h("p", { class: "answer-links" }, ...ours.map(link))];
}

function questionOf(turn) {
  return h(
    "div",
    { class: "question" },
    h("h2", { class: "visually-hidden" }, "You asked"),
    h("p", { class: "bubble", dir: "auto" }, turn.question),
    h("time", { datetime: turn.askedAt, title: preciseMoment(turn.askedAt) }, moment(turn.askedAt)),
  );
}

function lostText(run) {
  const unsent = run.status === "sending";
  if (navigator.onLine) {
    return `${unsent ? "Mosaic cannot be reached" : "The connection was lost"}. Trying again…`;
  }
  const what = unsent ? "This will be sent" : "The answer goes on and will be here";
  return `You are offline. ${what} when you are back.`;
}

customElements.define("mosaic-turn", Turn);
