// A text that grows on the page: only the blocks that changed are made again.

import { blocksOf } from "./blocks.js";
import { h } from "./dom.js";
import { inlineNodes } from "./inline.js";

export class GrowingText {
  constructor(host) {
    this.host = host;
    this.sources = [];
  }

  /** Shows the text as it is now. */
  show(text) {
    const blocks = blocksOf(text);
    // The last block may have been shown as still growing, so it is always made again.
    const settled = Math.min(blocks.length, this.sources.length) - 1;
    let same = 0;
    while (same < settled && blocks[same].source === this.sources[same]) same += 1;
    while (this.host.childElementCount > same) this.host.lastElementChild.remove();
    for (let at = same; at < blocks.length; at += 1) {
      this.host.append(elementOf(blocks[at], at === blocks.length - 1));
    }
    this.sources = blocks.map((block) => block.source);
  }
}

/** The element of a block; `growing` when more of it may come. */
export function elementOf(block, growing = false) {
  switch (block.type) {
    case "heading":
      return h(`h${Math.min(block.level + 2, 6)}`, {}, ...inlineNodes(block.text, growing));
    case "code":
      return h("pre", {}, h("code", {}, block.text ? `${block.text}\n` : ""));
    case "rule":
      return h("hr");
    case "quote":
      return h("blockquote", {}, ...elementsOf(block.blocks, growing));
    case "list":
      return listElement(block, growing);
    case "table":
      return tableElement(block);
    default:
      return h("p", {}, ...inlineNodes(block.text, growing));
  }
}

function elementsOf(blocks, growing) {
  return blocks.map((block, index) => elementOf(block, growing && index === blocks.length - 1));
}

function listElement(block, growing) {
  const start = block.ordered && block.start !== 1 ? block.start : null;
  const items = block.items.map((blocks, index) => {
    const last = growing && index === block.items.length - 1;
    return h("li", {}, ...blocks.flatMap((inner, at) => {
      const open = last && at === blocks.length - 1;
      const bare = inner.type === "paragraph" && !block.loose;
      // In a tight list a paragraph is its text alone.
      return bare ? inlineNodes(inner.text, open) : [elementOf(inner, open)];
    }));
  });
  return h(block.ordered ? "ol" : "ul", { start }, ...items);
}

function tableElement({ head, rows, aligns }) {
  const cell = (tag) => (text, column) => h(tag, { class: aligns[column] }, ...inlineNodes(text));
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...head.map(cell("th")))),
    rows.length > 0 && h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell("td"))))),
  );
}
