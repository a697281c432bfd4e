// What is remembered: read, searched, corrected, forgotten, and brought back within a day.

import { announce } from "../announce.js";
import * as api from "../api.js";
import { button, h, icon, uniqueId } from "../dom.js";
import { session } from "../session.js";
import { count, moment, preciseMoment } from "../words.js";
import { toast } from "./toast.js";

const SEARCH_AFTER_MS = 250;
const LONGEST = 1000;

/** Emits "menu" when the list of conversations is asked for. */
class Memory extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    const menu = button(
      icon("menu"),
      () => this.dispatchEvent(new Event("menu")),
      { label: "Conversations", class: "button quiet icon-only menu-button" },
    );
    this.heading = h("h1", { tabindex: "-1" }, "What I remember");
    this.field = h("input", {
      type: "search",
      placeholder: "Search what is remembered",
      "aria-label": "Search what is remembered",
      autocomplete: "off",
      maxlength: "200",
      on: { input: () => this.#search() },
    });
    this.total = h("p", { class: "memory-total", role: "status" });
    this.list = h("div", { class: "memory-lists" });
    this.append(
      h("header", { class: "chat-head" }, menu, this.heading),
      h("div", { class: "scroller", tabindex: "0" }, h(
        "div",
        { class: "record" },
        h("div", { class: "memory-top" }, introduction(),
          h("div", { class: "search", role: "search", "aria-label": "Remembered" },
            icon("search"), this.field),
          this.total),
        this.list,
      )),
    );
  }

  /** Shows it as it is now. */
  open() {
    document.title = "What I remember – Mosaic";
    this.list.replaceChildren(skeleton());
    return this.#read();
  }

  focusHeading() {
    this.heading.focus({ preventScroll: true });
  }

  #search() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#read(), SEARCH_AFTER_MS);
  }

  /** Reads the first page; the newest call wins. */
  async #read() {
    const call = (this.latest = (this.latest ?? 0) + 1);
    const query = this.field.value.trim();
    try {
      const page = await api.memories({ query });
      if (call === this.latest) this.#draw(page, query);
    } catch (error) {
      if (call === this.latest) this.#showProblem(error);
      if (!error.detail) throw error;
    }
  }

  #draw({ memories, total, next, forgotten }, query) {
    this.rows = h("ul", { class: "memory-rows" }, ...memories.map((item) => this.#row(item)));
    this.total.textContent = total === 0 ? "" : count(total, "passage");
    const more = next && this.#moreButton(next, query);
    const found = memories.length > 0 ? [this.rows, more] : [nothing(query)];
    this.list.replaceChildren(...[
      h("section", {}, ...found),
      !query && forgotten.length > 0 && this.#lately(forgotten),
    ].filter(Boolean));
  }

  #moreButton(next, query) {
    const more = button("Show more", async () => {
      more.disabled = true;
      try {
        const page = await api.memories({ query, before: next });
        this.rows.append(...page.memories.map((item) => this.#row(item)));
        if (page.next) more.replaceWith(this.#moreButton(page.next, query));
        else more.remove();
      } catch (error) {
        more.disabled = false;
        toast(error.detail ?? "The rest could not be read. Try again.", "error");
      }
    }, { class: "button outlined small" });
    return more;
  }

  #row(item) {
    const row = h("li", { class: "memory-row", "data-memory": item.memory_id });
    this.#fill(row, item);
    return row;
  }

  #fill(row, item) {
    const acts = item.yours && h(
      "div",
      { class: "memory-acts" },
      button("Correct", () => this.#edit(row, item), {
        label: `Correct memory ${item.memory_id}`,
        class: "button quiet small",
      }),
      button("Forget", () => this.#forget(row, item), {
        label: `Forget memory ${item.memory_id}`,
        class: "button quiet small",
      }),
    );
    row.replaceChildren(
      h("p", { class: "memory-text", dir: "auto" }, item.text),
      h("div", { class: "memory-foot" }, provenance(item), acts),
    );
  }

  #edit(row, item) {
    const id = uniqueId("correction");
    const problem = h("p", { class: "memory-problem", role: "alert", id: `${id}-problem` });
    const field = h("textarea", {
      id,
      rows: "3",
      maxlength: String(LONGEST),
      dir: "auto",
      "aria-describedby": `${id}-problem`,
    });
    field.value = item.text.slice(0, LONGEST);
    const save = async (event) => {
      event.preventDefault();
      problem.textContent = "";
      try {
        const { memory } = await api.correctMemory(item.memory_id, field.value);
        this.#undoable(row, item, "Corrected.", memory);
      } catch (error) {
        problem.textContent = error.detail ?? "It could not be corrected. Try again.";
        field.focus();
      }
    };
    const cancel = () => {
      this.#fill(row, item);
      row.querySelector("button").focus();
    };
    const form = h(
      "form",
      { class: "memory-form", on: { submit: save } },
      h("label", { for: id }, "What is right, in your words"),
      field,
      problem,
      h(
        "div",
        { class: "memory-acts" },
        h("button", { type: "submit", class: "button primary small" }, "Remember this instead"),
        button("Cancel", cancel, { class: "button quiet small" }),
      ),
    );
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      cancel();
    });
    row.replaceChildren(form);
    field.focus();
    field.select();
  }

  async #forget(row, item) {
    try {
      await api.forgetMemory(item.memory_id);
      this.#undoable(row, item, "Forgotten.", null);
    } catch (error) {
      toast(error.detail ?? "It could not be forgotten. Try again.", "error");
    }
  }

  /** The row once something was done to it: what stands there now, and the way back. */
  #undoable(row, item, done, instead) {
    const undo = button("Undo", () => this.#restore(row, item), {
      label: `Undo for memory ${item.memory_id}`,
      class: "button outlined small",
    });
    row.replaceChildren(
      ...[
        instead && h("p", { class: "memory-text", dir: "auto" }, instead.text),
        h("div", { class: "memory-foot" },
          h("p", { class: "memory-from" }, `${done} It can be undone for a day.`), undo),
      ].filter(Boolean),
    );
    announce(`${done} It can be undone for a day.`);
    undo.focus();
  }

  async #restore(row, item) {
    try {
      const { memory } = await api.restoreMemory(item.memory_id);
      this.#fill(row, memory);
      announce("Remembered again.");
      row.querySelector("button")?.focus();
    } catch (error) {
      toast(error.detail ?? "It could not be restored. Try again.", "error");
    }
  }

  #lately(forgotten) {
    const rows = forgotten.map((item) => {
      const row = h("li", { class: "memory-row", "data-memory": item.memory_id });
      const state = item.corrected_text === null ? "Forgotten" : "Corrected";
      row.append(
        h("p", { class: "memory-text gone", dir: "auto" }, item.text),
        h("div", { class: "memory-foot" }, h("p", { class: "memory-from" }, state), button(
          "Restore",
          () => this.#restore(row, item),
          { label: `Restore memory ${item.memory_id}`, class: "button outlined small" },
        )),
      );
      return row;
    });
    return h(
      "section",
      {},
      h("h2", {}, "Forgotten or corrected in the last day"),
      h("ul", { class: "memory-rows" }, ...rows),
    );
  }

  #showProblem(error) {
    this.total.textContent = "";
    this.list.replaceChildren(h(
      "div",
      { class: "problem", role: "alert" },
      h("h2", {}, "What is remembered could not be read"),
      h("p", {}, error.detail ?? "Something on this page went wrong."),
      button("Try again", () => this.open(), { kind: "outlined" }),
    ));
  }
}

function introduction() {
  const shared = session.user.role === "operator"
    ? " Passages of the business's records are shared by its operators and follow their source."
    : "";
  return h(
    "p",
    { class: "memory-intro" },
    "These passages of our conversations and of your record can come up again when they bear on ",
    `what you ask. Correct or forget any of them; their source stays as it is.${shared}`,
  );
}

/** Whose words these are, from where, when. */
function provenance(item) {
  const said = item.written_by === "person" ? "You said" : "I said";
  const made = item.from.charAt(0).toUpperCase() + item.from.slice(1);
  const source = item.kind === "message" ? said : made;
  const place = item.href && h(
    "a",
    { href: item.href },
    item.thread_title ? `“${item.thread_title}”` : "a conversation",
  );
  return h(
    "p",
    { class: "memory-from" },
    source,
    place && [" in ", place],
    " · ",
    h("time", { datetime: item.happened_at, title: preciseMoment(item.happened_at) },
      moment(item.happened_at)),
    !item.yours && " · shared by operators",
  );
}

function nothing(query) {
  if (query) {
    return h("p", { class: "memory-none" }, `Nothing is remembered with these words: “${query}”.`);
  }
  return h(
    "div",
    { class: "inbox-empty" },
    h("h2", {}, "Nothing is remembered yet"),
    h(
      "p",
      {},
      "What you say in a conversation, and what you log, is kept here so that it can be found ",
      "again months later. A conversation can be left out: open its menu and choose “Do not ",
      "remember”.",
    ),
    h("a", { class: "button outlined", href: "/" }, "New conversation"),
  );
}

function skeleton() {
  const bones = ["long", "middle", "long", "short"].map((width) => h("span", { class: `bone ${width}` }));
  return h("div", { class: "skeleton", role: "img", "aria-label": "Opening what is remembered" }, ...bones);
}

customElements.define("mosaic-memory", Memory);
