// What a transcript shows beside its turns: that it loads, cannot be shown, and who is answering.

import { button, h } from "../dom.js";

const REMIND_AFTER_MS = 3 * 60 * 60 * 1000;

/** A conversation that is not there to be read: loading, missing or failed. */
export function stateView(conversation, onRetry) {
  if (conversation.state === "loading") return skeleton();
  if (conversation.state === "missing") {
    return problem(
      "This conversation is not here",
      "It may have been deleted, or it belongs to another account.",
      h("a", { class: "button outlined", href: "/" }, "New conversation"),
    );
  }
  const why = conversation.problem?.detail ?? "The service did not say why.";
  return problem(
    "This conversation could not be opened",
    why,
    button("Try again", onRetry, { kind: "outlined" }),
  );
}

function problem(title, text, act) {
  return h("div", { class: "problem", role: "alert" }, h("h2", {}, title), h("p", {}, text), act);
}

function skeleton() {
  const line = (width) => h("span", { class: `bone ${width}` });
  return h(
    "div",
    { class: "skeleton", "aria-label": "Opening the conversation", role: "img" },
    ...[1, 2].flatMap(
      () => [
        h("div", { class: "bone-question" }, line("short")),
        line("long"),
        line("long"),
        line("middle"),
      ],
    ),
  );
}

/** Lines that say again, every three hours, that this is an AI, by the run they stand before. */
export function reminders(turns) {
  const lines = new Map();
  let since = turns.length ? Date.parse(turns[0].askedAt) : 0;
  for (const turn of turns) {
    const at = Date.parse(turn.askedAt);
    if (at - since < REMIND_AFTER_MS) continue;
    since = at;
    lines.set(
      turn.runId,
      h("p", { class: "disclosure again" }, "A reminder: Mosaic is an AI, not a person."),
    );
  }
  return lines;
}
