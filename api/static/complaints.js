// Complaints by month: repeated ones counted once, with the limits of a stated baseline and marks.
import { _, element } from "./words.js";

const box = document.getElementById("complaints");
const twin = document.getElementById("complaints-twin");
const note = document.getElementById("complaints-note");
const MONTHS = 24, BASELINE = 12;

function month(offset) {
  const local = new Date(Date.now() + 8 * 3600e3);
  const first = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + offset, 1));
  return first.toISOString().slice(0, 7);
}

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function link(of, count) {
  const made = element("a", "", `${count}`);
  made.href = `/complaints?month=${of}`;
  return made;
}

function table(trend) {
  const head = element("tr", "", ...[_("Month"), _("Complaints"), _("Repeated ones once"), _("Signals")].map((text) => {
    const cell = element("th", "", text);
    cell.scope = "col";
    return cell;
  }));
  const rows = trend.months.map((row) => {
    const name = element("th", "", row.partial ? _("%(month)s so far", { month: row.month }) : row.month);
    name.scope = "row";
    return element("tr", "", name, element("td", "", link(row.month, row.all.count)), element("td", "", link(row.month, row.deduplicated.count)),
      element("td", "", row.signals.length ? "◆" : ""));
  }).reverse();
  twin.replaceChildren(element("table", "", element("thead", "", head), element("tbody", "", ...rows)));
}

function marks(trend, u) {
  const { ctx } = u;
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([]);
  trend.months.forEach((row, n) => {
    if (!row.signals.length) return;
    const x = u.valToPos(n, "x", true), y = u.valToPos(row.deduplicated.count, "y", true), r = 6 * devicePixelRatio;
    ctx.strokeStyle = style("--orange");
    ctx.beginPath();
    ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y); ctx.closePath();
    ctx.stroke();
  });
  ctx.strokeStyle = style("--faint");
  for (const change of trend.intake_changes) {
    const at = trend.months.findIndex((row) => row.month === change.at.slice(0, 7));
    if (at < 0) continue;
    const x = u.valToPos(at, "x", true);
    ctx.setLineDash([3, 4]);
    ctx.beginPath();
    ctx.moveTo(x, u.bbox.top); ctx.lineTo(x, u.bbox.top + u.bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function draw(trend) {
  const n = trend.months.map((_row, place) => place);
  const counts = trend.months.map((row) => row.deduplicated.count);
  const level = (value) => trend.months.map(() => value);
  const data = [n, counts], series = [{}, { stroke: style("--accent"), width: 2, points: { size: 5 } }];
  if (trend.limits) {
    for (const [value, dash] of [[trend.limits.mean, []], [trend.limits.upper, [5, 5]], [Math.max(0, trend.limits.lower), [5, 5]]]) {
      data.push(level(value));
      series.push({ stroke: style("--faint"), width: 1, dash, points: { show: false } });
    }
  }
  const grid = { stroke: style("--line"), width: 1 };
  const text = { stroke: style("--faint"), font: "12px sans-serif", grid, ticks: { show: false } };
  const size = () => ({ width: Math.max(120, box.clientWidth), height: Math.max(80, box.clientHeight) });
  const chart = new uPlot({
    ...size(), cursor: { show: false }, legend: { show: false }, scales: { x: { time: false }, y: { range: (_u, _min, max) => [0, Math.max(5, max * 1.1)] } },
    series, hooks: { draw: [(u) => marks(trend, u)] },
    axes: [{ ...text, size: 22, values: (_u, at) => at.map((place) => (trend.months[place]?.month || "").slice(2)), incrs: [3, 6] },
      { ...text, size: 34 }],
  }, data, box);
  new ResizeObserver(() => chart.setSize(size())).observe(box);
}

async function load() {
  const baseline = `${month(-MONTHS + 1)}..${month(-MONTHS + BASELINE)}`;
  const answer = await fetch(`/api/v1/complaints/trend?baseline=${baseline}&from=${month(-MONTHS + 1)}`);
  if (!answer.ok) { note.textContent = _("The trend cannot be had now."); return; }
  const trend = await answer.json();
  table(trend);
  draw(trend);
  note.textContent = trend.limits
    ? _("Mean and limits of %(months)s; ◆ more than chance", { months: baseline.replace("..", "–") })
    : _("No limits: too few complaints in %(months)s", { months: baseline.replace("..", "–") });
}

document.querySelector("[data-twin=complaints]").addEventListener("click", ({ target }) => {
  const shown = target.getAttribute("aria-pressed") !== "true";
  target.setAttribute("aria-pressed", `${shown}`);
  twin.hidden = !shown;
  box.hidden = shown;
});
await load();
