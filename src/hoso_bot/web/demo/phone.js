// One phone: its owner, the list of messages, the composer. Knows no network; tells `hooks` what the person does.

import { draw } from "./bubble.js";
import { icon, make } from "./icons.js";
import { day, dayKey, initials, say } from "./words.js";

const NEAR_END = 90;
const TYPING_LASTS = 30000;
const COLOURS = ["#0f5f4e", "#8a4a12", "#34488c"];

export class PhoneView {
  /**
   * `offers`: samples (names) and commands ([command, meaning]).
   * `hooks`: text(line), file(file), sample(name), press, pending, saved, retry, problem(code), used().
   */
  constructor(phone, index, offers, hooks) {
    Object.assign(this, { phone, index, hooks }, offers);
    this.bubbles = new Map();
    this.unread = 0;
    this.atNewest = true;
    this.build();
  }

  build() {
    const { phone } = this;
    this.list = make("ol", {
      class: "messages", role: "log", "aria-live": "polite", "aria-label": say.log(phone.name), tabindex: "0",
    });
    this.empty = make("li", { class: "empty" }, say.empty);
    this.list.append(this.empty);
    this.typing = make("div", { class: "typing", hidden: true, "data-typing": true },
      make("i"), make("i"), make("i"), make("span", { class: "unseen" }, say.answering));
    this.newest = make("button", {
      type: "button", class: "newest", hidden: true, "aria-label": say.newest, onclick: () => this.toEnd(true),
    }, icon("down"));
    this.notice = make("div", { class: "notice", role: "alert", hidden: true, "data-notice": true });
    this.drop = make("p", { class: "drop", hidden: true }, icon("plan"), say.drop(phone.name));
    this.answering = make("div", { class: "answering", hidden: true, "data-answering": true });
    const stage = make("div", { class: "stage" }, this.list, this.newest);
    const screen = make("div", { class: "screen" },
      this.botLine(), stage, this.typing, this.notice, this.answering, this.foot(), this.drop);
    this.root = make("section", {
      class: "phone", "data-phone": phone.chat_id, "aria-label": say.phone(phone.name, phone.role),
    }, this.ownerLine(), make("div", { class: "device" }, screen));
    this.root.style.setProperty("--own", phone.colour || COLOURS[this.index % COLOURS.length]);
    this.listenForUse();
    this.listenForDrops();
  }

  ownerLine() {
    const { phone } = this;
    this.badge = make("span", { class: "badge", hidden: true, "data-unread": true });
    this.turn = make("span", { class: "turn", hidden: true }, say.turn);
    return make("header", { class: "owner" },
      make("span", { class: "avatar", "aria-hidden": "true" }, initials(phone.name)),
      make("div", { class: "owner-text" }, make("h2", {}, phone.name), make("p", {}, phone.role)),
      this.turn, this.badge);
  }

  botLine() {
    this.status = make("span", { class: "bot-status" }, say.online);
    return make("div", { class: "bot" },
      make("span", { class: "bot-mark", "aria-hidden": "true" }, icon("plan")),
      make("div", {}, make("p", { class: "bot-name" }, say.bot), this.status));
  }

  // --- what the person does -------------------------------------------------------------------------

  foot() {
    this.box = make("textarea", {
      rows: "1", maxlength: "4096", placeholder: say.write, "aria-label": say.writeFor(this.phone.name),
      "data-input": true, oninput: () => this.grow(), onkeydown: (e) => this.typed(e),
    });
    this.sendButton = make("button", {
      type: "submit", class: "round is-send", "aria-label": say.send, disabled: true, "data-send": true,
    }, icon("send"));
    this.picker = make("input", {
      type: "file", accept: "application/pdf,.pdf,image/*", class: "unseen", tabindex: "-1", "aria-hidden": "true",
      "data-picker": true, onchange: () => this.picked(),
    });
    const form = make("form", { class: "composer", onsubmit: (e) => { e.preventDefault(); this.submit(); } },
      this.menuButton("clip", say.attach, this.fileChoices()),
      this.commands.length > 0 && this.menuButton("slash", say.menu, this.commandChoices()),
      this.box, this.sendButton, this.picker);
    return make("div", { class: "foot" }, this.samples.length > 0 && this.sampleChips(), form);
  }

  typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  picked() {
    const [file] = this.picker.files;
    this.picker.value = "";
    if (file) this.hooks.file(file);
  }

  /** What is written or sent next answers this bubble. */
  replyTo(bubble) {
    this.answered = bubble;
    const close = make("button", { type: "button", "aria-label": say.noReply, onclick: () => this.answers() }, icon("cross"));
    this.answering.replaceChildren(icon("back"), make("p", {}, make("b", {}, `${say.replying}: `), firstWords(bubble)), close);
    this.answering.hidden = false;
    this.box.focus();
  }

  /** The id and first words of the bubble that is answered, which then is answered. */
  answers() {
    const bubble = this.answered;
    this.answered = undefined;
    this.answering.hidden = true;
    return bubble ? { reply_to: bubble.id, quote: firstWords(bubble) } : {};
  }

  sampleChips() {
    const chip = (name, n) => make("button", {
      type: "button", class: "chip", "data-sample": name, title: name, "aria-label": `${say.sample}: ${name}`,
      onclick: () => this.hooks.sample(name),
    }, icon("plan"), n ? say.sampleMore(n + 1) : say.sample);
    return make("div", { class: "chips" }, ...this.samples.slice(0, 2).map(chip));
  }

  fileChoices() {
    const own = [[say.pick, "", () => this.picker.click()]];
    return own.concat(this.samples.map((name) => [say.sample, name, () => this.hooks.sample(name)]));
  }

  commandChoices() {
    return this.commands.map(([command, meaning]) => [command, meaning, () => this.hooks.text(command)]);
  }

  menuButton(shape, label, choices) {
    const menu = make("ul", { class: "menu", hidden: true });
    const button = make("button", {
      type: "button", class: "round", "aria-label": label, title: label, "aria-expanded": "false",
      onclick: () => show(menu.hidden),
    }, icon(shape));
    const show = (on) => {
      menu.hidden = !on;
      button.setAttribute("aria-expanded", String(on));
      if (on) menu.querySelector("button").focus();
    };
    const choose = (run) => { show(false); button.focus(); run(); };
    menu.append(...choices.map(([title, detail, run]) => make("li", {},
      make("button", { type: "button", onclick: () => choose(run) }, make("b", {}, title), detail && make("span", {}, detail)))));
    const holder = make("div", { class: "menu-holder" }, button, menu);
    holder.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || menu.hidden) return;
      show(false);
      button.focus();
    });
    holder.addEventListener("focusout", (e) => { if (!holder.contains(e.relatedTarget)) show(false); });
    return holder;
  }

  submit() {
    const line = this.box.value.trim();
    if (!line) return;
    this.box.value = "";
    this.grow();
    this.hooks.text(line);
  }

  grow() {
    this.sendButton.disabled = !this.box.value.trim();
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 120)}px`;
  }

  listenForUse() {
    for (const kind of ["pointerdown", "focusin", "wheel"]) {
      this.root.addEventListener(kind, () => this.hooks.used(), { passive: true });
    }
    this.list.addEventListener("scroll", () => this.noticePlace(), { passive: true });
    new ResizeObserver(() => this.resized()).observe(this.list);
  }

  listenForDrops() {
    const over = (on) => { this.drop.hidden = !on; };
    this.root.addEventListener("dragover", (e) => { e.preventDefault(); e.dataTransfer.dropEffect = "copy"; over(true); });
    this.root.addEventListener("dragleave", (e) => { if (!this.root.contains(e.relatedTarget)) over(false); });
    this.root.addEventListener("drop", (e) => { e.preventDefault(); over(false); this.dropped(e.dataTransfer); });
  }

  dropped(data) {
    const entry = data.items && data.items[0] && data.items[0].webkitGetAsEntry && data.items[0].webkitGetAsEntry();
    if (!data.files.length || (entry && entry.isDirectory)) this.hooks.problem("not_a_file");
    else if (data.files.length > 1) this.hooks.problem("one_file");
    else this.hooks.file(data.files[0]);
  }

  // --- what the person sees -------------------------------------------------------------------------

  /** Show a new bubble or an earlier one that changed; keeps the reader's place and the focus. */
  put(bubble) {
    const old = this.bubbles.get(bubble.id);
    const item = draw(bubble, this.hooks);
    if (old) this.replace(old.item, item);
    else this.append(bubble, item);
    this.bubbles.set(bubble.id, { bubble, item });
    item.querySelector("img")?.addEventListener("load", () => { if (this.atNewest) this.toEnd(); }); // it grew
    if (this.atNewest || (bubble.mine && !old)) this.toEnd();
    else if (!old) this.newest.hidden = false;
  }

  replace(old, item) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(item);
    if (focused) (item.querySelector("button:not(:disabled)") || this.list).focus({ preventScroll: true });
  }

  append(bubble, item) {
    this.empty.remove();
    const key = dayKey(new Date(bubble.at));
    if (key !== this.lastDay) this.list.append(make("li", { class: "day" }, make("span", {}, day(bubble.at))));
    this.lastDay = key;
    this.list.append(item);
  }

  remove(id) {
    const known = this.bubbles.get(id);
    if (known) known.item.remove();
    this.bubbles.delete(id);
  }

  redraw(id) {
    const known = this.bubbles.get(id);
    if (known) this.put(known.bubble);
  }

  clear() {
    this.bubbles.clear();
    this.lastDay = undefined;
    this.list.replaceChildren(this.empty);
    this.setUnread(0);
  }

  /** Whoever reads older messages is left there; whoever reads the newest follows. */
  noticePlace() {
    const { scrollHeight, scrollTop, clientHeight, clientWidth } = this.list;
    if (clientHeight !== this.height || clientWidth !== this.width) return; // the layout moved, not the reader
    this.atNewest = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atNewest) this.newest.hidden = true;
  }

  resized() {
    if (this.list.clientHeight === 0) return;
    if (this.atNewest) this.toEnd();
    this.height = this.list.clientHeight;
    this.width = this.list.clientWidth;
  }

  toEnd(smooth = false) {
    this.atNewest = true;
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: calm ? "auto" : "smooth" });
    this.newest.hidden = true;
  }

  setTyping(on) {
    clearTimeout(this.typingEnds);
    this.typing.hidden = !on;
    this.setStatus();
    if (on) this.typingEnds = setTimeout(() => this.setTyping(false), TYPING_LASTS);
  }

  setConnected(on) {
    this.away = !on;
    if (this.away) this.typing.hidden = true;
    this.setStatus();
  }

  setStatus() {
    this.status.textContent = this.away ? say.away : this.typing.hidden ? say.online : say.answering;
    this.status.classList.toggle("is-away", Boolean(this.away));
  }

  setUnread(count) {
    this.unread = count;
    for (const badge of [this.badge, this.tabBadge].filter(Boolean)) {
      badge.hidden = count === 0;
      badge.replaceChildren(String(count), make("span", { class: "unseen" }, ` ${say.unread(count)}`));
    }
  }

  setTurn(on) {
    this.turn.hidden = !on;
    for (const shown of [this.root, this.tab]) shown.classList.toggle("is-turn", on);
  }

  /** A kind sentence above the composer; goes away by itself. */
  tell(sentence) {
    clearTimeout(this.noticeEnds);
    const close = () => { this.notice.hidden = true; };
    this.notice.hidden = false;
    this.notice.replaceChildren(make("p", {}, sentence),
      make("button", { type: "button", "aria-label": say.close, onclick: close }, icon("cross")));
    this.noticeEnds = setTimeout(close, 9000);
  }
}

/** The beginning of a bubble on one line. */
function firstWords(bubble) {
  const words = (bubble.text || (bubble.file ? bubble.file.name : "")).replace(/\s+/g, " ");
  return words.length > 60 ? `${words.slice(0, 59)}…` : words;
}
