// What a card of an approval says: its terms, its facts, and how it ended.

import { h, icon } from "../dom.js";
import { placeOf } from "../router.js";
import { count, ledgerName, moment } from "../words.js";

const FACTS_SHOWN = 3;

/** Why it is proposed and who may decide, for the person with the id `me`. */
export function termsOf(approval, me) {
  const isMine = approval.asked_by === me;
  const others = isMine
    ? "Another operator. You asked for it, so you may not approve it yourself."
    : "You, or any operator but the one who asked.";
  return h(
    "dl",
    { class: "approval-terms" },
    h("dt", {}, "Why"),
    h("dd", {}, approval.why),
    h("dt", {}, "Decides"),
    h("dd", {}, approval.four_eyes ? others : "You, or any other operator."),
    h("dt", {}, "Asked"),
    h("dd", {}, `${isMine ? "By you" : "By another operator"}, ${moment(approval.created_at)}`),
  );
}

/** The facts it rests on; the first few at once, the others on demand. */
export function factsOf({ facts }) {
  if (!facts.length) return null;
  const rows = facts.map(factRow);
  const more = rows.slice(FACTS_SHOWN);
  return h(
    "div",
    { class: "approval-facts" },
    h("h4", {}, "On these facts"),
    h("ul", {}, ...rows.slice(0, FACTS_SHOWN)),
    more.length > 0 && h(
      "details",
      {},
      h("summary", {}, count(more.length, "more fact")),
      h("ul", {}, ...more),
    ),
  );
}

function factRow({ statement, ledger, href }) {
  const isOurs = href?.startsWith("/") && placeOf(href).name !== "elsewhere";
  return h(
    "li",
    {},
    statement,
    " ",
    isOurs
      ? h("a", { class: "approval-source", href }, ledgerName(ledger), icon("arrow"))
      : h("span", { class: "approval-source" }, ledgerName(ledger)),
  );
}

/** How it ended: `{kind, text, again}`; `again` where it can be asked for anew. */
export function endOf(approval) {
  const by = `${approval.decided_by ?? "somebody"}, ${moment(approval.decided_at ?? "")}`;
  const result = approval.result ? ` ${capital(approval.result)}` : "";
  switch (approval.status) {
    case "executed":
      return { kind: "done", text: `Approved and done by ${by}.${editsOf(approval)}`, again: false };
    case "denied": {
      const reason = approval.decision_reason ? `: “${approval.decision_reason}”` : ".";
      return { kind: "denied", text: `Not done. Denied by ${by}${reason}`, again: false };
    }
    case "superseded":
      return {
        kind: "superseded",
        text: `Not done, though approved by ${by}. What it rested on has changed.${result}`,
        again: true,
      };
    case "failed":
      return { kind: "failed", text: `Not done, though approved by ${by}.${result}`, again: true };
    default:
      return {
        kind: "expired",
        text: `Not done. Nobody decided by ${moment(approval.expires_at)}.`,
        again: true,
      };
  }
}

function editsOf({ edited_args: edits }) {
  const named = Object.entries(edits ?? {}).map(
    ([name, value]) => `${name.replaceAll("_", " ")}: ${value ?? "none"}`,
  );
  return named.length ? ` Edited: ${named.join("; ")}.` : "";
}

function capital(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}
