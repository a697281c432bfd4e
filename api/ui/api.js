// The service, as functions. The session is a cookie the page cannot read; no token is kept here.

/** An answer that is not 2xx. `detail` is the sentence for the reader. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ?? "The service did not say what went wrong. Try again.");
    this.status = status;
    this.code = body.code ?? "unknown";
    this.detail = this.message;
    this.retryAfter = retryAfter;
  }
}

/** The request never got an answer. */
export class Unreachable extends Error {
  constructor(cause) {
    super("Mosaic cannot be reached. Check the network; this page tries again by itself.");
    this.cause = cause;
    this.detail = this.message;
  }
}

/** Sends a request; gives the response when it is 2xx. Throws Problem or Unreachable. */
export async function send(method, path, { body, headers = {}, signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
  if (!response.ok) {
    const ended = response.status === 401 && !path.startsWith("/auth/");
    if (ended) dispatchEvent(new Event("loggedout"));
    throw await problemOf(response);
  }
  return response;
}

async function problemOf(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  const text = await response.text().catch(() => "");
  return new Problem(response.status, parsed(text), retryAfter);
}

function parsed(text) {
  try {
    const body = JSON.parse(text);
    // FastAPI's own validation errors carry a list instead of a sentence.
    return typeof body.detail === "string" ? body : {};
  } catch {
    return {};
  }
}

async function json(method, path, body) {
  const response = await send(method, path, { body });
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (error) {
    // The service went away in the middle of its answer.
    throw new Unreachable(error);
  }
}

export const me = () => json("GET", "/auth/me");
export const config = () => json("GET", "/config");
export const login = (email, password) => json("POST", "/auth/login", { email, password });
export const register = (email, password) => json("POST", "/auth/register", { email, password });
export const logout = () => json("POST", "/auth/logout", {});

/** A page of conversations, newest first: `{threads, next}`. */
export function threads({ search = "", before = null, limit = 40 } = {}) {
  const query = new URLSearchParams({ limit });
  if (search) query.set("q", search);
  if (before) query.set("before", before);
  return json("GET", `/threads?${query}`);
}

/** A conversation with its last messages, or those before a cursor. */
export function thread(id, { before = null, limit = 40 } = {}) {
  const query = new URLSearchParams({ limit });
  if (before) query.set("before", before);
  return json("GET", `${threadPath(id)}?${query}`);
}

const threadPath = (id) => `/threads/${encodeURIComponent(id)}`;
export const renameThread = (id, title) => json("PATCH", threadPath(id), { title });
export const rememberThread = (id, remembered) => json("PATCH", threadPath(id), { remembered });
export const deleteThread = (id) => json("DELETE", threadPath(id));
export const exportPath = (id) => `${threadPath(id)}/export`;

/**
 * Starts a run; the response is its event stream. The same `runId` again attaches to it. With
 * `resume` it answers what the thread has stopped for instead of bringing a message.
 */
export function startRun({ threadId, runId, messageId, text, resume }, signal) {
  const body = {
    threadId,
    runId,
    messages: resume ? [] : [{ id: messageId, role: "user", content: text }],
    tools: [],
    context: [],
    state: {},
    forwardedProps: {},
    resume,
  };
  return send("POST", "/agui", { body, signal, headers: { Accept: "text/event-stream" } });
}

/** The events of a run after `last`, from the first one for 0, then those to come. */
export function runEvents(runId, last, signal) {
  const headers = { Accept: "text/event-stream" };
  return send("GET", `${runPath(runId)}/events?after=${last}`, { signal, headers });
}

const runPath = (runId) => `/agui/runs/${encodeURIComponent(runId)}`;
export const cancelRun = (runId) => json("POST", `${runPath(runId)}/cancel`, {});

const receiptPath = (id) => `/receipts/${encodeURIComponent(id)}`;
export const verifyReceipt = (id) => json("POST", `${receiptPath(id)}/verify`, {});

/** A receipt with the facts it names: `{…receipt, facts}`. */
export const receipt = (id) => json("GET", receiptPath(id));

/** A page of approvals, those of a status or all that "ended": `{approvals, next, open}`. */
export function approvals({ status = "pending", before = null, limit = 20 } = {}) {
  const query = new URLSearchParams({ status, limit });
  if (before) query.set("before", before);
  return json("GET", `/approvals?${query}`);
}

const approvalPath = (id) => `/approvals/${encodeURIComponent(id)}`;
export const approval = (id) => json("GET", approvalPath(id));

/** Decides: `{decision: "approve" | "deny", reason, args}`. */
export const decideApproval = (id, decision) => json("POST", approvalPath(id), decision);

/** A lead as its overview states it: `{facts, missing, data, as_of}`. */
export function lead(id) {
  return json("POST", "/api/tools/get_lead", { lead: id, include_description: true });
}

/** The texts made for a lead: `{artifacts: [{id, type, title, html, created_at}]}`. */
export const leadTexts = (id) => json("GET", `/api/leads/${encodeURIComponent(id)}/artifacts`);

/** A page of what is remembered: `{memories, total, next, forgotten}`. */
export function memories({ query = "", before = null, limit = 30 } = {}) {
  const asked = new URLSearchParams({ limit });
  if (query) asked.set("query", query);
  if (before) asked.set("before", before);
  return json("GET", `/memories?${asked}`);
}

/** Acts on a memory: `{memory, status, message}`. */
export const correctMemory = (id, text) => json("POST", `/memories/${id}/correct`, { text });
export const forgetMemory = (id) => json("POST", `/memories/${id}/forget`, {});
export const restoreMemory = (id) => json("POST", `/memories/${id}/restore`, {});
