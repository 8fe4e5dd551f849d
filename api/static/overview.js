"use strict";
// The overview: reads the JSON API, listens to /api/v1/events, and polls where that cannot be had.
const { lang, text } = JSON.parse(document.getElementById("texts").textContent);
const STAGES = ["registered", "should_connect", "installed", "commissioned", "online", "reporting_good"];
const POLL_MS = 15000;
const SOON_MS = 300;
const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB",
  { dateStyle: "short", timeStyle: "medium", timeZone: "Asia/Shanghai" });
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
let newestMs = null;
let serverAheadMs = 0;
let live = false;
let failed = false;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const named = (row, key) => (lang === "en" && row[`${key}_en`]) || row[key] || "";
// A rate of 99.96 % is not 100 %: round towards what is missing.
const shown = (rate) => rate.value === null ? "—" : percent.format(Math.floor(rate.value * 1000) / 1000);
const share = (rate) => `${rate.numerator}/${rate.denominator}`;
const local = (instant) => `${clock.format(new Date(instant))} UTC+8`;

function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [value, unit] = seconds < 120 ? [seconds, "s"] : seconds < 7200 ? [Math.floor(seconds / 60), "min"]
    : seconds < 172800 ? [Math.floor(seconds / 3600), "h"] : [Math.floor(seconds / 86400), "d"];
  return `${value} ${text[`unit_${unit}`]}${lang === "zh" ? "" : " "}${text.ago}`;
}

function showLink() {
  const mode = failed ? "offline" : live ? "live" : "polling";
  if (byId("link").dataset.mode === mode) return;
  byId("link").dataset.mode = mode;
  byId("link").textContent = text[mode];
}

function showAge() {
  byId("data-age").textContent = newestMs === null ? text.never : age(Date.now() + serverAheadMs - newestMs);
}

function showCoverage(coverage) {
  const { funnel } = coverage;
  serverAheadMs = Date.parse(coverage.as_of) - Date.now();
  newestMs = coverage.newest_data.received_at ? Date.parse(coverage.newest_data.received_at) : null;
  byId("as-of").textContent = local(coverage.as_of);
  byId("as-of").dateTime = coverage.as_of;
  const register = coverage.register_version;
  byId("register").textContent = `${register.restaurant_count} ${text.restaurants}` +
    (register.updated_at ? ` · ${local(register.updated_at)}` : "");
  byId("funnel").replaceChildren(...STAGES.map((stage) => {
    const meter = element("meter");
    meter.max = Math.max(1, funnel.registered);
    meter.value = funnel[stage];
    meter.setAttribute("aria-label", text[stage]);
    return element("li", "", element("span", "", text[stage]), meter, element("span", "figures", `${funnel[stage]}`));
  }));
  const formulas = new Map(coverage.formulas.map((entry) => [entry.code, named(entry, "formula")]));
  byId("rates").replaceChildren(...coverage.rates.map((rate) => {
    const box = element("div", "", element("dt", "", text[`rate_${rate.code}`]),
      element("dd", "big", shown(rate)), element("dd", "note", share(rate)));
    box.title = formulas.get(rate.code) || "";
    return box;
  }));
  byId("towns").replaceChildren(...coverage.towns.map((town) => {
    const name = element("th", "", named(town, "town_name"));
    name.scope = "row";
    return element("tr", "", name, element("td", "", `${town.funnel.registered}`),
      element("td", "", `${town.funnel.should_connect}`), ...town.rates.map((rate) =>
        element("td", "", `${shown(rate)} `, element("small", "", share(rate)))));
  }));
}

function line(severity, what, where) {
  return element("li", "", element("span", `badge ${severity}`, text[`severity_${severity}`]),
    element("div", "what", what, element("div", "where", where)));
}

function showAlerts(count, page) {
  byId("alert-count").textContent = `${count.total}  (` + count.by_severity
    .map((row) => `${text[`severity_${row.severity}`]} ${row.alert_count}`).join(" · ") + ")";
  const lines = page.items.map((alert) => {
    const place = [named(alert, "town_name"), alert.restaurant_name, alert.trap_code || alert.device || alert.gateway];
    return line(alert.severity, `${alert.rule_code} ${named(alert, "rule_name")}`,
      `${place.filter(Boolean).join(" · ")} · ${text.since} ${local(alert.started_at)}`);
  });
  byId("alerts").replaceChildren(...(lines.length ? lines : [element("li", "note", text.no_alerts)]));
}

function showTickets(page) {
  const lines = page.items.map((ticket) => line(ticket.severity,
    `#${ticket.ticket_id} ${ticket.problem} · ${text[`state_${ticket.state}`]}`,
    `${named(ticket, "town_name")} · ${ticket.restaurant_name} · ${local(ticket.created_at)}`));
  byId("tickets").replaceChildren(...(lines.length ? lines : [element("li", "note", text.no_tickets)]));
}

async function read(path) {
  const answer = await fetch(`/api/v1/${path}`, { headers: { accept: "application/json" } });
  if (answer.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function refresh(parts) {
  try {
    const jobs = [];
    if (parts.has("coverage")) jobs.push(read("coverage").then(showCoverage));
    if (parts.has("alert")) {
      jobs.push(Promise.all([read("alerts/open-count"), read("alerts?status=firing&limit=50")])
        .then(([count, page]) => showAlerts(count, page)));
    }
    if (parts.has("ticket")) jobs.push(read("tickets?limit=20").then(showTickets));
    await Promise.all(jobs);
    failed = false;
  } catch {
    failed = true;
  }
  showLink();
}

// Many events at once are one look; looks never overlap.
const wanted = new Set();
let timer = null;
let busy = false;
function want(...parts) {
  parts.forEach((part) => wanted.add(part));
  timer ??= setTimeout(look, SOON_MS);
}
async function look() {
  timer = null;
  if (busy) { timer = setTimeout(look, SOON_MS); return; }
  busy = true;
  const parts = new Set(wanted);
  wanted.clear();
  await refresh(parts);
  busy = false;
}

const events = new EventSource("/api/v1/events");
const heard = () => { live = true; showLink(); };
events.addEventListener("ready", () => { heard(); want("coverage", "alert", "ticket"); });
events.addEventListener("reset", () => { heard(); want("coverage", "alert", "ticket"); });
events.addEventListener("alert", () => { heard(); want("alert"); });
events.addEventListener("ticket", () => { heard(); want("ticket"); });
events.addEventListener("error", () => { live = false; showLink(); });
setInterval(() => want(...(live ? ["coverage"] : ["coverage", "alert", "ticket"])), POLL_MS);
setInterval(showAge, 1000);
want("coverage", "alert", "ticket");
