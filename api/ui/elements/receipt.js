// The receipt under an answer: what is known, inferred and missing, and whether it still holds.

import * as api from "../api.js";
import { announce } from "../announce.js";
import { button, h, icon, uniqueId } from "../dom.js";
import { count, moment, receiptSummary } from "../words.js";
import { consulted, inferredRow, knownRow, missingRow } from "./receipt-rows.js";
import { toast } from "./toast.js";

const KINDS = ["known", "inferred", "missing"];

/**
 * Emits "showclaim" (detail: the claim's id), "checked" when its items were checked again,
 * "showsteps" when the steps are asked for, and, from its rows, "suggest" (detail: a text).
 */
class ReceiptElement extends HTMLElement {
  /** Shows a receipt. `text` is the answer, for copying; `steps` whether steps can be asked for. */
  show(receipt, text, { steps = false } = {}) {
    this.receipt = receipt;
    this.text = text;
    this.offersSteps = steps;
    this.filter = "all";
    this.facts = null;
    const panelId = uniqueId("receipt");
    this.panel = h("div", { class: "receipt-panel", id: panelId, hidden: true });
    this.summary = h(
      "button",
      {
        type: "button",
        class: "receipt-summary",
        "aria-expanded": "false",
        "aria-controls": panelId,
        "aria-label": `Receipt: ${receiptSummary(receipt)}`,
        on: { click: () => this.#clicked() },
      },
      icon("chevron"),
      ...countsOf(receipt),
    );
    this.verdict = h("p", { class: "receipt-verdict", hidden: true });
    this.check = button(
      [icon("again"), h("span", {}, "Check again")],
      () => this.verify(),
      { label: "Check again", class: "button quiet small check-again" },
    );
    this.check.hidden = receipt.known.length + receipt.inferred.length === 0;
    const copy = button(
      icon("copy"),
      () => this.#copy(),
      { label: "Copy the answer with its receipt", class: "button quiet small icon-only" },
    );
    this.replaceChildren(
      h(
        "div",
        { class: "receipt-foot" },
        this.summary,
        h("span", { class: "receipt-acts" }, this.check, copy),
      ),
      this.verdict,
      this.panel,
    );
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  toggle(open = this.panel.hidden) {
    this.dispatchEvent(new Event("reading", { bubbles: true }));
    if (open && !this.panel.childElementCount) this.#draw();
    this.panel.hidden = !open;
    this.summary.setAttribute("aria-expanded", String(open));
    if (open && this.facts === null) this.reading = this.#readFacts();
  }

  #clicked() {
    this.toggle();
    const scroller = this.closest(".scroller");
    if (!this.isOpen || !scroller) return;
    // As much of it comes into view as leaves the end of the answer there too.
    const view = scroller.getBoundingClientRect();
    const hidden = this.panel.getBoundingClientRect().bottom - view.bottom + 16;
    const room = this.getBoundingClientRect().top - view.top - view.height / 3;
    scroller.scrollBy({ top: Math.max(0, Math.min(hidden, room)) });
  }

  /** Opens at the row of one claim and gives it the focus. */
  async openAt(id) {
    this.filter = "all";
    this.toggle(true);
    await this.reading;
    this.#draw();
    const row = this.panel.querySelector(`[data-item="${CSS.escape(id)}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  }

  /** Reads every source again and says what still holds. */
  async verify() {
    this.check.disabled = true;
    try {
      const { items, checked_at: at } = await api.verifyReceipt(this.receipt.id);
      this.#take(items);
      const sentence = verdictOf(items, at);
      const holds = items.every((item) => item.state === "unchanged");
      this.verdict.textContent = sentence;
      this.verdict.dataset.holds = String(holds);
      this.verdict.hidden = false;
      announce(sentence);
      if (!holds) this.toggle(true);
      if (this.isOpen) this.#draw();
    } catch (error) {
      toast(error.detail ?? "The receipt could not be checked. Try again.", "error");
    } finally {
      this.check.disabled = false;
    }
  }

  /** Keeps what a check found with the items themselves, for the rows and for the text. */
  #take(items) {
    const found = new Map(items.map((item) => [item.id, item]));
    for (const item of [...this.receipt.known, ...this.receipt.inferred]) {
      item.check = found.get(item.id) ?? null;
    }
    this.dispatchEvent(new Event("checked"));
  }

  async #readFacts() {
    this.facts = new Map();
    try {
      const { facts = [] } = await api.receipt(this.receipt.id);
      this.facts = new Map(facts.map((fact) => [fact.id, fact]));
    } catch (error) {
      // The rows stand without their table names; the next opening tries again.
      this.facts = null;
      if (!error.detail) throw error;
      return;
    }
    if (this.isOpen) this.#draw();
  }

  #draw() {
    const { receipt, facts } = this;
    const rows = {
      known: receipt.known.map(
        (item) => knownRow(item, { facts, onShow: () => this.#showClaim(item.id) }),
      ),
      inferred: receipt.inferred.map(
        (item) => inferredRow(item, { facts, receipt, onShow: () => this.#showClaim(item.id) }),
      ),
      missing: receipt.missing.map((item) => missingRow(item)),
    };
    const shown = KINDS.filter((kind) => this.filter === "all" || this.filter === kind);
    const active = document.activeElement;
    const { filter, item } = this.panel.contains(active) ? active.dataset : {};
    this.panel.replaceChildren(
      this.#filters(),
      ...shown.map((kind) => section(kind, rows[kind])),
      consulted(receipt, this.#stepsButton()),
    );
    const row = item && `[data-item="${CSS.escape(item)}"]`;
    const focused = filter ? `[data-filter="${filter}"]` : row;
    if (focused) this.panel.querySelector(focused)?.focus({ preventScroll: true });
  }

  #filters() {
    const choose = (filter) => {
      this.filter = filter;
      this.#draw();
    };
    return h(
      "div",
      { class: "receipt-filters", role: "group", "aria-label": "Show" },
      ...["all", ...KINDS].map((kind) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "data-filter": kind,
            "aria-pressed": String(this.filter === kind),
            on: { click: () => choose(kind) },
          },
          kind === "all" ? "All" : titleOf(kind),
        ),
      ),
    );
  }

  #stepsButton() {
    if (!this.offersSteps) return null;
    return button(
      "Show the steps",
      () => this.dispatchEvent(new Event("showsteps")),
      { class: "button outlined small" },
    );
  }

  #showClaim(id) {
    this.dispatchEvent(new CustomEvent("showclaim", { detail: id }));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(asText(this.text, this.receipt));
      toast("Copied, with its receipt.");
    } catch {
      toast("The browser did not allow copying. Select the text and copy it yourself.", "error");
    }
  }
}

function countsOf(receipt) {
  return KINDS.flatMap((kind, index) => [
    index > 0 && h("span", { class: "dot", "aria-hidden": "true" }, "·"),
    h(
      "span",
      { class: `receipt-count ${kind}`, "data-none": receipt[kind].length === 0 },
      h("b", {}, receipt[kind].length),
      ` ${kind}`,
    ),
  ]);
}

function titleOf(kind) {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

const NONE = {
  known: "Nothing here is bound to a record.",
  inferred: "Nothing was concluded.",
  missing: "Nothing was found missing.",
};

function section(kind, rows) {
  return h(
    "section",
    { class: "receipt-section" },
    h("h3", {}, titleOf(kind), h("span", {}, ` ${rows.length}`)),
    rows.length ? h("ul", {}, ...rows) : h("p", { class: "receipt-none" }, NONE[kind]),
  );
}

function verdictOf(items, at) {
  const counts = { unchanged: 0, changed: 0, gone: 0 };
  for (const item of items) counts[item.state] += 1;
  const found = Object.entries(counts).filter(([, number]) => number > 0);
  const parts = found.map(([state, number]) => `${number} ${state}`);
  const holds = counts.changed + counts.gone === 0;
  const verdict = holds ? `all ${count(items.length, "claim")} still hold` : parts.join(", ");
  return `Checked ${moment(at)}: ${verdict}.`;
}

/** The answer as text, with its receipt as three short lists. */
export function asText(text, receipt) {
  const list = (title, rows) => [
    title,
    ...(rows.length ? rows.map((row) => `- ${row}`) : ["- nothing"]),
  ].join("\n");
  return [
    text.trim(),
    list(
      "Known",
      receipt.known.map(
        (item) => `${item.statement} (${item.ledger}, as of ${moment(item.as_of)})`,
      ),
    ),
    list(
      "Inferred",
      receipt.inferred.map((item) => `${item.statement} (${item.confidence}; ${item.why})`),
    ),
    list("Missing", receipt.missing.map((item) => `${item.need} (${item.why_it_matters})`)),
  ].join("\n\n");
}

customElements.define("mosaic-receipt", ReceiptElement);
