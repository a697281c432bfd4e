// The inbox: what waits for a decision, and what was decided.

import { approvals } from "../approvals.js";
import { button, h, icon } from "../dom.js";
import { toast } from "./toast.js";
import "./approval.js";

const SECTIONS = {
  pending: "Waiting for a decision",
  ended: "Decided",
};

/** Emits "menu" when the list of conversations is asked for. */
class Inbox extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    const menu = button(
      icon("menu"),
      () => this.dispatchEvent(new Event("menu")),
      { label: "Conversations", class: "button quiet icon-only menu-button" },
    );
    this.heading = h("h1", { tabindex: "-1" }, "Approvals");
    this.body = h("div", { class: "inbox" });
    this.append(
      h("header", { class: "chat-head" }, menu, this.heading),
      h("div", { class: "scroller", tabindex: "0" }, this.body),
    );
    approvals.addEventListener("open", () => !this.hidden && this.#more("pending", { anew: true }));
  }

  /** Shows it as it is now. */
  open() {
    document.title = "Approvals – Mosaic";
    this.lists = {
      pending: { ids: [], next: null, read: false },
      ended: { ids: [], next: null, read: false },
    };
    this.body.replaceChildren(skeleton());
    this.reload();
  }

  async reload() {
    try {
      await Promise.all([this.#read("pending"), this.#read("ended")]);
      this.#draw();
    } catch (error) {
      this.#showProblem(error);
      if (!error.detail) throw error;
    }
  }

  focusHeading() {
    this.heading.focus({ preventScroll: true });
  }

  async #read(status, before = null) {
    const list = this.lists[status];
    const { ids, next } = await approvals.list(status, before);
    // One that was decided here stays where it is until the page is opened again.
    const known = Object.values(this.lists).flatMap((each) => each.ids);
    const fresh = ids.filter((id) => !known.includes(id));
    list.ids = before ? [...list.ids, ...fresh] : [...fresh, ...list.ids];
    if (before || !list.read) list.next = next;
    list.read = true;
  }

  async #more(status, { anew = false } = {}) {
    const list = this.lists[status];
    if (!list.read) return;
    try {
      await this.#read(status, anew ? null : list.next);
      this.#draw();
    } catch (error) {
      if (!anew) toast(error.detail ?? "The rest could not be read. Try again.", "error");
      if (!error.detail) throw error;
    }
  }

  /** Cards that are there stay as they are, with what was typed in them. */
  #draw() {
    this.cards ??= new Map();
    const sections = Object.entries(SECTIONS).map(([status, title]) => this.#section(status, title));
    const active = document.activeElement;
    this.body.replaceChildren(...sections.filter(Boolean));
    if (this.body.contains(active)) active.focus({ preventScroll: true });
  }

  #section(status, title) {
    const { ids, next } = this.lists[status];
    if (!ids.length) return status === "pending" ? empty() : null;
    const more = () => this.#more(status);
    return h(
      "section",
      {},
      h("h2", {}, title),
      h("ul", {}, ...ids.map((id) => h("li", {}, this.#card(id)))),
      next && button("Show more", more, { class: "button outlined small" }),
    );
  }

  #card(id) {
    if (!this.cards.has(id)) {
      const card = document.createElement("mosaic-approval");
      const decide = (approval, decision) => approvals.decide(approval.id, decision);
      card.show(id, decide, { linked: true });
      this.cards.set(id, card);
    }
    return this.cards.get(id);
  }

  #showProblem(error) {
    this.body.replaceChildren(h(
      "div",
      { class: "problem", role: "alert" },
      h("h2", {}, "The approvals could not be read"),
      h("p", {}, error.detail ?? "Something on this page went wrong."),
      button("Try again", () => this.open(), { kind: "outlined" }),
    ));
  }
}

function empty() {
  return h(
    "section",
    { class: "inbox-empty" },
    h("h2", {}, "Nothing waits for a decision"),
    h(
      "p",
      {},
      "What only a person may decide, Mosaic never does by itself: to approve or reject a lead, ",
      "to start a build, to record a proposal as sent, to switch a flag. It proposes it here and ",
      "in the conversation, with its reasons and facts, and waits.",
    ),
    h("p", {}, "Ask for one in a conversation: “Start the Oak build.”"),
    h("a", { class: "button outlined", href: "/" }, "New conversation"),
  );
}

function skeleton() {
  const bones = ["short", "long", "middle", "long"].map((width) => h("span", { class: `bone ${width}` }));
  return h("div", { class: "skeleton", role: "img", "aria-label": "Opening the approvals" }, ...bones);
}

customElements.define("mosaic-inbox", Inbox);
