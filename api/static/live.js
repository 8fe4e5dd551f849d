// The command centre stays true: events bring a look at the parts they concern, a slow beat brings
// the rest. Many events at once are one look. Pause stops all of it.
import { _, lang, span, word } from "./words.js";

const TICK_MS = 15000;
const SOON_MS = 250;
const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: "Asia/Shanghai" });
const aheadMs = Date.parse(byId("clock").dateTime) - Date.now();
const wanted = new Set();
let timer = null;
let paused = false;
let heard = false;
let failed = false;

function want(...names) {
  names.forEach((name) => wanted.add(name));
  if (!paused) timer ??= setTimeout(look, SOON_MS);
}

function look() {
  timer = null;
  for (const name of wanted) document.body.dispatchEvent(new CustomEvent(`trapwatch:${name}`));
  wanted.clear();
}

function showLink() {
  const state = paused ? "paused" : failed ? "offline" : heard ? "live" : "polling";
  const names = { paused: _("paused"), offline: _("no connection: what is shown is old"), live: _("live"), polling: _("every 15 s") };
  if (byId("link").dataset.state === state) return;
  byId("link").dataset.state = state;
  byId("link").textContent = names[state];
}

function tick() {
  const now = Date.now() + aheadMs;
  byId("clock").textContent = `${clock.format(now)} +08:00`;
  const age = byId("data-age");
  if (age?.dataset.at) age.textContent = span(now - Date.parse(age.dataset.at));
}

// Only a new red one interrupts whoever listens to the screen.
function announce(event) {
  if (event.type !== "alert.fired" || event.severity !== "red" || paused) return;
  const title = (lang === "en" && event.title_en) || event.title;
  byId("new-red").textContent = `${word("severity", "red")}: ${title} ${event.restaurant_name || ""}`;
}

const events = new EventSource("/api/v1/events");
const all = () => { heard = true; showLink(); want("alert", "ticket", "tick"); };
events.addEventListener("ready", all);
events.addEventListener("reset", all);
events.addEventListener("error", () => { heard = false; showLink(); });
for (const kind of ["alert", "ticket"]) {
  events.addEventListener(kind, (message) => {
    const event = JSON.parse(message.data);
    heard = true;
    showLink();
    announce(event);
    document.body.dispatchEvent(new CustomEvent("trapwatch:event", { detail: event }));
    want(kind);
  });
}

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", `${paused}`);
  byId("pause").textContent = paused ? _("Go on") : _("Pause");
  showLink();
  if (!paused) want("alert", "ticket", "tick");
});
document.addEventListener("htmx:beforeRequest", (event) => { if (paused) event.preventDefault(); });
document.addEventListener("htmx:afterRequest", (event) => { failed = !event.detail.successful; showLink(); });
setInterval(() => want("tick", ...(heard ? [] : ["alert", "ticket"])), TICK_MS);
setInterval(tick, 1000);
tick();
