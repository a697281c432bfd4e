// The page: who is here, which place is shown, and the shell around it.

import { speakThrough } from "./announce.js";
import { approvals } from "./approvals.js";
import { button, h } from "./dom.js";
import { go, here, onMove, placeOf } from "./router.js";
import { endSession, readSession, session } from "./session.js";
import { tabs } from "./tabs.js";
import { threads } from "./threads.js";
import { installShortcuts } from "./elements/shortcuts.js";
import { toast } from "./elements/toast.js";
import "./elements/chat.js";
import "./elements/inbox.js";
import "./elements/lead.js";
import "./elements/login.js";
import "./elements/memory.js";
import "./elements/threads.js";

const root = document.querySelector("#app");
const voice = h("div", { class: "visually-hidden", role: "status" });
const OFFLINE = "You are offline. What you send waits here until you are back.";
/** The places beside the conversation, each an element with `open` and `focusHeading`. */
const PAGES = { approvals: "mosaic-inbox", lead: "mosaic-lead", memory: "mosaic-memory" };
const LOOK_AGAIN_MS = 15_000;
let shell = null;

async function start() {
  document.body.append(voice);
  speakThrough(voice);
  try {
    await readSession();
  } catch (error) {
    showUnreachable(error);
    return;
  }
  onMove(show);
  addEventListener("loggedout", left);
  tabs.listen("left", left);
  addEventListener("offline", showNetwork);
  addEventListener("online", showNetwork);
  document.addEventListener("visibilitychange", cameBack);
  addEventListener("keydown", escapeSide, { capture: true });
  setInterval(lookAgain, LOOK_AGAIN_MS);
  installShortcuts({
    newConversation: () => shell && go("/"),
    focusComposer: () => shell && !shell.chat.hidden && shell.chat.focusComposer(),
    search: () => shell && search(),
    stop: () => shell && !shell.chat.hidden && shell.chat.stop(),
  });
  show();
}

/** Shows the place that the address names, or the log-in where nobody is logged in. */
function show() {
  const place = here();
  if (!session.user) return showLogin(place);
  if (place.name === "login") return go(nextPath(), { replace: true });
  if (!shell) buildShell();
  closeSide();
  const page = PAGES[place.name] ? pageOf(PAGES[place.name]) : null;
  shell.chat.hidden = page !== null;
  for (const other of shell.pages.values()) other.hidden = other !== page;
  shell.place = page ?? shell.chat;
  if (page) page.open(place);
  else shell.chat.open(place.threadId ?? null);
  shell.side.draw();
  if (page) page.focusHeading();
  else if (matchMedia("(pointer: fine)").matches) shell.chat.focusComposer();
  return undefined;
}

/** The element of a place, made when it is first gone to. */
function pageOf(tag) {
  if (!shell.pages.has(tag)) {
    const page = h(tag, { class: "page", on: { menu: openSide, ask: askAbout } });
    shell.pages.set(tag, page);
    shell.main.append(page);
  }
  return shell.pages.get(tag);
}

/** A question about what a page shows, to be gone on with in a new conversation. */
function askAbout({ detail }) {
  go("/");
  shell.chat.fill(detail);
}

function showLogin(place) {
  shell = null;
  document.title = "Log in – Mosaic";
  if (place.name !== "login") {
    const isPlace = place.name === "thread" || PAGES[place.name];
    const next = isPlace ? `?next=${encodeURIComponent(location.pathname)}` : "";
    history.replaceState(null, "", `/login${next}`);
  }
  const login = h("mosaic-login", { on: { done: entered } });
  root.replaceChildren(h("main", { class: "entrance" }, login));
}

async function entered() {
  try {
    await readSession();
    go(nextPath(), { replace: true });
  } catch (error) {
    showUnreachable(error);
  }
}

/** Where to go after log-in: only ever a place of this page. */
function nextPath() {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  const { name } = next.startsWith("/") ? placeOf(next) : {};
  return name === "thread" || PAGES[name] ? next : "/";
}

function buildShell() {
  const side = h("mosaic-threads", { class: "side", id: "side" });
  const chat = h("mosaic-chat", { class: "chat" });
  const veil = h("div", { class: "veil", on: { click: closeSide } });
  const network = h("p", { class: "network", role: "status", hidden: true });
  const main = h("main", { class: "place" }, network, chat);
  shell = { side, chat, main, veil, network, pages: new Map(), place: chat };
  side.addEventListener("close", closeSide);
  side.addEventListener("leave", leave);
  chat.addEventListener("menu", openSide);
  const skip = h("a", { class: "skip", href: "#message" }, "Skip to the content");
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    if (shell.place === chat) chat.focusComposer();
    else shell.place.focusHeading();
  });
  root.replaceChildren(
    skip,
    h("div", { class: "shell" }, side, veil, main),
  );
  showNetwork();
  threads.reload();
  if (session.user.role === "operator") approvals.refresh();
}

function openSide() {
  shell.side.classList.add("open");
  shell.main.inert = true;
  shell.side.querySelector(".side-close").focus();
}

function closeSide() {
  if (!shell?.side.classList.contains("open")) return;
  shell.side.classList.remove("open");
  shell.main.inert = false;
  shell.place.querySelector(".menu-button").focus();
}

function escapeSide(event) {
  const isOpen = shell?.side.classList.contains("open");
  if (event.key !== "Escape" || !isOpen || document.querySelector(":popover-open, dialog[open]")) {
    return;
  }
  event.preventDefault();
  closeSide();
}

function search() {
  if (matchMedia("(max-width: 800px)").matches) openSide();
  shell.side.focusSearch();
}

async function leave() {
  try {
    await endSession();
    left();
  } catch (error) {
    toast(error.detail ?? "Logging out did not work. Try again.", "error");
  }
}

function left() {
  if (!shell) return;
  session.user = null;
  shell.chat.conversation?.close();
  threads.clear();
  approvals.clear();
  show();
}

function showNetwork() {
  if (!shell) return;
  shell.network.hidden = navigator.onLine;
  shell.network.textContent = navigator.onLine ? "" : OFFLINE;
}

function cameBack() {
  if (document.hidden || !shell) return;
  threads.reload();
  shell.chat.refresh();
  if (session.user.role === "operator") approvals.refresh();
}

/** Somebody else may decide what is waited for here. */
function lookAgain() {
  if (document.hidden || !navigator.onLine || !session.user) return;
  if (approvals.waiting.length) approvals.refresh();
}

function showUnreachable(error) {
  root.replaceChildren(
    h("main", { class: "entrance" }, h("div", { class: "problem", role: "alert" },
      h("h1", {}, "Mosaic cannot be reached"),
      h("p", {}, error.detail ?? "Something on this page went wrong."),
      button("Try again", () => location.reload(), { kind: "primary" }),
    )),
  );
  if (!error.detail) throw error;
}

start();
