// The inline Markdown of a text while it streams, as nodes. What is not closed yet at the end of
// the text is taken as closed, so that no marker is shown only to vanish.

import { h } from "./dom.js";

const SPECIAL = /[\\`*_~[<\n]/;

/** The nodes of an inline text. `growing` when more of it may come. */
export function inlineNodes(text, growing = false) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const skip = text.slice(at).search(SPECIAL);
    const stop = skip < 0 ? text.length : at + skip;
    plain += text.slice(at, stop);
    at = stop;
    if (at >= text.length) break;
    const found = firstMatch(text, at, growing);
    if (found) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(...found.nodes);
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function firstMatch(text, at, growing) {
  for (const rule of RULES) {
    const found = rule(text, at, growing);
    if (found) return found;
  }
  return null;
}

function escaped(text, at) {
  if (text[at] !== "\\") return null;
  if (text[at + 1] === "\n") return { nodes: [h("br")], end: at + 2 };
  return /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "") ? { nodes: [text[at + 1]], end: at + 2 } : null;
}

function newline(text, at) {
  if (text[at] !== "\n") return null;
  const indent = text.slice(at + 1).match(/^[ \t]*/)[0].length;
  return { nodes: [h("br")], end: at + 1 + indent };
}

function code(text, at, growing) {
  const ticks = text.slice(at).match(/^`+/)?.[0];
  if (!ticks) return null;
  const begin = at + ticks.length;
  const closing = new RegExp(`(?<!\`)${ticks}(?!\`)`, "g");
  closing.lastIndex = begin;
  const close = closing.exec(text)?.index ?? -1;
  if (close < 0 && !(growing && begin < text.length)) return null;
  let content = text.slice(begin, close < 0 ? text.length : close).replaceAll("\n", " ");
  if (/^ .*\S.* $/.test(content)) content = content.slice(1, -1);
  return { nodes: [h("code", {}, content)], end: close < 0 ? text.length : close + ticks.length };
}

const LABEL = /\[((?:[^[\]\\]|\\.|\[[^\]]*\])*)\]/;
const TARGET = /\(\s*(<[^>\n]*>|(?:[^\s()]|\([^\s()]*\))*)(?:\s+"[^"]*")?\s*\)/;
const LINK = new RegExp(`^${LABEL.source}${TARGET.source}`);

function link(text, at, growing) {
  const found = text.slice(at).match(LINK);
  if (found) {
    const address = found[2].replace(/^<|>$/g, "");
    const label = inlineNodes(found[1]);
    const whole = found[0].length;
    if (!isAllowed(address)) return { nodes: ["[", ...label, `](${found[2]})`], end: at + whole };
    return { nodes: [h("a", {}, ...label), ...hostLabel(address, found[1])], end: at + whole };
  }
  const cut = growing && text.slice(at).match(/^\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/);
  return cut ? { nodes: inlineNodes(cut[1], true), end: text.length } : null;
}

function autolink(text, at) {
  const found = text.slice(at).match(/^<((?:https?|mailto):[^\s<>]+)>/);
  return found ? { nodes: [h("a", {}, found[1])], end: at + found[0].length } : null;
}

function isAllowed(address) {
  return /^(https?:|mailto:|[^:]*$|[/?#])/i.test(address);
}

function hostLabel(address, label) {
  if (label === address) return [];
  let host = "";
  try {
    const url = new URL(address, location.origin);
    if (url.protocol === "mailto:") host = url.pathname;
    else if (url.origin !== location.origin) host = url.hostname;
  } catch {
    return [];
  }
  return host ? [" ", h("span", { class: "host" }, `(${host})`)] : [];
}

const both = (text, at, growing) => delimited(text, at, growing, /^(\*\*\*|___)/, "em", "strong");
const strong = (text, at, growing) => delimited(text, at, growing, /^(\*\*|__)/, "strong");
const emphasis = (text, at, growing) => delimited(text, at, growing, /^(\*|_)/, "em");
const struck = (text, at, growing) => delimited(text, at, growing, /^(~~)/, "s");

function delimited(text, at, growing, opening, tag, inner = null) {
  const mark = text.slice(at).match(opening)?.[1];
  const begin = at + (mark?.length ?? 0);
  if (!mark || !/\S/.test(text[begin] ?? "")) return null;
  if (mark[0] === "_" && /\w/.test(text[at - 1] ?? "")) return null;
  if (mark.length === 1 && (text[begin] === mark || text[at - 1] === mark)) return null;
  const next = (from) => text.indexOf(mark, from);
  for (let close = next(begin + 1); close >= 0; close = next(close + 1)) {
    if (mark.length === 1 && text[close + 1] === mark) {
      close += 1;
      continue;
    }
    if (/\s|\\/.test(text[close - 1])) continue;
    if (mark[0] === "_" && /\w/.test(text[close + mark.length] ?? "")) continue;
    const nodes = inlineNodes(text.slice(begin, close));
    return { nodes: [nested(nodes, tag, inner)], end: close + mark.length };
  }
  if (!growing) return null;
  return { nodes: [nested(inlineNodes(text.slice(begin), true), tag, inner)], end: text.length };
}

function nested(nodes, tag, inner) {
  return inner ? h(tag, {}, h(inner, {}, ...nodes)) : h(tag, {}, ...nodes);
}

const RULES = [escaped, code, link, autolink, both, strong, emphasis, struck, newline];
