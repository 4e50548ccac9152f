// Talking to the demo server: actions with an id that makes a repeat harmless, and live news that reconnect.

export class Refused extends Error {
  constructor(code, facts) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

/** A new id for one action of a person. */
export function actionId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export async function readState() {
  const response = await fetch("demo/state", { cache: "no-store" });
  if (!response.ok) throw new Refused("offline", {});
  return response.json();
}

/** POST JSON to one phone. Throws Refused with the server's code, or `offline`. */
export async function post(chat, what, body) {
  let response;
  try {
    response = await fetch(`demo/${encodeURIComponent(chat)}/${what}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch (error) {
    throw new Refused("offline", {});
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error || "unknown", answer);
  return answer;
}

/** Upload a file, as an answer to the bubble `replyTo` if given; `progress` hears the share sent, 0..1. Throws like `post`. */
export function upload(chat, file, id, replyTo, progress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", `demo/${encodeURIComponent(chat)}/file?id=${id}${replyTo ? `&reply_to=${replyTo}` : ""}`);
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onerror = () => reject(new Refused("offline", {}));
    request.onload = () => {
      const answer = request.response || {};
      if (request.status === 200) resolve(answer);
      else reject(new Refused(answer.error || "unknown", answer));
    };
    request.send(form);
  });
}

/** Follow the news from `epoch-revision` on for ever. `status` hears true (connected) and false (lost). */
export function follow(since, heard, status) {
  let last = since;
  let wait = 1000;
  const open = () => {
    const source = new EventSource(`demo/events?since=${encodeURIComponent(last)}`);
    source.onopen = () => { wait = 1000; status(true); };
    source.onmessage = (event) => { last = event.lastEventId; heard(JSON.parse(event.data)); };
    source.onerror = () => {
      status(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 10000);
    };
  };
  open();
}
