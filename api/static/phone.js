// The inspector's pages: forms become acts, acts are kept and sent; pages are kept for cellars.
import { _, element } from "./words.js";
import { add, again, all, remove, sendAll } from "./queue.js";

const RETRY_MS = 20000, DAY_MS = 86400e3;
const byId = (id) => document.getElementById(id);
const ticket = byId("ticket");
const number = Number(ticket?.dataset.ticket);
const version = Number(ticket?.dataset.version);
const bytesMax = Number(ticket?.dataset.bytesMax);
const who = byId("acts").dataset.who;
let waitsFor = null;

// Phones go from hand to hand: what another person did waits for them, unseen.
const mine = async () => (await all()).filter((act) => act.who === who);

function nameOf(act) {
  if (act.state === "sent") return _("sent");
  if (act.state === "sending") return _("sending");
  if (act.state === "refused") return _("refused");
  return waitsFor === "login" ? _("waits for a login") : _("waiting");
}

function advice({ status, detail }) {
  const what = {
    403: _("This is not for you to do."),
    404: _("The ticket is not there any longer."),
    409: _("The ticket does not allow it any longer. Open it and look."),
    412: _("Somebody changed the ticket meanwhile. Open it, look, and send again if it is still right."),
    413: _("A photo is too large. Remove this and take smaller ones."),
    422: _("Something in it is not acceptable. Remove this and fill the form in again."),
  };
  return `${what[status] || ""} ${detail}`.trim();
}

function button(text, act) {
  const made = element("button", "button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function item(act) {
  const made = element("li", act.state, element("b", "", act.title), " ", element("span", "state", nameOf(act)));
  if (act.state === "refused") {
    made.append(element("p", "bad", advice(act.problem)));
    if (act.ticket !== number) {
      const link = element("a", "button", _("Open the ticket"));
      link.href = `/my/tickets/${act.ticket}`;
      made.append(link, " ");
    } else if (act.problem.status === 412 && act.version !== version) {
      made.append(button(_("Send again"), async () => { await again(act, version); await send(); }), " ");
    }
  }
  if (act.state === "refused" || act.state === "sent") made.append(button(_("Remove"), () => remove(act.key)));
  return made;
}

async function show() {
  const acts = await mine();
  byId("acts").hidden = !acts.length;
  byId("acts-list").replaceChildren(...acts.map(item));
  const waiting = acts.filter((act) => act.state === "waiting" || act.state === "sending");
  byId("acts-status").textContent = acts.map((act) => `${act.title}: ${nameOf(act)}`).join("; ");
  // What is done next here comes after what waits.
  const isUnderWay = waiting.some((act) => act.ticket === number);
  const isStarted = waiting.some((act) => act.ticket === number && act.action === "start");
  for (const form of document.querySelectorAll(".act")) form.hidden = "later" in form.dataset ? !isStarted || waiting.some((act) => act.ticket === number && act.action === "report") : isUnderWay;
  return waiting.length;
}

let retry = null;
async function send() {
  const before = (await mine()).filter((act) => act.state === "sent").length;
  waitsFor = await sendAll();
  const acts = await mine();
  const waiting = await show();
  clearTimeout(retry);
  if (waiting && waitsFor !== "sent") retry = setTimeout(send, RETRY_MS);
  // What it says is old now.
  if (acts.filter((act) => act.state === "sent").length > before && !waiting) location.reload();
}

function problemOf(form) {
  const large = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]).find((file) => file.size > bytesMax);
  if (large) return _("%(name)s is larger than %(limit)s MB", { name: large.name, limit: Math.floor(bytesMax / 1e6) });
  const group = [...form.querySelectorAll("[data-group]:not([data-group=''])")];
  if (group.length && group.every((input) => input.value === "")) return _("Volume or weight is needed.");
  return "";
}

function actOf(form) {
  const act = { who, ticket: number, version, action: form.dataset.action, title: form.dataset.title, detail: {}, photos: [] };
  for (const input of form.elements) {
    if (!input.name || input.value === "") continue;
    if (input.type === "file") act.photos.push(...[...input.files].map((blob) => ({ field: input.name, blob })));
    else if (input.type === "number") act.detail[input.name] = input.valueAsNumber;
    else if (input.type === "datetime-local") act.detail[input.name] = `${input.value.padEnd(19, ":00")}+08:00`;
    else act.detail[input.name] = input.value;
  }
  return act;
}

for (const form of document.querySelectorAll(".act form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = problemOf(form);
    form.querySelector("[data-problem]").textContent = problem;
    if (problem) return;
    const submit = form.querySelector("[type=submit]");
    if (submit.disabled) return;
    submit.disabled = true;
    try {
      await add(actOf(form));
    } catch (error) {
      form.querySelector("[data-problem]").textContent = _("This phone could not keep it: %(why)s", { why: error.message });
      submit.disabled = false;
      return;
    }
    form.closest("details").open = false;
    await send();
    submit.disabled = false;
  });
  form.closest("details").addEventListener("toggle", () => {
    const moment = form.querySelector("[type=datetime-local]");
    // Beijing time whatever the phone's zone. A whole minute, since phones are some seconds ahead of
    // the server; but nobody came before the ticket was opened.
    const minute = Math.floor(Date.now() / 60e3) * 60e3, opened = Date.parse(ticket.dataset.opened) + 1000;
    if (moment && !moment.value) moment.value = new Date(Math.max(minute, opened) + 8 * 3600e3).toISOString().slice(0, 19);
  });
}

async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/my/worker.js", { scope: "/my" });
  const { active } = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.includes("/static/"));
  const linked = [...document.querySelectorAll("a[data-ticket]")].map((link) => link.href);
  const isList = location.pathname === "/my";
  active.postMessage({ keep: [location.pathname, ...linked, ...files], isAll: isList });
}

function showLink() {
  byId("link").textContent = navigator.onLine ? "" : _("no network: what is shown is old");
}

document.addEventListener("trapwatch:acts", show);
addEventListener("online", () => { showLink(); send(); });
addEventListener("offline", showLink);
showLink();
keepPages();
for (const act of await mine()) if (act.state === "sent" && Date.now() - act.made > DAY_MS) await remove(act.key);
await show();
document.documentElement.dataset.ready = "";
await send();
