// Who is logged in, and what the service is set up as. One of each per page.

import * as api from "./api.js";
import { tabs } from "./tabs.js";

export const session = {
  user: null,
  config: { model: {}, coach: {} },
};

const ENTERED = "entered";

/**
 * Reads who is logged in (null for nobody) and the configuration. Throws Problem or Unreachable.
 * In a browser where nobody ever logged in there is nobody to ask for.
 */
export async function readSession() {
  const reading = localStorage.getItem(ENTERED) ? readUser() : null;
  const [user, config] = await Promise.all([reading, api.config()]);
  session.user = user;
  session.config = { model: {}, coach: {}, ...config };
}

async function readUser() {
  try {
    return await api.me();
  } catch (error) {
    if (error.status !== 401) throw error;
    localStorage.removeItem(ENTERED);
    return null;
  }
}

/** Begins a session: `enter` is `api.login` or `api.register`. Throws Problem or Unreachable. */
export async function beginSession(enter, email, password) {
  await enter(email, password);
  localStorage.setItem(ENTERED, "1");
}

/** Ends the session here and in every tab. Throws Problem or Unreachable. */
export async function endSession() {
  await api.logout();
  localStorage.removeItem(ENTERED);
  forgetDrafts();
  session.user = null;
  tabs.tell("left");
}

const draftKey = (threadId) => `draft:${threadId ?? "new"}`;

/** What was typed and not sent, per conversation, kept for as long as the tab lives. */
export const drafts = {
  read: (threadId) => sessionStorage.getItem(draftKey(threadId)) ?? "",
  keep(threadId, text) {
    if (text) sessionStorage.setItem(draftKey(threadId), text);
    else sessionStorage.removeItem(draftKey(threadId));
  },
};

function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:")) sessionStorage.removeItem(key);
  }
}
