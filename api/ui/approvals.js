// The approvals as the service has them: one store for the conversation, the inbox and the badge.

import * as api from "./api.js";
import { tabs } from "./tabs.js";

/** Whether an approval still takes a decision. */
export function isPending(approval, now = Date.now()) {
  return approval?.status === "pending" && Date.parse(approval.expires_at) > now;
}

/**
 * Emits "change" (detail: the id) when an approval becomes known or another one, and "open" when
 * the number of open ones does. `open` is that number, null before it was read.
 */
class Approvals extends EventTarget {
  constructor() {
    super();
    this.clear();
    tabs.listen("decided", () => this.refresh());
  }

  /** Forgets everything, as at log-out. */
  clear() {
    this.cards = new Map();
    this.open = null;
  }

  /** Those known here as pending. */
  get waiting() {
    return [...this.cards.values()].filter((card) => card.status === "pending");
  }

  get(id) {
    return this.cards.get(id) ?? null;
  }

  /** Takes an approval in. What has ended never becomes pending again: such news is old. */
  take(card) {
    const known = this.cards.get(card.id);
    if (known && known.status !== "pending" && card.status === "pending") return;
    this.cards.set(card.id, { ...known, ...card });
    const changed = known?.status !== card.status || String(known.changed) !== String(card.changed);
    if (changed) this.dispatchEvent(new CustomEvent("change", { detail: card.id }));
  }

  /** Reads how many are open, and again each one that was pending here. Stays silent where the
   * service cannot be reached: what is shown is then as old as it was. */
  async refresh() {
    try {
      const { open } = await api.approvals({ limit: 1 });
      this.#count(open);
      await Promise.all(this.waiting.map((card) => this.read(card.id)));
    } catch (error) {
      if (!error.detail) throw error;
    }
  }

  /** Reads one whole: with its `response_schema` and what has `changed`. Throws Problem or
   * Unreachable. */
  async read(id) {
    const card = await api.approval(id);
    this.take(card);
    return card;
  }

  /** Reads a page of the open ones or of those that ended: `{ids, next}`. Throws likewise. */
  async list(status, before = null) {
    const page = await api.approvals({ status, before });
    this.#count(page.open);
    for (const card of page.approvals) this.take(card);
    return { ids: page.approvals.map((card) => card.id), next: page.next };
  }

  /** Decides outside a conversation; the run that asked goes on by itself. Throws likewise. */
  async decide(id, decision) {
    try {
      this.take(await api.decideApproval(id, decision));
    } finally {
      await this.decided(id);
    }
  }

  /** Reads again what a decision, made here or refused, has led to. */
  async decided(id) {
    tabs.tell("decided");
    try {
      await this.read(id);
    } catch (error) {
      if (!error.detail) throw error;
    }
    await this.refresh();
  }

  #count(open) {
    if (open === this.open) return;
    this.open = open;
    this.dispatchEvent(new Event("open"));
  }
}

export const approvals = new Approvals();
