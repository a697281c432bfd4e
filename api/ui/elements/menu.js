// A button that opens a short menu.

import { button, h, icon, uniqueId } from "../dom.js";

/**
 * The button and its menu, to be put side by side. Items are `{text, act}` or `{text, download}`
 * (an address), with `danger` where they destroy. `onClose` is called when the menu has closed.
 */
export function menuButton({ label, items, onClose, ...attributes }) {
  const menu = h("div", { class: "menu", id: uniqueId("menu"), popover: "auto" });
  menu.append(...items.map((item) => itemElement(item, () => menu.hidePopover())));
  const toggle = button(icon("more"), null, { label, popovertarget: menu.id, ...attributes });
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") place(menu, toggle);
    else onClose();
  });
  menu.addEventListener("keydown", (event) => move(event, menu));
  return [toggle, menu];
}

function itemElement({ text, act, download, danger = false }, close) {
  const kind = danger ? "menu-item danger" : "menu-item";
  if (download) {
    return h("a", { class: kind, href: download, download: true, on: { click: close } }, text);
  }
  const choose = () => {
    close();
    act();
  };
  return h("button", { type: "button", class: kind, on: { click: choose } }, text);
}

function place(menu, toggle) {
  const at = toggle.getBoundingClientRect();
  const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : at.top - menu.offsetHeight - 4}px`;
  menu.style.left = `${Math.max(8, at.right - menu.offsetWidth)}px`;
  menu.querySelector(".menu-item").focus();
}

function move(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll(".menu-item")];
  items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
}
