// One trap along one axis of time: lanes of rain, alerts, tickets, jobs and the cover above, level and
// flow below; gaps are gaps. The table twin sums up by the hour, beyond a week by the day.
import { _, element } from "./words.js";

const box = document.getElementById("chart");
const twin = document.getElementById("twin");
const note = document.getElementById("chart-note");
const LANE_PX = 15, PAD_PX = 8;
const LANES = ["rain", "alert", "ticket", "job", "cover"];
const DAY_S = 86400, HOUR_S = 3600, BEIJING_S = 8 * HOUR_S;
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const names = { rain: _("rain"), alert: _("alerts"), ticket: _("tickets"), job: _("jobs"), cover: _("cover") };
const clock = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Asia/Shanghai" });
const seconds = (at) => Date.parse(at) / 1000;
const SHAPES = { red: "--red", orange: "--orange", yellow: "--yellow", blue: "--blue" };

// Level and flow on one axis of time; undefined where one of them has nothing to say: no gap.
function joined(chart) {
  const level = [chart.level_mm.at_s, chart.level_mm.min, chart.level_mm.mean, chart.level_mm.max];
  return uPlot.join([level, [chart.flow_lps.at_s, chart.flow_lps.mean]], [[2, 2, 2, 2], [2, 2]]);
}

function spansOf(chart, lane) {
  const to_s = seconds(chart.to_at);
  if (lane === "cover") return chart.cover_open.map((span) => ({ from: span.from_s, to: span.to_s ?? to_s, colour: style("--red") }));
  return chart.events.filter((event) => event.lane === lane || (lane === "job" && event.lane === "manifest")).map((event) => ({
    from: seconds(event.from_at), to: event.to_at ? seconds(event.to_at) : to_s, isMoment: event.lane === "manifest",
    colour: style(SHAPES[event.severity] || "--faint"), text: event.lane === "alert" ? event.what : event.lane === "ticket" ? `#${event.subject_id}` : "",
  }));
}

function drawLanes(u, chart) {
  const { ctx, bbox } = u, px = devicePixelRatio;
  const x = (at) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, u.valToPos(at, "x", true)));
  ctx.font = `${11 * px}px sans-serif`;
  LANES.forEach((lane, place) => {
    const top = bbox.top - (LANES.length - place) * LANE_PX * px - PAD_PX * px, high = (LANE_PX - 3) * px;
    ctx.fillStyle = style("--faint");
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(names[lane], bbox.left - 6 * px, top + high / 2);
    ctx.fillStyle = style("--raised");
    ctx.fillRect(bbox.left, top, bbox.width, high);
    if (lane === "rain") {
      const most = Math.max(5, ...chart.rain.map((hour) => hour.rain_mm));
      ctx.fillStyle = style("--blue");
      for (const hour of chart.rain) {
        const tall = Math.max(px, hour.rain_mm / most * high);
        ctx.fillRect(x(hour.at_s), top + high - tall, Math.max(px, x(hour.at_s + HOUR_S) - x(hour.at_s)), tall);
      }
      return;
    }
    for (const span of spansOf(chart, lane)) {
      const left = Math.min(x(span.from), bbox.left + bbox.width - 3 * px), wide = Math.max(3 * px, x(span.to) - left);
      ctx.fillStyle = span.colour;
      if (span.isMoment) {
        ctx.beginPath();
        ctx.moveTo(left - 5 * px, top); ctx.lineTo(left + 5 * px, top); ctx.lineTo(left, top + high);
        ctx.fill();
      } else ctx.fillRect(left, top, wide, high);
      ctx.textAlign = "left";
      if (span.text && wide > ctx.measureText(span.text).width + 6 * px) {
        ctx.fillStyle = style("--on-mark");
        ctx.fillText(span.text, left + 3 * px, top + high / 2);
      }
    }
  });
}

function drawLimits(u, chart) {
  const { ctx, bbox } = u, px = devicePixelRatio;
  const line = (level, text, colour, dash, isRight) => {
    const y = u.valToPos(level, "y", true);
    if (y < bbox.top || y > bbox.top + bbox.height) return;
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = 1.5 * px;
    ctx.setLineDash(dash.map((part) => part * px));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.textAlign = isRight ? "right" : "left";
    ctx.textBaseline = isRight ? "top" : "bottom";
    ctx.fillText(text, isRight ? bbox.left + bbox.width - 4 * px : bbox.left + 4 * px, isRight ? y + 3 * px : y - 2 * px);
  };
  line(chart.outlet_invert_mm, _("outlet"), style("--ink"), []);
  line(chart.cover_mm, _("cover"), style("--ink"), []);
  for (const threshold of chart.thresholds) line(threshold.level_mm, threshold.rule_code, style("--orange"), [6, 4], true);
  ctx.setLineDash([]);
}

function draw(chart) {
  const grid = { stroke: style("--line"), width: 1 };
  const axis = { stroke: style("--faint"), font: "12px sans-serif", grid, ticks: { show: false } };
  const isHourly = chart.resolution === "hourly";
  const top = Math.max(chart.cover_mm, ...chart.thresholds.map((threshold) => threshold.level_mm), ...chart.level_mm.max.filter((value) => value !== null)) * 1.06;
  const size = () => ({ width: Math.max(200, box.clientWidth), height: Math.max(260, box.clientHeight) });
  const band = { stroke: isHourly ? style("--accent") : "transparent", width: .5, points: { show: false }, scale: "y" };
  const options = {
    ...size(), legend: { show: false }, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Asia/Shanghai"),
    padding: [LANES.length * LANE_PX + PAD_PX + 6, 4, 0, 0],
    cursor: { drag: { x: true, y: false } },
    scales: { x: { range: (_u, min, max) => (min === null || (min === _u.data[0][0] && max === _u.data[0].at(-1)) ? [seconds(chart.from_at), seconds(chart.to_at)] : [min, max]) }, y: { range: [0, top] }, flow: { range: (_u, _min, max) => [0, Math.max(1, max || 0) * 2] } },
    series: [{}, band, { stroke: style("--accent"), width: 2, scale: "y", points: { show: false } }, band,
      { stroke: style("--good"), width: 1.5, dash: [2, 3], scale: "flow", points: { show: false } }],
    bands: isHourly ? [{ series: [3, 1], fill: `color-mix(in srgb, ${style("--accent")} 25%, transparent)` }] : [],
    axes: [{ ...axis, values: [[DAY_S * 28, "{YYYY}-{MM}", null, null, null, null, null, null, 1], [DAY_S, "{MM}-{DD}", null, null, null, null, null, null, 1], [HOUR_S, "{HH}:{mm}", "\n{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1], [60, "{HH}:{mm}", "\n{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1]] },
      { ...axis, scale: "y", size: 56, label: "mm", labelSize: 16, labelFont: "12px sans-serif" },
      { ...axis, scale: "flow", side: 1, size: 40, grid: { show: false }, label: "L/s", labelSize: 16, labelFont: "12px sans-serif" }],
    hooks: { draw: [(u) => { u.ctx.save(); drawLanes(u, chart); drawLimits(u, chart); u.ctx.restore(); }], setCursor: [(u) => read(u, chart)] },
  };
  const plot = new uPlot(options, joined(chart), box);
  new ResizeObserver(() => plot.setSize(size())).observe(box);
  box.dataset.drawn = chart.level_mm.at_s.length;
}

function summary(chart) {
  const gaps = chart.level_mm.mean.filter((value) => value === null).length;
  return _("%(from)s to %(to)s +08:00; gaps: %(gaps)s", { from: clock.format(new Date(chart.from_at)), to: clock.format(new Date(chart.to_at)), gaps });
}

function read(u, chart) {
  const at = u.cursor.idx;
  if (at === null || at === undefined) { note.textContent = summary(chart); return; }
  const [times, , level, , flow] = u.data;
  const shown = (value, unit, digits) => (value === null || value === undefined ? "—" : `${value.toFixed(digits)} ${unit}`);
  note.textContent = `${clock.format(new Date(times[at] * 1000))} +08:00 · ${shown(level[at], "mm", 0)} · ${shown(flow[at], "L/s", 2)}`;
}

function table(chart) {
  const unit_s = ["24h", "7d"].includes(box.dataset.span) ? HOUR_S : DAY_S;
  const rows = new Map();
  const { at_s, min, max, mean } = chart.level_mm;
  at_s.forEach((at, n) => {
    if (mean[n] === null) return;
    const unit = Math.floor((at + BEIJING_S) / unit_s) * unit_s - BEIJING_S;
    const row = rows.get(unit) || { low: Infinity, high: -Infinity, sum: 0, count: 0 };
    rows.set(unit, { low: Math.min(row.low, min[n]), high: Math.max(row.high, max[n]), sum: row.sum + mean[n], count: row.count + 1 });
  });
  const cells = (name, texts) => element("tr", "", ...texts.map((text) => {
    const cell = element(name, "", text);
    if (name === "th") cell.scope = "col";
    return cell;
  }));
  const head = cells("th", [_("Time"), _("lowest mm"), _("mean mm"), _("highest mm"), _("readings or hours")]);
  const first = Math.floor((seconds(chart.from_at) + BEIJING_S) / unit_s) * unit_s - BEIJING_S;
  const body = [];
  for (let unit = first; unit < seconds(chart.to_at); unit += unit_s) {
    const row = rows.get(unit);
    const when = clock.format(new Date(unit * 1000)).slice(0, unit_s === DAY_S ? 10 : 16);
    body.unshift(cells("td", row ? [when, row.low.toFixed(0), (row.sum / row.count).toFixed(0), row.high.toFixed(0), `${row.count}`] : [when, "—", "—", "—", "0"]));
  }
  twin.replaceChildren(element("table", "", element("thead", "", head), element("tbody", "", ...body)));
}

document.getElementById("twin-button").addEventListener("click", ({ target }) => {
  const shown = target.getAttribute("aria-pressed") !== "true";
  target.setAttribute("aria-pressed", `${shown}`);
  twin.hidden = !shown;
  box.hidden = shown;
});

const answer = await fetch(`/api/v1/charts/traps/${box.dataset.trap}?span=${box.dataset.span}`);
if (answer.ok) {
  const chart = await answer.json();
  table(chart);
  draw(chart);
  note.textContent = summary(chart);
} else note.textContent = _("The readings cannot be had now.");
