// What a person did, kept until the server has it: through reloads and restarts, sent once.
// An act: {key, who, ticket, action, title, detail, photos, version, after, state, problem}.
// `version` is that of the page on which it was done; `after` is the key of an act on the same ticket
// that waits before it, whose result is the version then. States: waiting, sending, sent, refused.
import { write, newKey } from "./write.js";

const STORE = "acts";
const CHANGED = "trapwatch:acts";

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened = null;
function database() {
  opened ??= (() => {
    const request = indexedDB.open("trapwatch", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    return done(request);
  })();
  return opened;
}

async function inStore(mode, ask) {
  const transaction = (await database()).transaction(STORE, mode);
  const answer = await done(ask(transaction.objectStore(STORE)));
  // On disk before it is said to be kept.
  if (mode === "readwrite") await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onabort = () => reject(transaction.error); });
  return answer;
}

export async function all() {
  const acts = await inStore("readonly", (store) => store.getAll());
  return acts.sort((one, other) => one.made - other.made);
}

async function put(act) {
  await inStore("readwrite", (store) => store.put(act));
  document.dispatchEvent(new CustomEvent(CHANGED, { detail: act }));
}

const isOpen = (act) => act.state === "waiting" || act.state === "sending";

export async function add(act) {
  const before = (await all()).filter((other) => other.ticket === act.ticket && other.who === act.who && isOpen(other)).pop();
  await put({ ...act, key: newKey(), made: Date.now(), after: before?.key ?? null, state: "waiting", problem: null, photos: act.photos ?? [] });
}

export async function remove(key) {
  await inStore("readwrite", (store) => store.delete(key));
  document.dispatchEvent(new CustomEvent(CHANGED, { detail: null }));
}

// A refused act once more, as a new one, at the version that the person sees now.
export async function again(act, version) {
  const { who, ticket, action, title, detail, photos } = act;
  await remove(act.key);
  await add({ who, ticket, action, title, detail, photos, version });
}

// Send what waits, in order. One tab does; where browsers have no locks, the keys see to it.
// Returns "sent", "offline" or "login": whether the rest has to wait, and for what.
export function sendAll() {
  return navigator.locks ? navigator.locks.request("trapwatch-acts", sendWaiting) : sendWaiting();
}

async function sendWaiting() {
  if (!(await all()).some(isOpen)) return "sent";
  try {
    const answer = await fetch("/api/v1/me");
    if (answer.status === 401) return "login";
    if (!answer.ok) return "offline";
    const me = await answer.json();
    for (const act of (await all()).filter((waiting) => isOpen(waiting) && waiting.who === me.name)) {
      const wait = await send(act, me.csrf_token);
      if (wait) return wait;
    }
    return "sent";
  } catch (error) {
    if (error instanceof TypeError) return "offline"; // fetch: no network
    throw error;
  }
}

async function send(act, csrf) {
  const before = act.after && (await inStore("readonly", (store) => store.get(act.after)));
  if (before?.state === "sent") act.version = before.sentVersion;
  else if (act.after) return refuse(act, { status: 412, detail: before?.problem?.detail ?? "" });
  await put({ ...act, state: "sending" });
  try {
    for (const photo of act.photos.filter((waiting) => !waiting.sha256)) {
      const answer = await write(`/api/v1/tickets/${act.ticket}/attachments`, photo.blob, { type: photo.blob.type, csrf });
      if (!answer.ok) return await judge(act, answer);
      photo.sha256 = (await answer.json()).sha256;
      await put({ ...act, state: "sending" });
    }
    const detail = { ...act.detail };
    for (const photo of act.photos) (detail[photo.field] ??= []).push(photo.sha256);
    const order = { action: act.action, detail };
    const answer = await write(`/api/v1/tickets/${act.ticket}/transitions`, order, { key: act.key, version: act.version, csrf });
    return answer.ok ? await succeed(act, (await answer.json()).ticket.version) : await judge(act, answer);
  } catch (error) {
    await put({ ...act, state: "waiting" });
    throw error;
  }
}

async function succeed(act, sentVersion) {
  // Its photos are the server's now.
  await put({ ...act, photos: [], state: "sent", sentVersion, problem: null });
  return null;
}

async function refuse(act, problem) {
  await put({ ...act, state: "refused", problem });
  return null;
}

async function judge(act, answer) {
  if (answer.status === 401 || answer.status === 429 || answer.status >= 500) {
    await put({ ...act, state: "waiting" });
    return answer.status === 401 ? "login" : "offline";
  }
  const problem = await answer.json();
  if (answer.status === 409 || answer.status === 412) {
    const version = await versionOf(act);
    if (version) return succeed(act, version);
    if (answer.status === 409 && problem.detail.includes("Idempotency-Key")) {
      await put({ ...act, state: "waiting" });
      return "offline"; // its first request is under way
    }
  }
  return refuse(act, { status: answer.status, detail: problem.detail });
}

// Whether an act was done although its answer never came: the server keeps answers for a day only.
async function versionOf(act) {
  const answer = await fetch(`/api/v1/tickets/${act.ticket}`);
  if (!answer.ok) return null;
  const { events } = await answer.json();
  const own = events.find((event) => event.version === act.version + 1 && event.action === act.action && event.actor === act.who);
  return own ? own.version : null;
}
