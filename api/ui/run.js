// One run as the reader sees it, folded from its events. No I/O: events in, state out.

/** The state of a run that was just asked for. `parts` are the texts of the answer, in order. */
export function newRun(id) {
  return {
    id,
    status: "sending", // sending, waiting, running, finished, interrupted, cancelled, failed
    link: "live",
    doing: "Sending",
    steps: [],
    parts: [],
    receipt: null,
    approvals: [], // the ids of those it has stopped for
    notice: null, // a sentence about how the answer came to be
    card: null, // set when the answer is the fixed text for a crisis
    error: null,
  };
}

/** A run that has ended, from its stored assistant messages; the last one carries the receipt. */
export function storedRun(id, messages) {
  const run = { ...newRun(id), status: "finished", doing: "" };
  for (const message of messages) {
    const part = { id: message.id, text: message.content, html: message.html };
    run.parts.push(part);
    run.receipt = message.receipt ?? run.receipt;
    takeMetadata(run, message.metadata, part);
  }
  if (run.status === "failed") run.error = "This answer broke off before it was complete.";
  return run;
}

function takeMetadata(run, metadata, part) {
  run.notice = metadata?.notice ?? run.notice;
  run.card = metadata?.card ?? run.card;
  if (metadata?.approvals) {
    run.approvals = metadata.approvals;
    // It says in words what the cards show.
    if (part) part.isCard = true;
  }
  if (metadata?.status === "interrupted") run.status = "interrupted";
  if (metadata?.status === "cancelled") run.status = "cancelled";
  if (metadata?.status === "error") run.status = "failed";
}

export function isOpen(run) {
  return run.status === "sending" || run.status === "waiting" || run.status === "running";
}

/** The whole text of the answer, as it was written. */
export function answerText(run) {
  return run.parts.map((part) => part.text).join("\n\n");
}

/** Takes the result of a call that another run waited with: its step is done. */
export function settle(run, event) {
  if (event.type !== "TOOL_CALL_RESULT" || !stepOf(run, event)) return;
  HANDLERS[event.type](run, event);
  stepOf(run, event).summary = "decided";
}

const DOING = {
  recall: "Remembering",
  guard: "Thinking",
  answer: "Thinking",
  verify: "Checking the sources",
};

const ENDS = { interrupt: "interrupted", cancelled: "cancelled" };

const HANDLERS = {
  RUN_STARTED(run) {
    run.status = "running";
    run.doing = "Thinking";
  },
  STEP_STARTED(run, event) {
    run.doing = DOING[event.stepName] ?? run.doing;
  },
  TOOL_CALL_START(run, event) {
    const title = event.metadata?.title ?? event.toolCallName;
    run.doing = title;
    if (stepOf(run, event)) return;
    run.steps.push({
      id: event.toolCallId,
      tool: event.toolCallName,
      title,
      args: "",
      done: false,
      failed: false,
      waits: false, // for a person's decision
      summary: null,
      statements: [],
      missing: [],
      facts: 0,
    });
  },
  TOOL_CALL_ARGS(run, event) {
    const step = stepOf(run, event);
    if (step && !step.done) step.args += event.delta;
  },
  TOOL_CALL_RESULT(run, event) {
    const step = stepOf(run, event);
    if (step) Object.assign(step, resultOf(event), { done: true, waits: false });
    if (isOpen(run)) run.doing = "Thinking";
  },
  TEXT_MESSAGE_START(run, event) {
    run.doing = "Answering";
    if (partOf(run, event.messageId)) return;
    run.parts.push({ id: event.messageId, text: "", html: null });
  },
  TEXT_MESSAGE_CONTENT(run, event) {
    const part = partOf(run, event.messageId);
    if (part) part.text += event.delta;
  },
  TEXT_MESSAGE_END(run, event) {
    // Its status is not the run's, which has an end of its own.
    takeMetadata(run, { ...event.metadata, status: null }, partOf(run, event.messageId));
  },
  MESSAGES_SNAPSHOT(run, event) {
    // Another worker took the run over: of the text, only what is committed still stands.
    const committed = new Set(event.messages.map((message) => message.id));
    run.parts = run.parts.filter((part) => committed.has(part.id));
  },
  ACTIVITY_SNAPSHOT(run, event) {
    if (event.activityType !== "receipt") return;
    const { message_id: messageId, html, ...receipt } = event.content;
    run.receipt = receipt;
    run.notice ??= receipt.notice ?? null;
    const part = partOf(run, messageId) ?? run.parts.at(-1);
    if (part && html) part.html = html;
  },
  RUN_FINISHED(run, event) {
    run.status = ENDS[event.outcome?.type] ?? "finished";
    run.doing = "";
    for (const step of run.steps) step.waits = run.status === "interrupted" && !step.done;
  },
  RUN_ERROR(run, event) {
    run.status = "failed";
    run.doing = "";
    run.error = event.message;
  },
};

/** Takes one AG-UI event into the run. Events it does not know change nothing. */
export function fold(run, event) {
  HANDLERS[event.type]?.(run, event);
}

function stepOf(run, event) {
  return run.steps.find((step) => step.id === event.toolCallId);
}

function partOf(run, id) {
  return run.parts.find((part) => part.id === id);
}

function resultOf(event) {
  const { statements = [], missing = [], facts = statements.length, error } = parsed(event.content);
  const summary = event.metadata?.summary ?? null;
  return { summary, statements, missing, facts, failed: Boolean(error) };
}

function parsed(content) {
  try {
    const value = JSON.parse(content);
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}
