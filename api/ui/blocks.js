// The blocks of a Markdown text while it streams: the same ones, laid out the same way, as the
// server will make of it, so that its HTML can take their place without a jump.

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}(?=\S)|(?= {5})| ?$)/;
const DELIMITERS = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * The blocks of a text, each `{type, source, …}`: `paragraph` and `heading` have `text`, `code`
 * has `text`, `quote` has `blocks`, `list` has `items` (lists of blocks) and `loose`, `table` has
 * `head`, `rows` and `aligns`.
 */
export function blocksOf(text) {
  return parse(text.split("\n"));
}

function parse(lines) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const begin = at;
    const [block, end] = blockAt(lines, at);
    at = end;
    const blankAfter = at < lines.length && !lines[at].trim();
    blocks.push({ ...block, source: lines.slice(begin, end).join("\n"), blankAfter });
  }
  return blocks;
}

/** The block that begins at a line, and the line after it. */
function blockAt(lines, at) {
  for (const kind of [fence, heading, rule, quote, list, table]) {
    const found = kind(lines, at);
    if (found) return found;
  }
  return paragraph(lines, at);
}

function fence(lines, at) {
  const open = lines[at].match(FENCE);
  if (!open || (open[1][0] === "`" && lines[at].slice(open[0].length).includes("`"))) return null;
  const closing = new RegExp(`^ {0,3}${open[1][0]}{${open[1].length},}[ \\t]*$`);
  let end = at + 1;
  while (end < lines.length && !closing.test(lines[end])) end += 1;
  const text = lines.slice(at + 1, end).join("\n");
  return [{ type: "code", text }, Math.min(end + 1, lines.length)];
}

function heading(lines, at) {
  const found = lines[at].match(HEADING);
  return found && [{ type: "heading", level: found[1].length, text: found[2] ?? "" }, at + 1];
}

function rule(lines, at) {
  return RULE.test(lines[at]) ? [{ type: "rule" }, at + 1] : null;
}

function quote(lines, at) {
  if (!QUOTE.test(lines[at])) return null;
  const inner = [];
  let end = at;
  while (end < lines.length && lines[end].trim()) {
    const quoted = QUOTE.test(lines[end]);
    if (!quoted && (!inner.at(-1).trim() || interrupts(lines, end))) break;
    inner.push(lines[end].replace(QUOTE, ""));
    end += 1;
  }
  return [{ type: "quote", blocks: parse(inner) }, end];
}

function list(lines, at) {
  const first = lines[at].match(ITEM);
  if (!first) return null;
  const kind = first[2].at(-1);
  const items = [];
  let loose = false;
  let end = at;
  for (;;) {
    const marker = lines[end]?.match(ITEM);
    if (!marker || marker[2].at(-1) !== kind || RULE.test(lines[end])) break;
    const indent = marker[1].length + marker[2].length + (marker[3].length || 1);
    const [inner, next] = itemLines(lines, end, indent);
    const blank = trimBlankEnd(inner);
    const blocks = parse(inner);
    loose ||= blocks.slice(0, -1).some((block) => block.blankAfter);
    items.push(blocks);
    end = next;
    if (blank && lines[end]?.match(ITEM)?.[2].at(-1) === kind) loose = true;
  }
  const start = Number.parseInt(first[2], 10);
  return [{ type: "list", ordered: !Number.isNaN(start), start, items, loose }, end];
}

/** The lines of one item without its indent, and where the next block begins. */
function itemLines(lines, at, indent) {
  const inner = [lines[at].slice(indent)];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const depth = line.length - line.trimStart().length;
    if (!line.trim()) inner.push("");
    else if (depth >= indent) inner.push(line.slice(indent));
    else if (!inner.at(-1).trim() || ITEM.test(line) || interrupts(lines, end)) break;
    else inner.push(line.trimStart());
  }
  return [inner, end];
}

function trimBlankEnd(lines) {
  const before = lines.length;
  while (lines.length > 1 && !lines.at(-1)) lines.pop();
  return lines.length < before;
}

function table(lines, at) {
  if (!isTableHead(lines, at)) return null;
  const head = cells(lines[at]);
  let end = at + 2;
  const goesOn = (line) => line.trim() && !QUOTE.test(line) && !FENCE.test(line);
  while (end < lines.length && goesOn(lines[end])) end += 1;
  const rows = lines.slice(at + 2, end).map((line) => {
    const row = cells(line);
    return head.map((_, column) => row[column] ?? "");
  });
  return [{ type: "table", head, rows, aligns: cells(lines[at + 1]).map(alignment) }, end];
}

function isTableHead(lines, at) {
  if (!lines[at].includes("|") || !DELIMITERS.test(lines[at + 1] ?? "")) return false;
  return cells(lines[at]).length === cells(lines[at + 1]).length;
}

function alignment(cell) {
  if (!cell.endsWith(":")) return null;
  return cell.startsWith(":") ? "center" : "right";
}

function cells(line) {
  const parts = line.trim().split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  if (parts[0] === "") parts.shift();
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !interrupts(lines, end)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trimStart()).join("\n").trimEnd();
  return [{ type: "paragraph", text }, end];
}

/** Whether a line ends the paragraph before it. */
function interrupts(lines, at) {
  const line = lines[at];
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line)) return true;
  const item = line.match(ITEM);
  if (item) return line.trim().length > item[2].length && /^([-*+]|0*1\D)/.test(item[2]);
  return isTableHead(lines, at);
}
