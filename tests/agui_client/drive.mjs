// Drives the stock AG-UI client: reads {steps: [...]} from stdin, does them in order with one
// agent, and writes one JSON object with what each step saw. Nothing of the client is replaced.
import { HttpAgent, buildResumeArray } from "@ag-ui/client";

const warnings = [];
console.warn = (...words) => warnings.push(words.map(String).join(" "));

const { url, token, threadId, steps } = JSON.parse(await readAll(process.stdin));
const agent = new HttpAgent({ url: `${url}/agui`, threadId, headers: bearer(token) });
const results = [];
for (const step of steps) results.push(await perform(step));
process.stdout.write(JSON.stringify({ results, warnings }));

async function perform(step) {
  if (step.token !== undefined) agent.headers = bearer(step.token);
  const client = clientOf(step);
  if (step.text !== undefined) {
    client.addMessage({ id: step.messageId ?? crypto.randomUUID(), role: "user", content: step.text });
  }
  if (step.answer !== undefined) {
    const answers = client.pendingInterrupts.map(({ id }) => [id, step.answer]);
    step.resume = buildResumeArray(client.pendingInterrupts, Object.fromEntries(answers));
  }
  const seen = { events: [], outcome: null, failed: null };
  try {
    await client.runAgent({ runId: step.runId, resume: step.resume }, watch(step, seen));
  } catch (error) {
    seen.failed = { message: error.message, status: error.status ?? null, payload: error.payload ?? null };
  }
  if (step.cancelled) seen.cancelStatus = (await step.cancelled).status;
  return { ...seen, messages: client.messages };
}

// A second tab is another client of the same thread. Following a run is a client with another
// address and a GET: `fetch` is the client's own option.
function clientOf(step) {
  const { headers } = agent;
  if (step.tab) return new HttpAgent({ url: `${url}/agui`, threadId, headers });
  if (step.follow === undefined) return agent;
  return new HttpAgent({
    url: `${url}/agui/runs/${step.follow}/events`,
    threadId,
    headers,
    fetch: (address, { headers, signal }) => fetch(address, { headers, signal }),
  });
}

function watch(step, seen) {
  return {
    onEvent: ({ event }) => {
      seen.events.push(event);
      if (event.type !== "TEXT_MESSAGE_CONTENT") return;
      if (step.cancel) cancel(step);
      if (step.leave) agent.abortRun();
    },
    onRunFinishedEvent: ({ outcome, interrupts }) => {
      seen.outcome = outcome;
      seen.interrupts = interrupts;
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
