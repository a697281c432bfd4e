// Keyboard shortcuts, and the list of them.

import { h } from "../dom.js";
import { open } from "./dialogs.js";

const OFF = "single-keys-off";
const LIST = [
  [["?"], "Show this list", true],
  [["n"], "New conversation", true],
  [["/"], "Go to the message box", true],
  [["Ctrl or ⌘", "K"], "Search conversations", false],
  [["Enter"], "Send the message", false],
  [["Shift", "Enter"], "New line in the message", false],
  [["Esc"], "Stop the answer, or close what is open", false],
  [["Tab"], "From claim to claim; Enter opens its receipt", false],
];

/** Listens for shortcuts; `acts` has `newConversation`, `focusComposer`, `search`, `stop`. */
export function installShortcuts(acts) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "k") run(event, acts.search);
    if (event.key === "Escape") acts.stop();
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (typing || command || event.altKey || localStorage.getItem(OFF)) return;
    if (event.key === "?") run(event, showShortcuts);
    if (event.key === "n") run(event, acts.newConversation);
    if (event.key === "/") run(event, acts.focusComposer);
  });
}

function run(event, act) {
  event.preventDefault();
  act();
}

/** Shows every shortcut, and the switch for those of a single key (WCAG 2.1.4). */
export function showShortcuts() {
  const single = h("input", { type: "checkbox", id: "single-keys" });
  single.checked = !localStorage.getItem(OFF);
  single.addEventListener("change", () => {
    if (single.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  open("Keyboard shortcuts", [
    h("dl", { class: "shortcuts" }, ...LIST.flatMap(([keys, what]) => [
      h(
        "dt",
        {},
        ...keys.flatMap((key, index) => [index > 0 && " ", h("kbd", {}, key)]).filter(Boolean),
      ),
      h("dd", {}, what),
    ])),
    h(
      "p",
      {},
      h("label", { for: "single-keys", class: "check" }, single, "Shortcuts of a single key"),
    ),
  ]);
}
