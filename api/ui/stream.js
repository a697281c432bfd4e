// Following a run to its end, whatever the network does in between.

import { Problem, Unreachable, runEvents, startRun } from "./api.js";

const TERMINAL = new Set(["RUN_FINISHED", "RUN_ERROR"]);
const SILENCE_MS = 45_000;
const LONGEST_WAIT_MS = 10_000;
const REFUSED_STARTS = 4;

/** The frames of an event stream as `{id, event}`; comments only keep it alive. */
export async function* frames(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await orSilence(reader.read());
      if (done) return;
      rest += value;
      const parts = rest.split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const frame = parseFrame(part);
        if (frame) yield frame;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** One frame, or null for a comment. `id` is null for what is not durable. */
export function parseFrame(text) {
  let id = null;
  const data = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("id:")) id = Number(line.slice(3));
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { id, event: JSON.parse(data.join("\n")) } : null;
}

function orSilence(read) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable("silence")), SILENCE_MS);
  });
  return Promise.race([read, silence]).finally(() => clearTimeout(timer));
}

/**
 * Follows a run until its terminal event. `start` (see `startRun`) is sent first where given;
 * sending it again is safe, for the run's id is its key. Each event goes to `onEvent` once, in
 * order; `onLink` hears "live" and "lost". Throws Problem when the service refuses for good.
 */
export async function follow({ runId, start = null, onEvent, onLink, signal }) {
  let last = 0;
  let failures = 0;
  let accepted = start === null;
  while (!signal.aborted) {
    try {
      const response = await (accepted ? runEvents(runId, last, signal) : startRun(start, signal));
      accepted = true;
      onLink("live");
      if (response.status === 204) return;
      for await (const { id, event } of frames(response)) {
        failures = 0;
        last = id ?? last;
        // Where somebody else was first, the service answers with the run that goes on.
        if (event.type === "RUN_STARTED") runId = event.runId ?? runId;
        onEvent(event);
        if (TERMINAL.has(event.type)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !worthRetrying(error, accepted, failures)) throw error;
      if (error instanceof Problem) await pause((error.retryAfter ?? 0) * 1000, signal);
    }
    // A server that restarts cuts once and is back at once: that is nothing to tell.
    if (failures > 0 || !navigator.onLine) onLink("lost");
    await pause(Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures) * (0.5 + Math.random()), signal);
    failures += 1;
  }
}

function worthRetrying(problem, accepted, failures) {
  if (accepted) return problem.status >= 500 || problem.status === 429;
  return problem.status === 503 && failures < REFUSED_STARTS;
}

/** Waits; the network's return or an abort ends the wait. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    addEventListener("online", finish);
    signal.addEventListener("abort", finish);
  });
}
