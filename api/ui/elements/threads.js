// The list of conversations: search, open, rename, export, delete; and whose they are.

import { exportPath } from "../api.js";
import { approvals } from "../approvals.js";
import { button, h, icon, uniqueId } from "../dom.js";
import { go, here, threadPath } from "../router.js";
import { session } from "../session.js";
import { threads } from "../threads.js";
import { ageGroup, count } from "../words.js";
import { mark } from "./brand.js";
import { confirmAct } from "./dialogs.js";
import { menuButton } from "./menu.js";
import { showShortcuts } from "./shortcuts.js";
import { toast } from "./toast.js";

const SEARCH_AFTER_MS = 200;

/** Emits "leave" for log-out and "close" when it should get out of the way. */
class ThreadList extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.setAttribute("role", "navigation");
    this.setAttribute("aria-label", "Conversations");
    this.field = h(
      "input",
      {
        type: "search",
        placeholder: "Search",
        "aria-label": "Search conversations",
        autocomplete: "off",
        maxlength: "120",
        on: { input: () => this.#search() },
      },
    );
    this.list = h("div", { class: "thread-groups" });
    this.append(
      h("div", { class: "side-head" },
        h("a", { class: "brand", href: "/" }, mark(), "Mosaic"),
        button(
          icon("close"),
          () => this.dispatchEvent(new Event("close")),
          { label: "Close the list", class: "button quiet icon-only side-close" },
        ),
      ),
      h(
        "a",
        {
          class: "button outlined new",
          href: "/",
          on: { click: () => this.dispatchEvent(new Event("close")) },
        },
        icon("plus"),
        "New conversation",
      ),
      ...this.#places(),
      h("div", { class: "search", role: "search" }, icon("search"), this.field),
      h("div", { class: "thread-nav" }, this.list),
      this.#account(),
    );
    threads.addEventListener("change", () => this.draw());
    approvals.addEventListener("open", () => this.#drawPlaces());
    this.draw();
  }

  focusSearch() {
    this.field.focus();
    this.field.select();
  }

  /** Draws the list; what is being done in it is finished first. */
  draw() {
    this.#drawPlaces();
    if (this.renaming || this.list.querySelector(":popover-open")) return;
    const active = document.activeElement;
    const focused = this.list.contains(active) ? active.dataset.key : null;
    this.list.replaceChildren(...this.#groups());
    if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The places beside the conversations. */
  #places() {
    const memory = this.#place("memory", icon("memory"), "What I remember");
    if (session.user.role !== "operator") return [h("div", { class: "place-links" }, memory)];
    this.badge = h("span", { class: "badge", hidden: true });
    const approval = this.#place("approvals", icon("check"), "Approvals", this.badge);
    return [h("div", { class: "place-links" }, approval, memory)];
  }

  #place(name, ...content) {
    const close = () => this.dispatchEvent(new Event("close"));
    const attributes = { class: "place-link", href: `/${name}`, "data-place": name };
    return h("a", { ...attributes, on: { click: close } }, ...content);
  }

  #drawPlaces() {
    for (const link of this.querySelectorAll(".place-link")) {
      if (here().name === link.dataset.place) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (!this.badge) return;
    const { open } = approvals;
    this.badge.hidden = !open;
    this.badge.replaceChildren(
      h("span", { "aria-hidden": "true" }, open > 99 ? "99+" : String(open)),
      h("span", { class: "visually-hidden" }, `${count(open ?? 0, "approval")} needed`),
    );
  }

  #search() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => threads.find(this.field.value.trim()), SEARCH_AFTER_MS);
  }

  #groups() {
    if (threads.state === "loading") {
      const widths = ["long", "middle", "long", "short"];
      const bones = widths.map((width) => h("span", { class: `bone ${width}` }));
      return [h("div", { class: "skeleton" }, ...bones)];
    }
    if (threads.state === "failed") {
      return [
        h("p", { class: "side-note" }, threads.problem.detail ?? "The list could not be read."),
        button("Try again", () => threads.reload(), { class: "button outlined small" }),
      ];
    }
    if (!threads.items.length) {
      const sought = `No conversation is called “${threads.search}”.`;
      const none = threads.search ? sought : "Conversations you begin will be listed here.";
      return [h("p", { class: "side-note" }, none)];
    }
    const groups = new Map();
    for (const item of threads.items) {
      const name = ageGroup(item.updated_at);
      groups.set(name, [...(groups.get(name) ?? []), item]);
    }
    const sections = [...groups].map(([name, items]) => {
      const id = uniqueId("group");
      return h(
        "section",
        {},
        h("h2", { id }, name),
        h("ul", { "aria-labelledby": id }, ...items.map((item) => this.#row(item))),
      );
    });
    return threads.next === null ? sections : [
      ...sections,
      button(
        "Show more",
        (event) => this.#more(event),
        { class: "button quiet small more", "data-key": "more" },
      ),
    ];
  }

  #row(item) {
    const place = here();
    const current = place.threadId === item.id;
    const title = item.title || "Untitled conversation";
    const link = h(
      "a",
      {
        class: "thread",
        href: threadPath(item.id),
        "aria-current": current ? "page" : null,
        title,
        "data-key": `open ${item.id}`,
        on: { click: () => this.dispatchEvent(new Event("close")) },
      },
      h("span", { class: "thread-title", dir: "auto" }, title),
      item.remembered === false && h("span", { class: "thread-note" }, "not remembered"),
      item.active_run_id && dot("thread-live", "being answered"),
      item.waits && !item.active_run_id && dot("thread-waits", "waits for a decision"),
    );
    const row = h(
      "li",
      { class: "thread-row" },
      link,
      this.#menu(item, title, () => this.#rename(row, item)),
    );
    return row;
  }

  #menu(item, title, rename) {
    return menuButton({
      label: `Options for ${title}`,
      class: "button quiet icon-only thread-menu",
      "data-key": `menu ${item.id}`,
      items: [
        { text: "Rename", act: rename },
        { text: "Export as Markdown", download: exportPath(item.id) },
        item.remembered === false
          ? { text: "Remember again", act: () => this.#remember(item, true) }
          : { text: "Do not remember", act: () => this.#remember(item, false) },
        { text: "Delete", act: () => this.#delete(item, title), danger: true },
      ],
      onClose: () => this.draw(),
    });
  }

  #rename(row, item) {
    this.renaming = true;
    const field = h(
      "input",
      { class: "rename", value: item.title, maxlength: "120", "aria-label": "New title" },
    );
    let over = false;
    const finish = async (keep) => {
      if (over) return;
      over = true;
      this.renaming = false;
      const title = field.value.trim();
      const changed = keep && title && title !== item.title;
      try {
        if (changed) await threads.rename(item.id, title);
      } catch (error) {
        toast(error.detail ?? "The title could not be changed. Try again.", "error");
      }
      this.draw();
      this.list.querySelector(`[data-key="menu ${CSS.escape(item.id)}"]`)?.focus();
    };
    field.addEventListener("blur", () => finish(true));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) finish(true);
      if (event.key === "Escape") {
        event.stopPropagation();
        finish(false);
      }
    });
    row.replaceChildren(field);
    field.focus();
    field.select();
  }

  async #remember(item, remembered) {
    try {
      await threads.remember(item.id, remembered);
      toast(
        remembered
          ? "This conversation is remembered again."
          : "This conversation is not remembered, and what was remembered of it is gone.",
      );
    } catch (error) {
      toast(error.detail ?? "That could not be changed. Try again.", "error");
    }
  }

  async #delete(item, title) {
    const sure = await confirmAct({
      title: "Delete this conversation?",
      text:
        `“${title}” and its receipts will be gone for good. ` +
        "What was logged in it stays in the record.",
      act: "Delete conversation",
    });
    if (!sure) return;
    try {
      await threads.remove(item.id);
      if (here().threadId === item.id) go("/", { replace: true });
      toast("Deleted.");
    } catch (error) {
      toast(error.detail ?? "The conversation could not be deleted. Try again.", "error");
    }
  }

  async #more(event) {
    event.currentTarget.disabled = true;
    try {
      await threads.more();
    } catch (error) {
      event.target.disabled = false;
      toast(error.detail ?? "The rest could not be read. Try again.", "error");
    }
  }

  #account() {
    const { email, role } = session.user;
    return h("div", { class: "account" },
      h(
        "p",
        { title: email },
        h("span", { class: "account-email" }, email),
        h("span", { class: "account-role" }, role),
      ),
      button("?", showShortcuts, { label: "Keyboard shortcuts", class: "button quiet icon-only" }),
      button(
        icon("leave"),
        () => this.dispatchEvent(new Event("leave")),
        { label: "Log out", class: "button quiet icon-only" },
      ),
    );
  }
}

function dot(kind, words) {
  return h("span", { class: kind }, h("span", { class: "visually-hidden" }, words));
}

customElements.define("mosaic-threads", ThreadList);
