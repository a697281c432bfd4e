// Places and their addresses: / (a new conversation), /login, /t/{thread_id}, /approvals,
// /leads/{lead_id}, /memory.

const listeners = new Set();

/** The place an address names: `{name, threadId, leadId}`. */
export function placeOf(path) {
  const thread = path.match(/^\/t\/([A-Za-z0-9._:-]{1,128})$/);
  if (thread) return { name: "thread", threadId: thread[1] };
  const lead = path.match(/^\/leads\/([A-Za-z0-9_-]{1,64})$/);
  if (lead) return { name: "lead", leadId: lead[1] };
  if (["/login", "/approvals", "/memory"].includes(path)) return { name: path.slice(1) };
  return path === "/" ? { name: "new" } : { name: "elsewhere" };
}

export const here = () => placeOf(location.pathname);
export const threadPath = (id) => `/t/${id}`;

/** Goes to a place of this page. `replace` leaves no step to go back to. */
export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  for (const listener of listeners) listener();
}

/** Hears of every move; plain clicks on links to our own places become moves. */
export function onMove(listener) {
  listeners.add(listener);
  if (listeners.size > 1) return;
  addEventListener("popstate", () => {
    for (const each of listeners) each();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || modified || event.button !== 0 || event.defaultPrevented) return;
    if (link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || placeOf(url.pathname).name === "elsewhere") return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}
