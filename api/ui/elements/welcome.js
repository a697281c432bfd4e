// The empty conversation: what can be asked, of whom, and what the marks will mean.

import { h, icon } from "../dom.js";

const EXAMPLES = {
  operator: [
    "What broke since yesterday?",
    "What is the bottleneck and why?",
    "Which leads have not been touched in a week?",
    "How does Cedar stand?",
  ],
  client: [
    "How is my confidence going?",
    "Log an experiment: email two people a day for a week",
    "Which of my experiments are still open?",
    "What have I learned so far?",
  ],
};

const HEADINGS = { operator: "What would you like to know?", client: "What shall we work on?" };

/** Who is answering: an AI, and for clients the person behind it. */
export function disclosure({ role, coach, provider }) {
  const parts = ["You are talking with Mosaic, an AI, not a person."];
  if (role === "client") {
    parts.push(" It coaches and gives no therapy. Your human coach is ", coachName(coach), ".");
  } else {
    parts.push(" It reads the ledgers and proposes; you decide.");
  }
  if (provider === "offline") parts.push(
    " No language model is connected: the built-in offline model answers.",
  );
  return h("p", { class: "disclosure" }, ...parts);
}

/** The name of the human coach, with the way to book a call where there is one. */
export function coachName({ name = "your coach", booking_url: url } = {}) {
  if (!/^https?:\/\//.test(url ?? "")) return name;
  return h(
    "span",
    {},
    name,
    " (",
    h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "book a call"),
    ")",
  );
}

/** The empty state; `onAsk` is called with the example that was chosen. */
export function welcome({ role, coach, provider, onAsk }) {
  const examples = EXAMPLES[role] ?? EXAMPLES.operator;
  return h(
    "div",
    { class: "welcome" },
    h("h2", {}, HEADINGS[role] ?? HEADINGS.operator),
    disclosure({ role, coach, provider }),
    h("ul", { class: "examples", "aria-label": "Examples to ask" }, ...examples.map((text) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "example", on: { click: () => onAsk(text) } },
          h("span", {}, text),
          icon("arrow"),
        ),
      ),
    )),
    h(
      "p",
      { class: "legend" },
      "In every answer, ",
      h("span", { class: "sample known" }, "what is known"),
      " is underlined and shows its source, ",
      h("span", { class: "sample inferred" }, "what is inferred"),
      " is dotted and shows its basis, and what is missing is named.",
    ),
  );
}
