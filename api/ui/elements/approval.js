// The card of an approval: what would happen, why, on which facts, and the decision about it.

import { announce } from "../announce.js";
import { approvals, isPending } from "../approvals.js";
import { button, h, icon, uniqueId } from "../dom.js";
import { threadPath } from "../router.js";
import { session } from "../session.js";
import { moment, preciseMoment } from "../words.js";
import { endOf, factsOf, termsOf } from "./approval-parts.js";
import { EditForm } from "./approval-edits.js";

const NEEDED = "Approval needed";
const DECIDING = "Passing on your decision…";

/** Emits "suggest" (bubbling, detail: a text) where it can be asked for anew. */
class Approval extends HTMLElement {
  /**
   * Shows the approval of that id and follows it. `decide(approval, decision)` passes a decision
   * on and throws Problem where it is refused. `linked` adds the way to its conversation.
   */
  show(id, decide, { linked = false } = {}) {
    this.dataset.approval = id;
    this.id = `approval-${id}`;
    this.tabIndex = -1;
    Object.assign(this, { approvalId: id, decide, linked, shown: null });
    this.#draw();
  }

  connectedCallback() {
    this.hear = ({ detail }) => detail === this.approvalId && this.#draw();
    approvals.addEventListener("change", this.hear);
    this.#draw();
    this.#readWhole();
  }

  disconnectedCallback() {
    approvals.removeEventListener("change", this.hear);
    clearTimeout(this.timer);
  }

  get approval() {
    return approvals.get(this.approvalId);
  }

  /** What was chosen or typed stays: only another state makes another card. */
  #draw() {
    const { approval } = this;
    if (!approval) return;
    const state = isPending(approval) ? "pending" : endOf(approval).kind;
    if (state === this.shown) {
      this.#drawChanges();
      return;
    }
    const held = this.contains(document.activeElement) && this.shown !== null;
    const was = this.shown;
    this.shown = state;
    this.dataset.state = state;
    if (state === "pending") this.#drawOpen(approval);
    else this.#drawEnded(approval);
    if (held) this.focus({ preventScroll: true });
    if (was === "pending") announce(`${approval.act}: ${endOf(approval).text}`);
  }

  #drawOpen(approval) {
    const title = uniqueId("approval");
    this.changes = h("div", { class: "approval-changes", hidden: true });
    this.doing = h("span", {}, NEEDED);
    this.problem = h("p", { class: "approval-problem", role: "alert" });
    this.edits = new EditForm(approval);
    this.foot = h("div", { class: "approval-foot" });
    this.replaceChildren(h(
      "div",
      { class: "approval", role: "group", "aria-labelledby": title },
      h(
        "div",
        { class: "approval-head" },
        h("p", { class: "approval-state" }, icon("pause"), this.doing),
        h(
          "p",
          { class: "approval-until", title: preciseMoment(approval.expires_at) },
          `open until ${moment(approval.expires_at)}`,
        ),
      ),
      h("h3", { id: title }, approval.act),
      h("p", { class: "approval-summary" }, approval.summary),
      termsOf(approval, session.user.id),
      factsOf(approval),
      this.#threadLink(approval),
      this.changes,
      this.edits.element,
      this.foot,
      this.problem,
    ));
    this.#drawChanges();
    this.#offer();
    this.#expireInTime(approval);
  }

  #drawEnded(approval) {
    const { kind, text, again } = endOf(approval);
    const title = uniqueId("approval");
    this.replaceChildren(h(
      "div",
      { class: "approval", role: "group", "aria-labelledby": title },
      h("h3", { id: title }, approval.act),
      h("p", { class: "approval-end" }, icon(kind === "done" ? "check" : "close"), h("span", {}, text)),
      h(
        "details",
        { class: "approval-what" },
        h("summary", {}, "What was proposed"),
        h("p", { class: "approval-summary" }, approval.summary),
        termsOf(approval, session.user.id),
        factsOf(approval),
      ),
      this.#threadLink(approval),
      again && !this.linked && button(
        "Ask anew",
        () => this.#emit("suggest", `${approval.act}.`),
        { class: "button outlined small" },
      ),
    ));
  }

  #threadLink(approval) {
    const isMine = approval.thread_id && approval.asked_by === session.user.id;
    if (!this.linked || !isMine) return null;
    return h(
      "p",
      { class: "approval-thread" },
      h("a", { href: threadPath(approval.thread_id) }, "Open the conversation"),
    );
  }

  #drawChanges() {
    const changed = this.approval.changed ?? [];
    if (!this.changes || this.shown !== "pending") return;
    this.changes.hidden = changed.length === 0;
    this.changes.replaceChildren(
      h("p", {}, icon("alert"), h("b", {}, "Changed since this was proposed")),
      h("ul", {}, ...changed.map((text) => h("li", {}, capital(text)))),
      h("p", {}, "If you approve it as it is, nothing is done and it has to be asked for anew."),
    );
  }

  /** The buttons that name the act; none of them ever takes the focus by itself. */
  #offer() {
    const { approval } = this;
    const mayApprove = !approval.four_eyes || approval.asked_by !== session.user.id;
    this.foot.replaceChildren(
      mayApprove && button(
        approval.act,
        () => this.#pass({ decision: "approve", ...this.edits.changed() }),
        { kind: "primary" },
      ),
      button("Don't", () => this.#askWhy(), { kind: "outlined" }),
      mayApprove && this.edits.toggle,
    );
  }

  #askWhy() {
    const id = uniqueId("why");
    const reason = h("textarea", { id, rows: "2", maxlength: "2000" });
    const sure = button(
      `Don't ${uncapital(this.approval.act)}`,
      () => this.#pass({ decision: "deny", reason: reason.value.trim() || undefined }),
      { kind: "danger" },
    );
    this.edits.close();
    this.foot.replaceChildren(
      h(
        "div",
        { class: "approval-field" },
        h("label", { for: id }, "Why not? ", h("span", {}, "It is told to whoever asked. Optional.")),
        reason,
      ),
      sure,
      button("Back", () => this.#offer(), { kind: "outlined" }),
    );
    this.foot.scrollIntoView({ block: "nearest" });
    reason.focus({ preventScroll: true });
  }

  async #pass(decision) {
    this.problem.textContent = "";
    this.#hold(true);
    announce(DECIDING);
    try {
      await this.decide(this.approval, decision);
      this.#hold(false);
    } catch (error) {
      this.#hold(false);
      if (this.shown === "pending") this.#refused(error);
      if (!error.detail) throw error;
    }
  }

  #refused(error) {
    this.problem.textContent = error.detail ?? "The page made a mistake. Reload it, then decide.";
    if (error.status === 422) this.edits.open();
  }

  #hold(held) {
    // The focus would be lost with the button that is switched off.
    if (held && this.contains(document.activeElement)) this.focus({ preventScroll: true });
    this.doing.textContent = held ? DECIDING : NEEDED;
    for (const one of this.querySelectorAll("button, input, select, textarea")) one.disabled = held;
  }

  async #readWhole() {
    if (this.shown !== "pending") return;
    try {
      const { response_schema: schema } = await approvals.read(this.approvalId);
      this.edits.offer(schema.properties.args.properties);
    } catch (error) {
      // It can be decided without edits; the next look reads it again.
      if (!error.detail) throw error;
    }
  }

  /** What is over by the clock is shown as over, also before the service says so. */
  #expireInTime(approval) {
    clearTimeout(this.timer);
    const left = Date.parse(approval.expires_at) - Date.now();
    if (left < 24 * 60 * 60 * 1000) this.timer = setTimeout(() => this.#draw(), left + 500);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }
}

function uncapital(text) {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function capital(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

customElements.define("mosaic-approval", Approval);
