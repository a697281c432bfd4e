// Logging in, and making an account.

import * as api from "../api.js";
import { h } from "../dom.js";
import { beginSession } from "../session.js";
import { mark } from "./brand.js";

const SHORTEST_PASSWORD = 8;
const TOO_SHORT = `The password is too short: use at least ${SHORTEST_PASSWORD} characters.`;
const TOO_YOUNG = "Mosaic is for adults. Confirm that you are 18 or older.";

/** Emits "done" once somebody is logged in. `/login?new` makes an account. */
class Login extends HTMLElement {
  connectedCallback() {
    this.draw();
  }

  draw() {
    const making = new URLSearchParams(location.search).has("new");
    const query = new URLSearchParams(location.search);
    if (making) query.delete("new");
    else query.set("new", "");
    const other = `/login${query.size ? `?${query}`.replace("new=", "new") : ""}`;
    this.problem = h("p", { class: "form-problem", role: "alert", id: "login-problem" });
    this.email = h(
      "input",
      {
        type: "email",
        id: "email",
        name: "email",
        autocomplete: "username",
        required: true,
        maxlength: "320",
        autocapitalize: "none",
        spellcheck: "false",
      },
    );
    this.password = h("input", {
      type: "password", id: "password", name: "password", required: true, maxlength: "200",
      autocomplete: making ? "new-password" : "current-password",
      minlength: making ? SHORTEST_PASSWORD : null,
      "aria-describedby": making ? "password-hint" : null,
    });
    this.submit = h(
      "button",
      { type: "submit", class: "button primary wide" },
      making ? "Make the account" : "Log in",
    );
    this.replaceChildren(
      h("div", { class: "login" },
        h("p", { class: "brand" }, mark(), "Mosaic"),
        h("h1", {}, making ? "Make an account" : "Log in"),
        h(
          "p",
          { class: "login-promise" },
          "Answers that show what is known, what is inferred and what is missing.",
        ),
        h("form", { novalidate: true, on: { submit: (event) => this.#send(event, making) } },
          h("label", { for: "email" }, "E-mail"),
          this.email,
          h("label", { for: "password" }, "Password"),
          h("div", { class: "password" }, this.password, this.#reveal()),
          making && h(
            "p",
            { class: "hint", id: "password-hint" },
            `At least ${SHORTEST_PASSWORD} characters; a few words work well.`,
          ),
          making && h(
            "label",
            { class: "check", for: "adult" },
            h("input", { type: "checkbox", id: "adult", required: true }),
            "I am 18 or older",
          ),
          this.problem,
          this.submit,
        ),
        h(
          "p",
          { class: "login-other" },
          making ? "You have an account? " : "New here? ",
          h("a", { href: other }, making ? "Log in" : "Make an account"),
        ),
        h("p", { class: "login-ai" }, "Mosaic is an AI. It is not a person and gives no therapy."),
      ),
    );
    this.email.focus({ preventScroll: true });
  }

  #reveal() {
    const toggle = h(
      "button",
      { type: "button", class: "button quiet small", "aria-pressed": "false" },
      "Show",
    );
    toggle.addEventListener("click", () => {
      const shown = this.password.type === "text";
      this.password.type = shown ? "password" : "text";
      toggle.textContent = shown ? "Show" : "Hide";
      toggle.setAttribute("aria-pressed", String(!shown));
    });
    return toggle;
  }

  async #send(event, making) {
    event.preventDefault();
    const wrong = this.#firstWrong(making);
    if (wrong) return this.#refuse(...wrong);
    this.submit.disabled = true;
    this.problem.textContent = "";
    try {
      await beginSession(
        making ? api.register : api.login,
        this.email.value.trim(),
        this.password.value,
      );
      this.dispatchEvent(new Event("done"));
    } catch (error) {
      this.#refuse(error.detail ?? "That did not work. Try again.", this.password);
      if (!error.detail) throw error;
    } finally {
      this.submit.disabled = false;
    }
  }

  #firstWrong(making) {
    const adult = this.querySelector("#adult");
    const isAddress = this.email.value.trim() && this.email.validity.valid;
    if (!isAddress) return ["Enter your e-mail address, such as you@example.com.", this.email];
    if (!this.password.value) return ["Enter your password.", this.password];
    if (!making) return null;
    if (this.password.value.length < SHORTEST_PASSWORD) return [TOO_SHORT, this.password];
    return adult.checked ? null : [TOO_YOUNG, adult];
  }

  #refuse(text, field) {
    for (const input of [this.email, this.password]) input.removeAttribute("aria-invalid");
    this.problem.textContent = text;
    if (field.type !== "checkbox") field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

customElements.define("mosaic-login", Login);
