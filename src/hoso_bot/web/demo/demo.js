// Joins the parts: phones, story and network.

import { icon, make } from "./icons.js";
import { actionId, follow, post, readState, upload } from "./net.js";
import { PhoneView } from "./phone.js";
import { steps, tell } from "./story.js";
import { initials, problem, say, shortName } from "./words.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const one = {
  views: new Map(), chats: new Map(), inAir: new Map(), retries: new Map(), saved: new Set(),
  active: "", epoch: "", limit: 0,
};

// --- what a person does ------------------------------------------------------------------------------

/** Show it at once, send it, say kindly when it did not work; `run(id, local)` may be repeated. */
async function act(view, content, run) {
  const action = actionId();
  const local = {
    id: `local-${action}`, chat: view.phone.chat_id, mine: true, at: new Date().toISOString(), action,
    state: "sending", text: "", keys: [], used: [], chosen: "", edited: false, ...content,
  };
  const attempt = async () => {
    local.state = "sending";
    if (!settled(view, action)) view.put(local);
    try {
      await run(action, local);
      local.state = "sent";
    } catch (refused) {
      local.state = "failed";
      view.tell(problem(refused.code, refused.facts));
    }
    if (!settled(view, action)) view.put(local);
  };
  one.retries.set(action, attempt);
  await attempt();
}

const settled = (view, action) =>
  (one.chats.get(view.phone.chat_id) || []).some((b) => b.mine && b.action === action);

function sendText(view, text) {
  const chat = view.phone.chat_id;
  const { reply_to, quote } = view.answers();
  return act(view, { text, quote }, (id) => post(chat, "text", { text, id, reply_to }));
}

function sendFile(view, file) {
  if (file.size > one.limit) return view.tell(problem("too_big", { max_bytes: one.limit }));
  const card = { id: "", name: file.name, size: file.size, mime: file.type };
  const { reply_to, quote } = view.answers();
  return act(view, { file: card, quote, progress: 0 }, (id, local) => upload(view.phone.chat_id, file, id, reply_to, (share) => {
    local.progress = share;
    if (!settled(view, id)) view.put(local);
  }));
}

async function sendSample(view, sample) {
  try {
    await post(view.phone.chat_id, "file", { sample, id: actionId() });
  } catch (refused) {
    view.tell(problem(refused.code, refused.facts));
  }
}

async function press(view, bubble, token) {
  one.inAir.set(bubble.id, token);
  view.redraw(bubble.id);
  try {
    await post(view.phone.chat_id, "tap", { message: bubble.id, token, id: actionId() });
  } catch (refused) {
    view.tell(problem(refused.code, refused.facts));
  }
  one.inAir.delete(bubble.id);
  view.redraw(bubble.id);
}

// --- what the server tells ---------------------------------------------------------------------------

function hear(news) {
  if (news.epoch !== one.epoch) startOver(news);
  for (const bubble of news.bubbles) take(bubble, news.from === 0);
  for (const [chat, on] of Object.entries(news.typing)) one.views.get(chat)?.setTyping(on);
  showStory();
}

function startOver(news) {
  const again = one.epoch !== "";
  one.epoch = news.epoch;
  one.chats.clear();
  one.saved.clear();
  for (const view of one.views.values()) view.clear();
  if (again && one.views.size) one.views.get(one.active).tell(say.restarted);
}

function take(bubble, quiet) {
  const view = one.views.get(bubble.chat);
  if (!view) return;
  const known = one.chats.get(bubble.chat) || [];
  const at = known.findIndex((b) => b.id === bubble.id);
  if (at >= 0) known[at] = bubble;
  else known.push(bubble);
  one.chats.set(bubble.chat, known);
  if (bubble.action) view.remove(`local-${bubble.action}`);
  view.put(bubble);
  const unseen = one.active !== bubble.chat || document.hidden;
  if (at < 0 && !bubble.mine && !quiet && unseen) view.setUnread(view.unread + 1);
  showTitle();
}

// --- the page around the phones ----------------------------------------------------------------------

function activate(chat) {
  one.active = chat;
  for (const [id, view] of one.views) {
    const on = id === chat;
    view.root.classList.toggle("is-active", on);
    view.tab.setAttribute("aria-selected", String(on));
    view.tab.tabIndex = on ? 0 : -1;
  }
  one.views.get(chat).setUnread(0);
  showTitle();
}

function showTitle() {
  const count = [...one.views.values()].reduce((sum, view) => sum + view.unread, 0);
  document.title = `${count ? `(${count}) ` : ""}hoso-bot: ba chiếc điện thoại`;
}

function showStory() {
  const owners = [...one.views.keys()];
  if (owners.length < 3) return;
  const { at, turn, hint } = tell(one.chats, owners, one.saved);
  [...part("steps").children].forEach((item, index) => {
    item.className = index < at ? "is-done" : index === at ? "is-now" : "";
    if (index === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  if (part("hint").textContent !== hint) part("hint").textContent = hint;
  owners.forEach((id, index) => one.views.get(id).setTurn(index === turn));
}

function showConnection(on) {
  part("offline").hidden = on;
  part("offline").textContent = on ? "" : say.offline;
  for (const view of one.views.values()) view.setConnected(on);
}

function addPhone(phone, index, offers) {
  const view = new PhoneView(phone, index, offers, {
    reply: (bubble) => view.replyTo(bubble),
    text: (line) => sendText(view, line),
    file: (file) => sendFile(view, file),
    sample: (name) => sendSample(view, name),
    press: (bubble, token) => press(view, bubble, token),
    pending: (bubble) => one.inAir.get(bubble.id),
    saved: (file) => { one.saved.add(file.id); showStory(); },
    retry: (bubble) => one.retries.get(bubble.action),
    problem: (code) => view.tell(problem(code)),
    used: () => { if (one.active !== phone.chat_id || view.unread) activate(phone.chat_id); },
  });
  one.views.set(phone.chat_id, view);
  part("phones").append(view.root);
  part("tabs").append(tabOf(view));
}

function tabOf(view) {
  const { phone } = view;
  view.root.id = `phone-${view.index}`;
  view.tabBadge = make("span", { class: "badge", hidden: true });
  view.tab = make("button", {
    type: "button", role: "tab", class: "tab", "data-tab": phone.chat_id,
    "aria-controls": view.root.id, "aria-selected": "false", onclick: () => activate(phone.chat_id),
  },
  make("span", { class: "avatar", "aria-hidden": "true" }, initials(phone.name)),
  make("span", { class: "tab-name" }, shortName(phone.name), make("small", {}, phone.role.split(" · ")[0])),
  view.tabBadge);
  view.tab.style.setProperty("--own", view.root.style.getPropertyValue("--own"));
  return view.tab;
}

function walkTabs(event) {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move) return;
  const chats = [...one.views.keys()];
  const next = chats[(chats.indexOf(one.active) + move + chats.length) % chats.length];
  activate(next);
  one.views.get(next).tab.focus();
}

function closeNoteOutside() {
  const note = document.querySelector(".custody");
  document.addEventListener("pointerdown", (e) => { if (!note.contains(e.target)) note.open = false; });
  note.addEventListener("keydown", (e) => { if (e.key === "Escape") note.open = false; });
}

function drawSteps() {
  part("steps").append(...steps.map(({ title }, index) => make("li", {},
    make("span", { class: "step-mark", "aria-hidden": "true" }, make("span", {}, String(index + 1)), icon("check")),
    make("span", { class: "step-title" }, title))));
}

async function start() {
  let state;
  try {
    state = await readState();
  } catch (error) {
    showConnection(false);
    setTimeout(start, 2000);
    return;
  }
  one.limit = state.max_file_bytes;
  const { commands, samples } = state;
  state.phones.forEach((phone, index) => addPhone(phone, index, { commands, samples: index === 0 ? samples : [] }));
  activate(state.phones[0].chat_id);
  drawSteps();
  document.querySelector(".story").hidden = state.phones.length < 3;
  part("tabs").addEventListener("keydown", walkTabs);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) activate(one.active); });
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (e) => e.preventDefault());
  closeNoteOutside();
  showConnection(true);
  hear({ ...state, from: 0 });
  document.documentElement.dataset.ready = "";
  follow(`${state.epoch}-${state.revision}`, hear, showConnection);
}

start();
