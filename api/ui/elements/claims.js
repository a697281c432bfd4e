// The marked claims in an answer: what hovering or focusing one shows.

import { h } from "../dom.js";
import { ledgerName, moment, valueWithUnit } from "../words.js";
import { checkLine } from "./receipt-rows.js";

const OPEN_AFTER_MS = 120;
const CLOSE_AFTER_MS = 160;

/** Makes the claims of a rendered answer reachable and named for assistive technology. */
export function prepareClaims(root, receipt) {
  for (const span of root.querySelectorAll(".claim")) {
    const item = itemOf(receipt, span.dataset.claim);
    if (!item || span.tabIndex !== 0) continue;
    if (!span.querySelector("a")) span.setAttribute("role", "button");
    span.setAttribute(
      "aria-roledescription",
      item.kind === "known" ? "known claim" : "inferred claim",
    );
  }
}

/** Shows in the text which claims no longer hold, after a check. */
export function markStale(root, receipt) {
  for (const span of root.querySelectorAll(".claim")) {
    const state = itemOf(receipt, span.dataset.claim)?.check?.state;
    span.classList.toggle("stale", state === "changed" || state === "gone");
  }
}

/** The receipt's item of that id, with its kind; null when there is none. */
export function itemOf(receipt, id) {
  const known = receipt?.known.find((item) => item.id === id);
  if (known) return { kind: "known", ...known };
  const inferred = receipt?.inferred.find((item) => item.id === id);
  return inferred ? { kind: "inferred", ...inferred } : null;
}

/**
 * One card for all claims below `root`. `receiptOf(span)` gives the receipt of a claim's answer;
 * `onOpen(span, id)` is called when a claim is chosen with Enter or a click.
 */
export class ClaimCard {
  constructor(root, { receiptOf, onOpen }) {
    this.receiptOf = receiptOf;
    this.onOpen = onOpen;
    this.current = null;
    this.card = h(
      "div",
      { class: "claim-card", id: "claim-card", role: "tooltip", popover: "manual" },
    );
    root.append(this.card);
    root.addEventListener("mouseover", (event) => this.#point(claimAt(event)));
    root.addEventListener("focusin", (event) => this.#focus(claimAt(event)));
    root.addEventListener("click", (event) => this.#choose(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("scroll", () => this.hide(), { capture: true, passive: true });
  }

  #point(span) {
    clearTimeout(this.timer);
    const inside = this.card.matches(":hover");
    const leaves = !span && !inside && this.current && this.current !== document.activeElement;
    const opens = span && span !== this.current;
    if (opens) this.timer = setTimeout(() => this.#show(span), OPEN_AFTER_MS);
    if (leaves) this.timer = setTimeout(() => this.hide(), CLOSE_AFTER_MS);
  }

  #focus(span) {
    clearTimeout(this.timer);
    if (span?.matches(":focus-visible")) this.#show(span);
    else this.hide();
  }

  #choose(event) {
    const span = claimAt(event);
    if (!span || event.target.closest("a") || String(getSelection())) return;
    this.hide();
    this.onOpen(span, span.dataset.claim);
  }

  #key(event) {
    if (event.key === "Escape" && this.current) {
      event.stopPropagation();
      this.hide();
    }
    const chosen = event.key === "Enter" || event.key === " ";
    if (chosen && event.target.matches?.(".claim")) {
      event.preventDefault();
      this.#choose(event);
    }
  }

  #show(span) {
    const item = itemOf(this.receiptOf(span), span.dataset.claim);
    if (!item || !span.isConnected) return;
    this.hide();
    this.current = span;
    this.card.replaceChildren(...(item.kind === "known" ? knownCard(item) : inferredCard(item)));
    this.card.showPopover();
    this.#place(span);
    span.setAttribute("aria-describedby", this.card.id);
    this.#light(true);
  }

  hide() {
    clearTimeout(this.timer);
    if (!this.current) return;
    this.#light(false);
    this.current.removeAttribute("aria-describedby");
    this.current = null;
    this.card.hidePopover();
  }

  /** A claim in several pieces lights up as one. */
  #light(on) {
    const answer = this.current.closest(".prose") ?? this.current;
    const id = CSS.escape(this.current.dataset.claim);
    for (const piece of answer.querySelectorAll(`[data-claim="${id}"]`)) {
      piece.classList.toggle("lit", on);
    }
  }

  #place(span) {
    const line = span.getClientRects()[0];
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const left = Math.max(8, Math.min(line.left, innerWidth - width - 8));
    const below = line.bottom + 6;
    const top = below + height > innerHeight - 8 ? Math.max(8, line.top - height - 6) : below;
    this.card.style.left = `${left}px`;
    this.card.style.top = `${top}px`;
  }
}

function claimAt(event) {
  return event.target.closest?.(".claim") ?? null;
}

function knownCard(item) {
  return [
    h("p", { class: "card-kind known" }, "Known"),
    h("p", { class: "card-value" }, valueWithUnit(item.value, item.unit)),
    h("p", { class: "card-what" }, `${item.label} · ${item.subject}`),
    h(
      "dl",
      {},
      h("dt", {}, "Source"),
      h("dd", {}, ledgerName(item.ledger)),
      h("dt", {}, "As of"),
      h("dd", {}, moment(item.as_of)),
    ),
    checkLine(item),
  ].filter(Boolean);
}

function inferredCard(item) {
  return [
    h("p", { class: "card-kind inferred" }, `Inferred · ${item.confidence} confidence`),
    h("p", { class: "card-what" }, item.why),
    checkLine(item),
  ].filter(Boolean);
}
