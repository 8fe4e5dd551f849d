// The map: schematic outlines, no tiles, one mark a trap by shape, colour and letter, clustered.
import { _, lang, word } from "./words.js";

const AGAIN_MS = 3000;
const SEVERITIES = ["none", "blue", "yellow", "orange", "red"];
const svg = {};
for (const one of document.getElementById("marks").content.children) {
  svg[one.dataset.severity || one.dataset.stage] = one.innerHTML;
}
const map = L.map("map", { zoomControl: true, attributionControl: false, zoomSnap: 0.25, maxZoom: 18 });
const rem = Math.max(12, parseFloat(getComputedStyle(document.documentElement).fontSize));
const icons = new Map();
const marks = new Map();
let stages = [];
let etag = null;
let timer = null;

function icon(stage, severity) {
  const name = severity > 0 ? SEVERITIES[severity] : stages[stage];
  if (!icons.has(name)) {
    icons.set(name, L.divIcon({ html: svg[name] || svg.no_device, className: "trap", iconSize: severity > 0 ? [1.75 * rem, 1.75 * rem] : [18, 18] }));
  }
  return icons.get(name);
}

// A cluster looks like its worst trap and says how many it holds and how many of them are that bad.
function clusterIcon(cluster) {
  const counts = [0, 0, 0, 0, 0];
  for (const mark of cluster.getAllChildMarkers()) counts[mark.options.severity] += 1;
  const worst = counts.findLastIndex((count) => count > 0);
  const total = cluster.getChildCount();
  const shape = worst > 0 ? svg[SEVERITIES[worst]] : "";
  const size = rem * (2.4 + Math.min(1.5, 0.5 * Math.log10(total)));
  return L.divIcon({
    html: `<div class="bubble ${SEVERITIES[worst]}"><b>${total}</b>${worst > 0 ? `<span class="worst">${shape}${counts[worst]}</span>` : ""}</div>`,
    className: "cluster", iconSize: [size, size],
  });
}

const clusters = L.markerClusterGroup({
  iconCreateFunction: clusterIcon, chunkedLoading: true, chunkInterval: 40, chunkDelay: 20,
  maxClusterRadius: 56, showCoverageOnHover: false, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  removeOutsideVisibleBounds: true, disableClusteringAtZoom: 17, spiderfyOnMaxZoom: false,
});

function describe(mark) {
  const { code, severity, stage } = mark.options;
  return severity > 0 ? `${code} ${word("severity", SEVERITIES[severity])}` : `${code} ${word("stage", stages[stage])}`;
}

clusters.on("click", ({ layer }) => { location.href = `/traps/${encodeURIComponent(layer.options.code)}`; });
clusters.on("mouseover", ({ layer }) => layer.bindTooltip(describe(layer)).openTooltip());

function show(answer) {
  stages = answer.stages;
  const added = [], gone = new Set(marks.keys());
  answer.trap_id.forEach((id, n) => {
    const stage = answer.stage[n], severity = answer.severity[n];
    const known = marks.get(id);
    gone.delete(id);
    if (known && known.options.stage === stage && known.options.severity === severity) return;
    if (known) clusters.removeLayer(known);
    const mark = L.marker([answer.lat_deg[n], answer.lon_deg[n]], {
      icon: icon(stage, severity), stage, severity, code: answer.code[n], alt: answer.code[n], keyboard: severity > 0,
      zIndexOffset: severity * 1000,
    });
    mark.options.title = describe(mark);
    marks.set(id, mark);
    added.push(mark);
  });
  for (const id of gone) { clusters.removeLayer(marks.get(id)); marks.delete(id); }
  clusters.addLayers(added);
  document.getElementById("map").dataset.marks = marks.size;
}

async function load() {
  timer = null;
  try {
    const answer = await fetch("/api/v1/map/traps", { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag");
    show(await answer.json());
  } catch { /* live.js says that there is no connection; the next look tries again */ }
}

async function outlines() {
  const county = await (await fetch("/api/v1/map/outlines")).json();
  const layer = L.geoJSON(county, { interactive: false, renderer: L.svg({ padding: 0.5 }), style: { className: "outline", weight: 1.5, fill: true } }).addTo(map);
  fit(layer.getBounds());
  map.setMaxBounds(layer.getBounds().pad(0.5));
  for (const { properties: town } of county.features) {
    if (!town.label) continue;
    const name = (lang === "en" && town.name_en) || town.name;
    const label = L.divIcon({ className: "town", html: "", iconSize: [140, 20] });
    const mark = L.marker([town.label[1], town.label[0]], { icon: label, interactive: false, keyboard: false }).addTo(map);
    mark.getElement().textContent = name;
  }
}

// The panel gets its size when everything around it has; nobody has moved the map by then.
function fit(bounds) {
  let moved = false;
  map.on("dragstart zoomstart", (event) => { moved ||= event.type === "dragstart" || !map.fitting; });
  const again = () => {
    map.invalidateSize({ animate: false });
    if (moved) return;
    map.fitting = true;
    map.fitBounds(bounds, { padding: [4, 4], animate: false });
    map.fitting = false;
  };
  new ResizeObserver(again).observe(map.getContainer());
  again();
}

map.setView([30.87, 120.9], 11);
await outlines();
map.addLayer(clusters);
await load();
performance.mark("usable");
// A fault shows at once; what else has changed shows with the next look.
document.body.addEventListener("trapwatch:event", ({ detail }) => {
  const mark = detail.type === "alert.fired" && marks.get(detail.trap_id);
  const severity = SEVERITIES.indexOf(detail.severity);
  if (!mark || severity <= mark.options.severity) return;
  clusters.removeLayer(mark);
  Object.assign(mark.options, { severity, zIndexOffset: severity * 1000 });
  mark.setIcon(icon(mark.options.stage, severity));
  clusters.addLayer(mark);
});
for (const name of ["alert", "tick"]) {
  document.body.addEventListener(`trapwatch:${name}`, () => { timer ??= setTimeout(load, AGAIN_MS); });
}
