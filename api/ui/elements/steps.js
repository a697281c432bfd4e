// What was looked at for an answer: a quiet line per step, which opens to its arguments and facts.

import { h, icon, uniqueId } from "../dom.js";
import { count } from "../words.js";

class Steps extends HTMLElement {
  constructor() {
    super();
    this.lines = new Map();
  }

  /** Shows the steps of a run; lines that are there are changed in place. */
  show(steps) {
    if (!this.list) {
      this.list = h("ol", { class: "steps", "aria-label": "What was looked at" });
      this.append(this.list);
    }
    this.hidden = steps.length === 0;
    for (const step of steps) {
      if (!this.lines.has(step.id)) this.lines.set(step.id, this.#line(step));
      this.lines.get(step.id)(step);
    }
  }

  #line(step) {
    const detailId = uniqueId("step");
    const mark = h("span", { class: "step-mark" });
    const summary = h("span", { class: "step-summary" });
    const detail = h("div", { class: "step-detail", id: detailId, hidden: true });
    const toggle = h(
      "button",
      { type: "button", class: "step-line", "aria-expanded": "false", "aria-controls": detailId },
      mark,
      h("span", { class: "step-title" }, step.title),
      summary,
      h("span", { class: "step-turn" }, icon("chevron")),
    );
    let shown = null;
    const open = () => {
      this.dispatchEvent(new Event("reading", { bubbles: true }));
      detail.hidden = !detail.hidden;
      toggle.setAttribute("aria-expanded", String(!detail.hidden));
    };
    toggle.addEventListener("click", open);
    this.list.append(h("li", {}, toggle, detail));
    return (now) => {
      const state = stateOf(now);
      if (shown === state) return;
      shown = state;
      toggle.dataset.state = state;
      mark.replaceChildren(...(now.failed ? [icon("alert")] : now.done ? [icon("check")] : []));
      const found = now.done ? (now.summary ?? count(now.facts, "fact")) : "";
      summary.textContent = now.waits ? "waits for a decision" : found;
      detail.replaceChildren(...detailOf(now));
    };
  }
}

function stateOf(step) {
  if (step.failed) return "failed";
  if (step.done) return "done";
  return step.waits ? "waiting" : "running";
}

function detailOf(step) {
  const asked = argumentsOf(step.args);
  const more = step.facts - step.statements.length;
  return [
    h("p", { class: "step-asked" }, asked.length ? "Asked with" : "Asked without arguments."),
    asked.length > 0 && h(
      "dl",
      {},
      ...asked.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
    ),
    step.statements.length > 0 && h(
      "ul",
      {},
      ...step.statements.map((statement) => h("li", {}, statement)),
    ),
    more > 0 && step.statements.length > 0 && h("p", {}, `And ${count(more, "more fact")}.`),
    step.missing.length > 0 && h("p", {}, `Not there: ${step.missing.join("; ")}.`),
    step.done && step.facts === 0 && !step.failed && h("p", {}, "Nothing is recorded there."),
  ].filter(Boolean);
}

function argumentsOf(text) {
  try {
    const values = JSON.parse(text || "{}");
    return Object.entries(values).map(([name, value]) => [
      name.replaceAll("_", " "),
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
  } catch {
    return [];
  }
}

customElements.define("mosaic-steps", Steps);
