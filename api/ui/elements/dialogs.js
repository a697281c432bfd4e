// Questions that need an answer before anything else.

import { button, h, icon } from "../dom.js";

/** Asks before an act that cannot be undone; true when it was confirmed. */
export function confirmAct({ title, text, act }) {
  return new Promise((resolve) => {
    const dialog = open(title, [
      h("p", {}, text),
      h(
        "div",
        { class: "dialog-acts" },
        button("Keep it", () => dialog.close("no"), { kind: "outlined" }),
        button(act, () => dialog.close("yes"), { kind: "danger" }),
      ),
    ]);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** Shows a dialog with a heading and a way out; it goes when it is closed. */
export function open(title, content) {
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "dialog-title" },
    h(
      "div",
      { class: "dialog-head" },
      h("h2", { id: "dialog-title" }, title),
      button(icon("close"), () => dialog.close("no"), { label: "Close" }),
    ),
    ...content,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close("no");
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
