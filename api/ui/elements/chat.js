// The conversation: transcript, composer, and what holds them together.

import { announce } from "../announce.js";
import { exportPath } from "../api.js";
import { approvals, isPending } from "../approvals.js";
import { Conversation } from "../conversation.js";
import { button, h, icon } from "../dom.js";
import { threadPath } from "../router.js";
import { answerText } from "../run.js";
import { StickToEnd } from "../scroll.js";
import { drafts, session } from "../session.js";
import { tabs } from "../tabs.js";
import { threads } from "../threads.js";
import { count } from "../words.js";
import { ClaimCard } from "./claims.js";
import { toast } from "./toast.js";
import { reminders, stateView } from "./transcript.js";
import { disclosure, welcome } from "./welcome.js";
import "./composer.js";
import "./turn.js";

/** Emits "menu" when the list of conversations is asked for. */
class Chat extends HTMLElement {
  connectedCallback() {
    if (this.built) return;
    this.built = true;
    this.elements = new Map();
    this.heading = h("h1", { tabindex: "-1" });
    this.exportLink = h(
      "a",
      { class: "button quiet small", download: true, hidden: true },
      "Export",
    );
    this.note = h("span", { class: "chat-note", hidden: true }, "Not remembered");
    this.list = h(
      "div",
      { class: "transcript", role: "log", "aria-live": "off", "aria-label": "Conversation" },
    );
    this.scroller = h("div", { class: "scroller", tabindex: "-1" }, this.list);
    this.pillText = h("span", {}, "Jump to latest");
    this.pill = button(
      [icon("down"), this.pillText],
      () => this.#follow(),
      { class: "button pill" },
    );
    this.pill.hidden = true;
    this.composer = h("mosaic-composer");
    this.menu = button(
      icon("menu"),
      () => this.dispatchEvent(new Event("menu")),
      { label: "Conversations", class: "button quiet icon-only menu-button" },
    );
    this.append(
      h("header", { class: "chat-head" }, this.menu, this.heading, this.note, this.exportLink),
      this.scroller,
      h("div", { class: "chat-foot" }, this.pill, this.composer),
    );
    this.stick = new StickToEnd(this.scroller, this.list);
    this.stick.addEventListener("change", () => this.#drawPill());
    this.card = new ClaimCard(this, {
      receiptOf: (span) => span.closest("mosaic-turn")?.turn.run.receipt ?? null,
      onOpen: (span, id) => span.closest("mosaic-turn")?.openReceipt(id),
    });
    this.scroller.addEventListener("scroll", () => this.#drawPill(), { passive: true });
    this.#listen();
  }

  /** Shows a conversation; null begins a new one. */
  open(threadId) {
    if (this.conversation?.id === threadId) return;
    this.conversation?.close();
    this.conversation = new Conversation(threadId, { unsent: drafts.read(threadId) !== "" });
    this.elements.clear();
    this.card.hide();
    this.composer.thread = threadId;
    const isClient = session.user.role === "client";
    this.composer.placeholder = isClient ? "Write to your coach" : "Ask about the business";
    const heard = this.conversation;
    const on = (type, act) =>
      heard.addEventListener(type, ({ detail }) => heard === this.conversation && act(detail));
    on("turns", () => this.#drawTurns());
    on("turn", (turn) => this.#drawTurn(turn));
    on("state", () => this.#drawTurns());
    heard.addEventListener("accepted", ({ detail }) => this.#accepted(heard, detail));
    heard.addEventListener("ended", ({ detail }) => this.#ended(heard, detail));
    this.#drawTurns();
    this.stick.toEnd();
    heard.load();
  }

  /** Reads again what may have changed while nobody looked. */
  refresh() {
    if (this.conversation?.state === "ready") this.conversation.load();
  }

  focusComposer() {
    this.composer.focus();
  }

  /** Puts a text into the message box, ready to be gone on with. */
  fill(text) {
    this.composer.fill(text);
  }

  /** Brings the card of an open approval into view. Its buttons are left to the reader. */
  showApproval() {
    const card = this.#openCard();
    card?.scrollIntoView({ block: "start" });
    card?.focus({ preventScroll: true });
  }

  /** Asks; a new conversation gets its address with its first question. */
  ask(text) {
    if (this.conversation.state === "missing") this.open(null);
    const { conversation } = this;
    const first = conversation.isNew;
    const turn = conversation.ask(text);
    drafts.keep(conversation.id, text);
    if (first) {
      drafts.keep(null, "");
      history.pushState(null, "", threadPath(conversation.id));
      this.composer.threadId = conversation.id;
    }
    threads.touch(conversation.id, conversation.title, turn.runId);
    this.stick.toEnd();
  }

  async stop() {
    if (!this.conversation?.open.length) return;
    try {
      await this.conversation.stop();
    } catch (error) {
      toast(error.detail ?? "The answer could not be stopped. Try again.", "error");
    }
  }

  #listen() {
    threads.addEventListener("change", () => this.#takeListed());
    approvals.addEventListener("change", () => this.conversation && this.#drawBusy());
    this.composer.addEventListener("showapproval", () => this.showApproval());
    this.composer.addEventListener("send", ({ detail }) => this.ask(detail));
    this.composer.addEventListener("stop", () => this.stop());
    this.addEventListener("reading", () => this.stick.release());
    this.addEventListener("suggest", ({ detail }) => this.composer.fill(detail));
    this.addEventListener("askagain", ({ detail }) => this.ask(detail.question));
    this.addEventListener("edit", ({ detail }) => {
      this.conversation.drop(detail);
      this.composer.fill(detail.question);
    });
  }

  #drawTurns() {
    const { conversation } = this;
    this.#drawTitle();
    this.exportLink.hidden = conversation.isNew || conversation.state !== "ready";
    this.exportLink.href = exportPath(conversation.id);
    this.list.replaceChildren(...this.#content());
    this.#drawBusy();
  }

  /** The way back to the end, while something is still being written there; or to the card of
   * an approval that is out of sight. */
  #drawPill() {
    const card = this.#openCard();
    this.pillText.textContent = card ? "Approval needed" : "Jump to latest";
    this.pill.classList.toggle("needed", card !== null);
    const nothingThere = !(this.conversation?.open.length || this.stick.isFar);
    this.pill.hidden = this.stick.stuck || (card ? this.stick.shows(card) : nothingThere);
  }

  #openCard() {
    const id = this.conversation?.waitsFor?.id;
    return id ? this.list.querySelector(`mosaic-approval[data-approval="${CSS.escape(id)}"]`) : null;
  }

  #follow() {
    if (this.#openCard()) this.showApproval();
    else this.stick.toEnd();
  }

  #drawTitle() {
    const { title } = this.conversation;
    const untitled = this.conversation.isNew ? "New conversation" : "Conversation";
    this.heading.textContent = title || untitled;
    this.note.hidden = this.#listed()?.remembered !== false;
    document.title = title ? `${title} – Mosaic` : "Mosaic";
  }

  #listed() {
    return threads.items.find((item) => item.id === this.conversation?.id);
  }

  /** The list knows the title, and what is not remembered, as the service has them. */
  #takeListed() {
    const listed = this.#listed();
    if (!listed) return;
    this.conversation.title = listed.title || this.conversation.title;
    this.#drawTitle();
  }

  #content() {
    const { conversation } = this;
    const { role } = session.user;
    const about = { role, coach: session.config.coach, provider: session.config.model.provider };
    if (conversation.state !== "ready") return [stateView(conversation, () => conversation.load())];
    if (conversation.isNew) return [welcome({ ...about, onAsk: (text) => this.ask(text) })];
    const top = conversation.next === null ? disclosure(about) : this.#earlier();
    const reminded = role === "client" ? reminders(conversation.turns) : new Map();
    return [
      top,
      ...conversation.turns.flatMap((turn) => [reminded.get(turn.runId), this.#element(turn)]),
    ].filter(Boolean);
  }

  #element(turn) {
    if (!this.elements.has(turn)) {
      const { conversation } = this;
      const element = document.createElement("mosaic-turn");
      element.show(turn, (approval, decision) => conversation.decide(approval, decision));
      this.elements.set(turn, element);
    }
    return this.elements.get(turn);
  }

  #earlier() {
    const more = button("Show earlier messages", async () => {
      more.disabled = true;
      try {
        await this.stick.keepPlace(() => this.conversation.loadEarlier());
      } catch (error) {
        more.disabled = false;
        toast(error.detail ?? "The earlier messages could not be read. Try again.", "error");
      }
    }, { class: "button outlined small earlier" });
    return more;
  }

  #drawTurn(turn) {
    this.elements.get(turn)?.update();
    this.#drawBusy();
  }

  #drawBusy() {
    const { open } = this.conversation;
    this.#drawPill();
    this.composer.busy = open.length > 0;
    this.composer.waitsFor = this.conversation.waitsFor?.act ?? null;
    for (const [index, turn] of open.entries()) {
      const element = this.elements.get(turn);
      if (element) element.queued = index > 0;
    }
  }

  #accepted(conversation, turn) {
    if (drafts.read(conversation.id) === turn.question) drafts.keep(conversation.id, "");
    tabs.tell("threads");
  }

  #ended(conversation, turn) {
    threads.reload();
    if (conversation !== this.conversation) return;
    const { run } = turn;
    if (run.status === "finished" && !run.card) {
      const sources = run.receipt?.sources.filter((source) => source.facts > 0).length ?? 0;
      announce(`Answer ready, ${count(sources, "source")}. ${answerText(run)}`);
    } else if (run.status === "cancelled") {
      announce("Stopped.");
    } else if (run.status === "interrupted") {
      approvals.refresh();
      // Its card is drawn with the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const card = this.#openCard();
        if (card) this.stick.showBeginning(card);
      }));
      const asked = run.approvals.map((id) => approvals.get(id)).filter((card) => isPending(card));
      announce(`Approval needed: ${asked.map((card) => `${card.act}. ${card.summary}`).join(" ")}`);
    }
  }
}

customElements.define("mosaic-chat", Chat);
