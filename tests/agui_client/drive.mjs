// Drives the stock AG-UI client: reads {steps: [...]} from stdin, does them in order with one
// agent, and writes one JSON object with what each step saw. Nothing of the client is replaced.
import { HttpAgent } from "@ag-ui/client";

const warnings = [];
console.warn = (...words) => warnings.push(words.map(String).join(" "));

const { url, token, threadId, steps } = JSON.parse(await readAll(process.stdin));
const agent = new HttpAgent({ url: `${url}/agui`, threadId, headers: bearer(token) });
const results = [];
for (const step of steps) results.push(await perform(step));
process.stdout.write(JSON.stringify({ results, warnings }));

async function perform(step) {
  if (step.token !== undefined) agent.headers = bearer(step.token);
  if (step.text !== undefined) {
    agent.addMessage({ id: step.messageId ?? crypto.randomUUID(), role: "user", content: step.text });
  }
  const seen = { events: [], outcome: null, failed: null };
  try {
    await reader(step).runAgent({ runId: step.runId, resume: step.resume }, watch(step, seen));
  } catch (error) {
    seen.failed = { message: error.message, status: error.status ?? null, payload: error.payload ?? null };
  }
  if (step.cancelled) seen.cancelStatus = (await step.cancelled).status;
  return { ...seen, messages: reader(step).messages };
}

// Following a run is the same client with another address and a GET: `fetch` is its own option.
function reader(step) {
  if (step.follow === undefined) return agent;
  step.agent ??= new HttpAgent({
    url: `${url}/agui/runs/${step.follow}/events`,
    threadId,
    headers: { ...agent.headers, ...(step.after ? { "Last-Event-ID": step.after } : {}) },
    fetch: (address, { headers, signal }) => fetch(address, { headers, signal }),
  });
  return step.agent;
}

function watch(step, seen) {
  return {
    onEvent: ({ event }) => {
      seen.events.push(event);
      if (event.type !== "TEXT_MESSAGE_CONTENT") return;
      if (step.cancel) cancel(step);
      if (step.leave) agent.abortRun();
    },
    onRunFinishedEvent: ({ outcome }) => {
      seen.outcome = outcome;
    },
  };
}

function cancel(step) {
  step.cancel = false;
  step.cancelled = fetch(`${url}/agui/runs/${step.runId}/cancel`, {
    method: "POST",
    headers: agent.headers,
  });
}

function bearer(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function readAll(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}
