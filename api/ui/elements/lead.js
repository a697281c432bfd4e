// A lead as the record has it, and the texts that were made for it, to be reviewed.

import * as api from "../api.js";
import { button, h, icon, setRendered } from "../dom.js";
import { ledgerName, moment, preciseMoment } from "../words.js";

const KINDS = {
  proposal: "Proposal",
  positioning: "Positioning brief",
  enrichment: "Enrichment",
  notes: "Notes",
};

/** Emits "menu" when the list of conversations is asked for, "ask" (detail: a question). */
class Lead extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    const menu = button(
      icon("menu"),
      () => this.dispatchEvent(new Event("menu")),
      { label: "Conversations", class: "button quiet icon-only menu-button" },
    );
    this.heading = h("h1", { tabindex: "-1" });
    this.ask = button("Ask about this", () => this.#ask(), { class: "button outlined small" });
    this.body = h("div", { class: "record" });
    this.append(
      h("header", { class: "chat-head" }, menu, this.heading, this.ask),
      h("div", { class: "scroller", tabindex: "0" }, this.body),
    );
  }

  /** Shows the lead of that id as it is now. */
  async open({ leadId }) {
    this.leadId = leadId;
    this.#title("Lead");
    this.ask.hidden = true;
    this.body.replaceChildren(skeleton());
    try {
      const [lead, { artifacts }] = await Promise.all([api.lead(leadId), api.leadTexts(leadId)]);
      if (leadId !== this.leadId) return;
      if (lead.data.id) this.#draw(lead, artifacts);
      else this.#problem("This lead is not here", "It may have been removed.");
    } catch (error) {
      this.#problem("The lead could not be read", error.detail ?? "This page made a mistake.");
      if (!error.detail) throw error;
    }
  }

  focusHeading() {
    this.heading.focus({ preventScroll: true });
  }

  #ask() {
    const question = `How does ${this.heading.textContent} stand?`;
    this.dispatchEvent(new CustomEvent("ask", { detail: question }));
  }

  #title(text) {
    this.heading.textContent = text;
    document.title = `${text} – Mosaic`;
  }

  #draw({ facts, missing, data, as_of: at }, artifacts) {
    this.#title(data.title);
    this.ask.hidden = false;
    this.body.replaceChildren(
      h("p", { class: "record-as-of", title: preciseMoment(at) }, `As of ${moment(at)}`),
      listOf("On record", facts.map(factRow)),
      ...artifacts.map(textOf),
      missing.length > 0 && listOf("Missing", missing.map(missingRow)),
    );
  }

  #problem(title, text) {
    this.body.replaceChildren(h(
      "div",
      { class: "problem", role: "alert" },
      h("h2", {}, title),
      h("p", {}, text),
      button("Try again", () => this.open({ leadId: this.leadId }), { kind: "outlined" }),
    ));
  }
}

function listOf(title, rows) {
  return h("section", {}, h("h2", {}, title), h("ul", { class: "record-rows" }, ...rows));
}

function factRow({ statement, ledger }) {
  return h("li", {}, statement, " ", h("span", { class: "approval-source" }, ledgerName(ledger)));
}

function missingRow({ need, why_it_matters: why }) {
  return h("li", {}, `${need}. `, h("span", { class: "record-why" }, why));
}

/** A text somebody or something wrote: shown as it is, and as nothing more than words. */
function textOf({ type, title, html, created_at: at }) {
  const words = h("div", { class: "prose record-text", dir: "auto" });
  setRendered(words, html);
  return h(
    "section",
    { id: type },
    h("h2", {}, KINDS[type] ?? type),
    h("p", { class: "record-as-of" }, `${title}, written ${moment(at)}`),
    words,
  );
}

function skeleton() {
  const bones = ["short", "long", "middle", "long"].map((width) => h("span", { class: `bone ${width}` }));
  return h("div", { class: "skeleton", role: "img", "aria-label": "Opening the lead" }, ...bones);
}

customElements.define("mosaic-lead", Lead);
