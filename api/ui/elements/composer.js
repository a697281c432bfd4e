// Where messages are written.

import { button, h, icon } from "../dom.js";
import { drafts } from "../session.js";

const LONGEST = 8000;
const COUNT_FROM = 7000;

/** Emits "send" (detail: the text), "stop" and "showapproval". */
class Composer extends HTMLElement {
  connectedCallback() {
    if (this.field) return;
    this.field = h("textarea", {
      id: "message",
      rows: "1",
      placeholder: "Ask about anything in the record",
      "aria-label": "Message",
      "aria-describedby": "message-count message-waits",
      enterkeyhint: "send",
      dir: "auto",
    });
    this.counter = h("p", { class: "composer-count", id: "message-count" });
    this.stopButton = button(
      icon("stop"),
      () => this.#emit("stop"),
      { label: "Stop the answer", class: "button outlined round stop" },
    );
    this.sendButton = h(
      "button",
      { type: "submit", class: "button primary round", "aria-label": "Send", title: "Send" },
      icon("send"),
    );
    this.stopButton.hidden = true;
    this.waiting = h("p", { class: "composer-waits", id: "message-waits", hidden: true });
    this.append(
      this.waiting,
      h(
        "form",
        { class: "composer", on: { submit: (event) => this.#submit(event) } },
        this.field,
        this.counter,
        this.stopButton,
        this.sendButton,
      ),
    );
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.#changed();
  }

  /** Which conversation the draft belongs to; null for a new one. */
  set thread(threadId) {
    this.threadId = threadId;
    this.field.value = drafts.read(threadId);
    this.#changed();
  }

  /** What to write about. */
  set placeholder(text) {
    this.field.placeholder = text;
  }

  set busy(busy) {
    if (!busy && document.activeElement === this.stopButton) this.field.focus();
    this.stopButton.hidden = !busy;
  }

  /** The act whose decision the conversation waits for; until then nothing can be sent in it. */
  set waitsFor(act) {
    if (act === this.act) return;
    this.act = act;
    this.waiting.hidden = act === null;
    const show = button(
      "Show it",
      () => this.#emit("showapproval"),
      { class: "button quiet small" },
    );
    const start = h("a", { class: "button quiet small", href: "/" }, "New conversation");
    this.waiting.replaceChildren(
      ...(act === null ? [] : [h("span", {}, `Waits for your decision: ${act}.`), show, start]),
    );
    this.#changed();
  }

  /** Puts a text in, ready to be gone on with. */
  fill(text) {
    this.field.value = text;
    this.#changed();
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  #key(event) {
    const newLine = event.shiftKey || matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || newLine || event.isComposing) return;
    event.preventDefault();
    this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text || text.length > LONGEST) return;
    if (this.act) {
      this.#emit("showapproval");
      return;
    }
    this.field.value = "";
    this.#fit();
    this.#emit("send", text);
  }

  #changed() {
    const length = this.field.value.trim().length;
    drafts.keep(this.threadId, this.field.value);
    const counted = `${length.toLocaleString()} of ${LONGEST.toLocaleString()} characters`;
    this.counter.textContent = length > COUNT_FROM ? counted : "";
    this.counter.classList.toggle("over", length > LONGEST);
    this.sendButton.disabled = length === 0 || length > LONGEST || Boolean(this.act);
    this.#fit();
  }

  #fit() {
    this.sendButton.disabled ||= !this.field.value.trim();
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  #emit(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("mosaic-composer", Composer);
