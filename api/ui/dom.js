// Building elements. Text always goes in as text; only `setRendered` takes HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, `on` listeners and children; null and false ones are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...present(children));
  return element;
}

/** The children worth appending. */
export function present(children) {
  return children.flat().filter((child) => (child ?? false) !== false);
}

/** The only way in for HTML: what the server's sanitiser has made of a message. */
export function setRendered(element, html) {
  element.innerHTML = html;
}

const ICONS = {
  menu: "M3 6h14M3 10h14M3 14h14",
  plus: "M10 4v12M4 10h12",
  search: "M9 4a5 5 0 1 0 0 10 5 5 0 0 0 0-10M13 13l4 4",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  down: "M10 4v12M5 11l5 5 5-5",
  chevron: "M7 5l5 5-5 5",
  close: "M5 5l10 10M15 5L5 15",
  check: "M4 10.5l4 4 8-9",
  copy: "M7 7h9v9H7zM4 13V4h9",
  again: "M16 10a6 6 0 1 1-1.8-4.3M16 3v4h-4",
  alert: "M10 6v5M10 14h.01M10 2.5l8 14H2z",
  arrow: "M4 10h12M11 5l5 5-5 5",
  pause: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M8 7.5v5M12 7.5v5",
  memory: "M5 3h10v14l-5-4-5 4z",
  leave: "M8 4H4v12h4M9 10h8M14 7l3 3-3 3",
};

/** A line icon; decoration only, so it is hidden from assistive technology. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button. `label` is its accessible name where it shows only an icon. */
export function button(content, onClick, { label, kind = "quiet", ...attributes } = {}) {
  return h(
    "button",
    {
      type: "button",
      class: `button ${kind}`,
      "aria-label": label,
      title: label,
      on: { click: onClick },
      ...attributes,
    },
    content,
  );
}

let counter = 0;

/** An id unique in the page, for aria references. */
export function uniqueId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}
