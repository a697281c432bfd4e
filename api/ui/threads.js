// The list of conversations, as the service has it.

import * as api from "./api.js";
import { tabs } from "./tabs.js";

/** Emits "change". `state` is "loading", "ready" or "failed"; `search` is what is looked for. */
class Threads extends EventTarget {
  constructor() {
    super();
    this.clear();
    tabs.listen("threads", () => this.reload());
  }

  /** Forgets everything, as at log-out. */
  clear() {
    this.items = [];
    this.next = null;
    this.search = "";
    this.state = "loading";
    this.problem = null;
    this.latest = 0;
  }

  /** Looks for conversations whose title holds `search`. */
  find(search) {
    this.search = search;
    return this.reload();
  }

  /** Reads the list again; the newest call wins. */
  async reload() {
    const call = ++this.latest;
    try {
      const page = await api.threads({ search: this.search });
      if (call !== this.latest) return;
      this.items = page.threads;
      this.next = page.next;
      this.state = "ready";
    } catch (error) {
      if (call !== this.latest) return;
      this.problem = error;
      if (!this.items.length) this.state = "failed";
    }
    this.#changed();
  }

  /** Reads the next page. Throws Problem or Unreachable. */
  async more() {
    const page = await api.threads({ search: this.search, before: this.next });
    const known = new Set(this.items.map((item) => item.id));
    this.items = [...this.items, ...page.threads.filter((item) => !known.has(item.id))];
    this.next = page.next;
    this.#changed();
  }

  /** Shows a conversation that was just asked in, before the service lists it. */
  touch(id, title, activeRunId) {
    const before = this.items.find((item) => item.id === id);
    const now = new Date().toISOString();
    const item = {
      created_at: now,
      ...before,
      id,
      title: before?.title || title,
      updated_at: now,
      active_run_id: activeRunId,
    };
    this.items = [item, ...this.items.filter((other) => other.id !== id)];
    this.#changed();
  }

  /** Renames; the list shows it at once, and again as it was if the service refuses. */
  async rename(id, title) {
    await this.#optimistic(
      this.items.map((item) => (item.id === id ? { ...item, title } : item)),
      () => api.renameThread(id, title),
    );
  }

  /** Lets a conversation be remembered or leaves it out, likewise. Throws Problem or Unreachable. */
  async remember(id, remembered) {
    await this.#optimistic(
      this.items.map((item) => (item.id === id ? { ...item, remembered } : item)),
      () => api.rememberThread(id, remembered),
    );
  }

  /** Deletes, likewise. Throws Problem or Unreachable. */
  async remove(id) {
    await this.#optimistic(
      this.items.filter((item) => item.id !== id),
      () => api.deleteThread(id),
    );
  }

  async #optimistic(items, act) {
    const before = this.items;
    this.items = items;
    this.#changed();
    try {
      await act();
      tabs.tell("threads");
    } catch (error) {
      this.items = before;
      this.#changed();
      throw error;
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const threads = new Threads();
