// What an approver may change before they approve: a form made from the JSON schema of the tool.

import { button, h, uniqueId } from "../dom.js";

const LINE_MOST = 120;

export class EditForm {
  /** Empty until `offer` says what may be changed; `toggle` is the button that opens it. */
  constructor(approval) {
    this.args = approval.args;
    this.fields = [];
    this.element = h("div", { class: "approval-edits", hidden: true });
    this.toggle = button("Change details", () => this.open(), { kind: "quiet" });
    this.toggle.hidden = true;
  }

  /** Takes the JSON schema of each argument that may be changed, by name. */
  offer(properties) {
    if (this.fields.length) return;
    const named = Object.entries(properties);
    this.fields = named.map(([name, schema]) => fieldOf(name, schema, this.args[name]));
    this.element.replaceChildren(...this.fields.map((field) => field.element));
    this.toggle.hidden = this.fields.length === 0;
  }

  open() {
    if (!this.fields.length) return;
    this.element.hidden = false;
    this.toggle.hidden = true;
    this.fields[0].control.focus();
  }

  close() {
    this.element.hidden = true;
    this.toggle.hidden = this.fields.length === 0;
  }

  /** What was changed, as `{args}`; `{}` when nothing was. */
  changed() {
    const args = {};
    for (const { name, read, before } of this.fields) {
      const value = read();
      if (!this.element.hidden && value !== before) args[name] = value;
    }
    return Object.keys(args).length ? { args } : {};
  }
}

/** A labelled control: `{name, element, control, read, before}`. */
function fieldOf(name, schema, given) {
  const id = uniqueId("edit");
  const kind = schema.anyOf?.find((option) => option.type !== "null") ?? schema;
  const value = given ?? schema.default ?? null;
  const { control, read } = controlOf(kind, value, id);
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
  const element = h(
    "div",
    { class: "approval-field" },
    h("label", { for: id }, label, " ", h("span", {}, schema.description ?? "")),
    control,
  );
  return { name, element, control, read, before: read() };
}

function controlOf(kind, value, id) {
  if (kind.enum) return choice(kind.enum, value, id);
  if (kind.type === "boolean") return tick(value, id);
  if (kind.type === "integer" || kind.type === "number") {
    const { minimum: min, maximum: max } = kind;
    const step = kind.type === "integer" ? 1 : "any";
    return line(h("input", { id, type: "number", min, max, step }), value, Number);
  }
  if (kind.format === "date") return line(h("input", { id, type: "date" }), value);
  const most = kind.maxLength;
  if (most && most <= LINE_MOST) return line(h("input", { id, type: "text", maxlength: most }), value);
  return line(h("textarea", { id, rows: "2", maxlength: most }), value);
}

/** A control that holds text; empty text is no value. */
function line(control, value, parse = String) {
  control.value = value ?? "";
  return { control, read: () => (control.value.trim() ? parse(control.value.trim()) : null) };
}

function choice(options, value, id) {
  const control = h(
    "select",
    { id },
    ...options.map((option) => h(
      "option",
      { value: option, selected: option === value },
      String(option).replaceAll("_", " ").toLowerCase(),
    )),
  );
  return { control, read: () => options[control.selectedIndex] };
}

function tick(value, id) {
  const control = h("input", { id, type: "checkbox" });
  control.checked = value === true;
  return { control, read: () => control.checked };
}
