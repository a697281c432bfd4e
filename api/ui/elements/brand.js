// The mark of the product.

import { h } from "../dom.js";

/** Four tiles, the last one dotted: what is known, and what is only inferred. */
export function mark() {
  return h("span", { class: "mark", "aria-hidden": "true" }, h("i"), h("i"), h("i"), h("i"));
}
