// The rows of a receipt, and the ledgers that were consulted.

import { h, icon } from "../dom.js";
import { placeOf } from "../router.js";
import { count, ledgerName, moment, preciseMoment, valueWithUnit } from "../words.js";

/** A known item: statement, source, value, as of; after a check, whether it holds. */
export function knownRow(item, { facts, onShow }) {
  return h(
    "li",
    { class: "receipt-row known", "data-item": item.id, tabindex: "-1" },
    statement(item, onShow),
    h(
      "p",
      { class: "row-facts" },
      h("span", {}, ledgerName(item.ledger)),
      h("span", {}, item.subject),
      h("span", { class: "row-value" }, `${item.label}: ${valueWithUnit(item.value, item.unit)}`),
      h("span", { title: preciseMoment(item.as_of) }, `as of ${moment(item.as_of)}`),
    ),
    facts && h(
      "p",
      { class: "row-source" },
      sourceOf(item.facts.map((id) => facts.get(id)).filter(Boolean)),
    ),
    checkLine(item),
    openLink(item.href),
  );
}

/** An inferred item: statement, why, confidence, and the facts it rests on. */
export function inferredRow(item, { facts, receipt, onShow }) {
  const basis = item.based_on.map((id) => statementOf(id, facts, receipt)).filter(Boolean);
  return h(
    "li",
    { class: "receipt-row inferred", "data-item": item.id, tabindex: "-1" },
    statement(item, onShow),
    h(
      "p",
      { class: "row-facts" },
      h(
        "span",
        { class: "row-confidence", "data-level": item.confidence },
        `${item.confidence} confidence`,
      ),
      h("span", {}, item.why),
    ),
    basis.length > 0 && h("p", { class: "row-basis-title" }, "Rests on"),
    basis.length > 0 && h("ul", { class: "row-basis" }, ...basis.map((text) => h("li", {}, text))),
    checkLine(item),
  );
}

/** A missing item, with the act that would fill it. */
export function missingRow(item) {
  return h(
    "li",
    { class: "receipt-row missing" },
    h("p", { class: "row-statement" }, item.need),
    h("p", { class: "row-facts" }, h("span", {}, item.why_it_matters)),
    wayToGet(item),
  );
}

function wayToGet({ how_to_get: how, target, need }) {
  if (how === "page") return openLink(target);
  const text = how === "question" && target ? `${target} ` : `${wordsOf(target ?? need)}: `;
  const act = (event) =>
    event.currentTarget.dispatchEvent(new CustomEvent("suggest", { bubbles: true, detail: text }));
  return h(
    "button",
    { type: "button", class: "button small outlined", on: { click: act } },
    how === "tool" ? "Do it in chat" : "Answer this",
    icon("arrow"),
  );
}

function wordsOf(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A link to a page of this site; nothing where there is no such page. */
function openLink(path) {
  const isOurs = path?.startsWith("/") && placeOf(path).name !== "elsewhere";
  return isOurs ? h("a", { class: "row-open", href: path }, "Open", icon("arrow")) : null;
}

function statement(item, onShow) {
  return h(
    "p",
    { class: "row-statement" },
    h(
      "button",
      { type: "button", class: "row-show", title: "Show it in the answer", on: { click: onShow } },
      item.statement,
    ),
  );
}

function statementOf(id, facts, receipt) {
  const cited = receipt.known.find((item) => item.facts.includes(id));
  return facts?.get(id)?.statement ?? cited?.statement;
}

/** Where facts come from: the rule that derived them, else table, key and column. */
function sourceOf(facts) {
  const places = facts.map((fact) => {
    const rows = fact.sources.map((row) => `${row.table} ${Object.values(row.key).join(" ")}`);
    const few = [...new Set(rows)].slice(0, 3).join(", ");
    const more = new Set(rows).size > 3 ? ` and ${count(new Set(rows).size - 3, "more row")}` : "";
    const column = fact.sources[0]?.columns[0] ?? "";
    return fact.rule ? `${fact.rule}, from ${few}${more}` : `${few}${more}, ${column}`;
  });
  return [...new Set(places)].join("; ");
}

/** What a check found of an item; null before one. */
export function checkLine({ check, unit }) {
  if (!check) return null;
  const words = {
    unchanged: () => "Unchanged",
    changed: (
    ) => `Changed: was ${valueWithUnit(check.was, unit)}, is ${valueWithUnit(check.is, unit)}`,
    gone: () => "Gone: the record is no longer there",
  };
  return h(
    "p",
    { class: "row-check", "data-state": check.state },
    icon(check.state === "unchanged" ? "check" : "alert"),
    words[check.state](),
  );
}

/** Every ledger consulted, those that had nothing included, and what checking the answer did. */
export function consulted(receipt, act) {
  const { checks } = receipt;
  const done = [
    count(checks.sentences, "sentence") + " checked",
    checks.repaired > 0 && `${checks.repaired} repaired`,
    checks.replaced > 0 && `${checks.replaced} replaced`,
    `${receipt.overall} confidence overall`,
  ].filter(Boolean);
  return h(
    "footer",
    { class: "receipt-consulted" },
    receipt.sources.length > 0 && h("p", {}, "Consulted: ", ...sourceList(receipt.sources)),
    h("p", {}, done.join(" · ")),
    act,
  );
}

function sourceList(sources) {
  return sources.flatMap((source, index) => [
    index > 0 && h("span", { class: "dot", "aria-hidden": "true" }, " · "),
    h("span", { "data-none": source.facts === 0 }, `${ledgerName(source.ledger)} ${source.facts}`),
  ]);
}
