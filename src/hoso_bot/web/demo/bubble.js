// One message as a list item: words, a file, buttons under it, and the small line with its time.

import { icon, make } from "./icons.js";
import { plain, say, size, time } from "./words.js";

const MAIN = ["Trình ký", "Ký duyệt", "Xác nhận", "Đồng ý"];
const GRAVE = ["Từ chối", "Hủy", "Không đồng ý"];
const LIVE = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]|(?:^|[\s(])\/[a-z]{3,20}(?![\w/])/g;

/**
 * The element of a bubble. `hooks`: press(bubble, token), pending(bubble) -> token in the air or undefined,
 * saved(file), retry(bubble) -> function or undefined, text(command), reply(bubble).
 */
export function draw(bubble, hooks) {
  const body = make("div", { class: "bubble" });
  if (bubble.quote) body.append(make("p", { class: "quote" }, bubble.quote));
  if (bubble.file && !bubble.mine && /^image\/(jpeg|png)$/.test(bubble.file.mime)) body.append(picture(bubble.file));
  else if (bubble.file) body.append(fileCard(bubble, hooks));
  if (bubble.text) body.append(make("p", { class: "words" }, ...live(bubble, hooks)));
  body.append(smallLine(bubble, hooks));
  const item = make("li", {
    class: `message ${bubble.mine ? "is-mine" : "is-bot"}${bubble.state === "failed" ? " is-failed" : ""}`,
    "data-message": bubble.id, "data-from": bubble.mine ? "me" : "bot", "data-state": bubble.state,
  }, body);
  if (bubble.keys.length) item.append(keyboard(bubble, hooks));
  else if (bubble.chosen) item.append(make("p", { class: "chosen" }, icon("check"), say.pressed(plain(bubble.chosen))));
  const again = bubble.state === "failed" && hooks.retry(bubble);
  if (again) item.append(make("button", { type: "button", class: "retry", onclick: again }, say.retry));
  return item;
}

/** The words with addresses as links and, in what the bot says, commands one can press. */
function live({ text, mine }, hooks) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LIVE)) {
    const start = match.index + match[0].search(/https?:|\//);
    const found = text.slice(start, match.index + match[0].length);
    const link = found.startsWith("/")
      ? !mine && make("button", { type: "button", class: "command", onclick: () => hooks.text(found) }, found)
      : make("a", { href: found, target: "_blank", rel: "noopener noreferrer" }, found);
    if (!link) continue;
    parts.push(text.slice(from, start), link);
    from = start + found.length;
  }
  return [...parts, text.slice(from)];
}

function smallLine(bubble, hooks) {
  const line = make("p", { class: "small" });
  if (!bubble.mine) {
    line.append(make("button", {
      type: "button", class: "reply", "data-reply": true, title: say.reply, "aria-label": say.reply,
      onclick: () => hooks.reply(bubble),
    }, icon("back")));
  }
  if (bubble.edited) line.append(make("span", {}, say.edited));
  line.append(make("time", { datetime: bubble.at }, time(bubble.at)));
  if (bubble.mine) {
    line.append(make("span", { class: "state" }, bubble.state === "sent" && icon("check"), say[bubble.state]));
  }
  return line;
}

/** A picture: the first page of a plan before its card, or a photo that somebody sent. */
function picture(file) {
  return make("img", { class: "picture", src: `demo/file/${file.id}`, alt: file.name, loading: "lazy" });
}

function fileCard(bubble, hooks) {
  const file = bubble.file;
  const kind = file.mime === "application/pdf" ? "PDF" : extension(file.name);
  const name = make("span", { class: "file-name" }, file.name);
  const facts = make("span", { class: "file-facts" }, `${kind} · ${size(file.size)}`);
  const card = make("div", { class: "file", "data-file": file.id || "" },
    make("span", { class: `sheet${kind === "PDF" ? "" : " is-other"}`, "aria-hidden": "true" }, make("b", {}, kind)),
    make("div", { class: "file-text" }, name, facts));
  if (bubble.progress !== undefined && bubble.state === "sending") {
    card.append(make("progress", {
      class: "file-progress", max: 1, value: bubble.progress, "aria-label": say.sending,
    }));
  }
  if (file.id) card.append(fileLinks(file, kind, hooks));
  return card;
}

function fileLinks(file, kind, hooks) {
  const address = `demo/file/${file.id}`;
  const done = () => hooks.saved(file);
  const links = make("div", { class: "file-links" });
  if (kind === "PDF") {
    links.append(make("a", {
      href: address, target: "_blank", rel: "noopener", "data-open": true, onclick: done,
      "aria-label": `${say.open} ${file.name}`,
    }, icon("open"), say.open));
  }
  links.append(make("a", {
    href: `${address}?download=1`, download: file.name, "data-download": true, onclick: done,
    "aria-label": `${say.download} ${file.name}`,
  }, icon("save"), say.download));
  return links;
}

function extension(name) {
  const found = /\.([A-Za-z0-9]{1,4})$/.exec(name);
  return found ? found[1].toUpperCase() : "TỆP";
}

function keyboard(bubble, hooks) {
  const inAir = hooks.pending(bubble);
  const rows = bubble.keys.map((row) => make("div", { class: "key-row" },
    ...row.map(([label, token]) => key(bubble, label, token, inAir, hooks))));
  const answered = bubble.used.length ? " is-answered" : "";
  return make("div", { class: `keys${answered}`, "aria-busy": String(Boolean(inAir)) }, ...rows);
}

function key(bubble, label, token, inAir, hooks) {
  const used = bubble.used.includes(token);
  const state = used ? "used" : token === inAir ? "pending" : "idle";
  const says = (words) => words.some((word) => label.includes(word));
  const weight = says(GRAVE) ? " is-grave" : says(MAIN) ? " is-main" : "";
  return make("button", {
    type: "button", class: `key${weight} is-${state}`, "data-button": token, "data-state": state,
    disabled: used || Boolean(inAir), onclick: () => hooks.press(bubble, token),
  }, used && icon("check"), make("span", {}, plain(label)), used && make("span", { class: "unseen" }, ` (${say.used})`));
}
