// Short notes at the edge of the page that leave by themselves.

import { h } from "../dom.js";

const STAYS_MS = 5000;
let stack = null;

/** Shows a note; `kind` "error" is spoken at once and stays longer. */
export function toast(text, kind = "note") {
  if (!stack) {
    stack = h("div", { class: "toasts" });
    document.body.append(stack);
  }
  const note = h(
    "p",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" },
    text,
  );
  stack.append(note);
  setTimeout(() => note.remove(), kind === "error" ? 2 * STAYS_MS : STAYS_MS);
}
