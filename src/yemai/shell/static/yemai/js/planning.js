// The planning desk's maps: groups by colour, pattern and number; buildings picked by hand; an area drawn by its corners.
const COLOURS = ["#4e79a7", "#d98032", "#4f9a52", "#b0528f", "#7a6a4f", "#2f9c9c", "#c9a400", "#7a6bc0"];
const STRIPES = [[1, 1], [1, -1], [1, 0], [0, 1], [2, 1], [1, 2], [2, -1], [1, -2]]; // which way the lines of a colour run
const SERVED = { yes: "#8fb8a0", new: "#e3c46f", no: "#c96a62" };
const PIECE = 16;
let place, settings;

export async function start(root, tools) {
  settings = tools.settings;
  place = await import(settings.islandPlace);
  root.querySelectorAll("[data-planning-map]").forEach((canvas) => open(canvas, root));
  root.querySelectorAll("[data-planning-draw]").forEach((canvas) => drawArea(canvas, root));
}

function drawn(width, height, paint) {
  const sheet = document.createElement("canvas");
  sheet.width = width; sheet.height = height;
  const pen = sheet.getContext("2d", { willReadFrequently: true });
  paint(pen);
  return pen.getImageData(0, 0, width, height);
}

/** Colour and lines that run its own way, so that neighbours differ in black and white too. */
function pattern(colour, [across, down]) {
  return drawn(PIECE, PIECE, (pen) => {
    pen.globalAlpha = 0.3; pen.fillStyle = colour; pen.fillRect(0, 0, PIECE, PIECE);
    pen.globalAlpha = 0.85; pen.strokeStyle = colour; pen.lineWidth = 1.6;
    for (let at = -2 * PIECE; at <= 3 * PIECE; at += PIECE) {
      pen.beginPath(); pen.moveTo(at * (down ? 1 : 0) - across * 64, (down ? 0 : at) - down * 64); pen.lineTo(at * (down ? 1 : 0) + across * 64, (down ? 0 : at) + down * 64); pen.stroke();
    }
  });
}

function numeral(text, edge) {
  const wide = 16 + 12 * text.length;
  return drawn(wide, 32, (pen) => {
    pen.fillStyle = "rgba(255,255,255,.92)"; pen.strokeStyle = edge; pen.lineWidth = 3;
    pen.beginPath(); pen.roundRect(2, 2, wide - 4, 28, 14); pen.fill(); pen.stroke();
    pen.fillStyle = "#23211e"; pen.font = "700 19px sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(text, wide / 2, 17);
  });
}

function dress(map) {
  COLOURS.forEach((colour, at) => { if (!map.hasImage(`piece-${at}`)) map.addImage(`piece-${at}`, pattern(colour, STRIPES[at])); });
  if (!map.hasImage("left-out")) map.addImage("left-out", pattern(SERVED.no, [1, 1]));
  map.on("styleimagemissing", ({ id }) => {
    const [kind, text] = id.split(":");
    if (text !== undefined && !map.hasImage(id)) map.addImage(id, numeral(text, kind === "site" ? "#b8322a" : kind === "station" ? "#1d6b45" : "#6d675f"), { pixelRatio: 2 });
  });
}

async function open(canvas, root) {
  if (canvas.dataset.ready) return;
  canvas.dataset.ready = "1";
  const answer = await fetch(canvas.dataset.map).catch(() => null);
  if (!answer?.ok) { canvas.hidden = true; return; }
  const found = place.shift(await answer.json());
  const [west, south, east, north] = found.bbox;
  let shown;
  try { shown = await place.draw(canvas, null, [(west + east) / 2, (south + north) / 2], 13, settings); } catch { canvas.hidden = true; return; }
  const { map, maps } = shown;
  canvas.yemaiMap = map; // for whoever looks at the page from outside, a test first of all
  map.on("load", () => {
    dress(map);
    lay(map, found, canvas.dataset.planningMap);
    map.fitBounds([place.show([west, south]), place.show([east, north])], { padding: 36, animate: false, maxZoom: 18 });
    canvas.dataset.drawn = String(found.features.length);
  });
  map.on("click", (event) => tell(canvas, map, maps, event));
  if (canvas.dataset.planningMap === "hand") byHand(canvas, root, map, found);
  document.addEventListener("click", (event) => {
    const number = event.target.closest?.("[data-planning-show]")?.dataset.planningShow;
    if (number) near(canvas, map, Number(number));
  });
  document.addEventListener("plan-changed", () => renew(canvas, map));
}

async function renew(canvas, map) {
  const answer = await fetch(canvas.dataset.map).catch(() => null);
  if (!answer?.ok) return;
  const found = place.shift(await answer.json());
  map.getSource("plan").setData(found);
  map.getSource("numbers")?.setData(numbers(found));
  canvas.dataset.drawn = String(found.features.length);
  canvas.dataset.version = String(found.version);
}

/** One point for each group: the mean of its buildings. */
function numbers(found) {
  const sums = new Map();
  for (const { properties } of found.features) {
    if (properties.group === undefined) continue;
    const sum = sums.get(properties.group) ?? [0, 0, 0];
    sums.set(properties.group, [sum[0] + properties.at[0], sum[1] + properties.at[1], sum[2] + 1]);
  }
  const features = [...sums].map(([number, [lon, lat, count]]) => ({ type: "Feature", geometry: { type: "Point", coordinates: place.show([lon / count, lat / count]) }, properties: { icon: `n:${number}` } }));
  return { type: "FeatureCollection", features };
}

function lay(map, found, kind) {
  map.addSource("plan", { type: "geojson", data: found, promoteId: "building" });
  const polygon = ["==", ["geometry-type"], "Polygon"], has = (name) => ["has", name];
  const add = (layer) => map.addLayer({ source: "plan", ...layer });
  const colour = ["match", ["get", "colour"], ...COLOURS.slice(1).flatMap((one, at) => [at + 1, one]), COLOURS[0]];
  const fill = kind === "sites" ? ["match", ["get", "served"], "yes", SERVED.yes, "new", SERVED.new, SERVED.no] : colour;
  if (kind === "look" || kind === "hand") {
    const odd = ["any", ["get", "doubt"], ["get", "apart"]];
    add({ id: "grounds", type: "fill", filter: has("area"), paint: { "fill-pattern": ["concat", "piece-", ["to-string", ["get", "colour"]]], "fill-opacity": 0.75 } });
    add({ id: "ground-edges", type: "line", filter: ["all", has("area"), ["!", odd]], paint: { "line-color": colour, "line-width": 1.6 } });
    add({ id: "ground-odd", type: "line", filter: ["all", has("area"), odd], paint: { "line-color": "#a3211b", "line-width": 3, "line-dasharray": [2, 1.5] } });
  }
  if (kind === "branches") {
    add({ id: "links", type: "line", filter: has("link"), paint: { "line-color": colour, "line-width": 4, "line-opacity": 0.7 } });
    add({ id: "units", type: "circle", filter: has("unit"), paint: { "circle-color": colour, "circle-radius": 9, "circle-stroke-color": "#fff", "circle-stroke-width": 2 } });
    add({ id: "unit-numbers", type: "symbol", filter: has("unit"), layout: { "icon-image": ["concat", "n:", ["to-string", ["get", "branch"]]], "icon-allow-overlap": false } });
    return;
  }
  const picked = ["boolean", ["feature-state", "picked"], false];
  add({ id: "houses", type: "fill", filter: ["all", has("building"), polygon], paint: { "fill-color": ["case", picked, "#23211e", fill], "fill-opacity": 0.85, "fill-outline-color": "#4c463d" } });
  add({ id: "house-points", type: "circle", filter: ["all", has("building"), ["!", polygon]], paint: { "circle-color": ["case", picked, "#23211e", fill], "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2, 17, 7], "circle-stroke-color": "#4c463d", "circle-stroke-width": 1 } });
  if (kind === "sites") {
    add({ id: "left-out", type: "fill", filter: ["all", ["==", ["get", "served"], "no"], polygon], paint: { "fill-pattern": "left-out" } });
    map.addSource("rings", { type: "geojson", data: rings(found) });
    map.addLayer({ id: "rings", type: "line", source: "rings", paint: { "line-color": ["case", ["get", "is_site"], "#b8322a", "#1d6b45"], "line-width": 1.6, "line-dasharray": [3, 2] } });
    add({ id: "stations", type: "circle", filter: has("station"), paint: { "circle-color": "#1d6b45", "circle-radius": 8, "circle-stroke-color": "#fff", "circle-stroke-width": 2 } });
    add({ id: "sites", type: "symbol", filter: has("site"), layout: { "icon-image": ["concat", "site:", ["to-string", ["get", "site"]]], "icon-allow-overlap": true } });
    return;
  }
  map.addSource("numbers", { type: "geojson", data: numbers(found) });
  map.addLayer({ id: "numbers", type: "symbol", source: "numbers", layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": false } });
}

/** The walk around each station and site, as 48 corners. */
function rings(found) {
  const features = found.features.filter(({ properties: p }) => p.walk_m).map(({ geometry, properties }) => {
    const [lon, lat] = geometry.coordinates, up = properties.walk_m / 111320, side = up / Math.cos(lat * Math.PI / 180);
    const corners = [...Array(49).keys()].map((at) => [lon + side * Math.cos(at * Math.PI / 24), lat + up * Math.sin(at * Math.PI / 24)]);
    return { type: "Feature", geometry: { type: "LineString", coordinates: corners }, properties: { is_site: properties.site !== undefined } };
  });
  return { type: "FeatureCollection", features };
}

const HOUSES = ["houses", "house-points"];
const there = (map, layers) => layers.filter((layer) => map.getLayer(layer));
function tell(canvas, map, maps, event) {
  if (canvas.dataset.planningMap === "hand") return;
  const hit = map.queryRenderedFeatures(event.point, { layers: there(map, ["sites", "stations", "units", ...HOUSES, "grounds"]) })[0]?.properties;
  if (!hit) return;
  const group = hit.group ?? hit.area;
  const words = document.createElement("span");
  words.textContent = [
    hit.name ?? hit.station ?? hit.unit ?? "", hit.full_members ?? "",
    group === undefined ? "" : canvas.dataset.group.replace("{n}", group), hit.households === undefined ? "" : `${hit.households} ${canvas.dataset.households}`,
  ].filter((part) => part !== "").join(" · ");
  new maps.Popup().setLngLat(event.lngLat).setDOMContent(words).addTo(map);
}

function near(canvas, map, number) {
  const points = map.querySourceFeatures("plan", { filter: ["==", ["get", "group"], number] }).map(({ properties }) => place.show(JSON.parse(properties.at)));
  if (!points.length) return;
  const lons = points.map(([lon]) => lon), lats = points.map(([, lat]) => lat);
  map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 90, maxZoom: 17.5, animate: false });
  canvas.dataset.shown = String(number);
  canvas.scrollIntoView({ block: "nearest" });
}

// --- by hand ---

function byHand(canvas, root, map, found) {
  const form = root.querySelector("[data-planning-move]");
  if (!form) return;
  const field = form.querySelector("[name=buildings]"), count = form.querySelector("[data-planning-chosen]"), names = form.querySelector("[data-planning-chosen-names]");
  const every = found.features.filter((one) => one.properties.building !== undefined).map((one) => one.properties);
  const chosen = new Map();
  const mark = (one, is) => {
    if (is) chosen.set(one.building, one.name); else chosen.delete(one.building);
    map.setFeatureState({ source: "plan", id: one.building }, { picked: is });
  };
  const said = () => {
    field.value = [...chosen.keys()].join(","); count.textContent = String(chosen.size);
    names.textContent = [...chosen.values()].slice(0, 6).join("、") + (chosen.size > 6 ? " …" : "");
  };
  let corners = null;
  map.on("click", (event) => {
    if (corners) { corners.push(event.lngLat.toArray()); outline(map, corners); return; }
    const hit = map.queryRenderedFeatures(event.point, { layers: there(map, HOUSES) })[0]?.properties;
    if (hit) { mark(hit, !chosen.has(hit.building)); said(); }
  });
  const lasso = form.querySelector("[data-planning-lasso]");
  lasso?.addEventListener("click", () => {
    if (!corners) { corners = []; lasso.setAttribute("aria-pressed", "true"); map.getCanvas().style.cursor = "crosshair"; return; }
    if (corners.length > 2) every.filter((one) => inside(place.show(one.at), corners)).forEach((one) => mark(one, true));
    corners = null; lasso.setAttribute("aria-pressed", "false"); map.getCanvas().style.cursor = ""; outline(map, []); said();
  });
  document.addEventListener("plan-changed", () => { every.filter((one) => chosen.has(one.building)).forEach((one) => mark(one, false)); said(); });
}

function outline(map, corners) {
  const line = { type: "Feature", geometry: { type: "LineString", coordinates: corners.length > 1 ? [...corners, corners[0]] : [] }, properties: {} };
  const points = corners.map((at) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: {} }));
  const found = { type: "FeatureCollection", features: corners.length > 1 ? [line, ...points] : points };
  if (map.getSource("outline")) { map.getSource("outline").setData(found); return; }
  map.addSource("outline", { type: "geojson", data: found });
  map.addLayer({ id: "outline", type: "line", source: "outline", paint: { "line-color": "#b8322a", "line-width": 2.5 } });
  map.addLayer({ id: "corners", type: "circle", source: "outline", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "#b8322a", "circle-radius": 5 } });
}

function inside([x, y], corners) {
  let is = false;
  corners.forEach(([ax, ay], at) => {
    const [bx, by] = corners[(at + 1) % corners.length];
    if ((ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  });
  return is;
}

// --- an area by its corners ---

function drawArea(canvas, root) {
  if (canvas.dataset.ready) return;
  canvas.dataset.ready = "1";
  const field = document.getElementById(canvas.dataset.field), count = root.querySelector("[data-planning-corners]");
  let corners = [], map;
  const said = () => {
    outline(map, corners);
    count.textContent = String(corners.length);
    const ring = corners.map(place.real);
    field.value = corners.length > 2 ? JSON.stringify({ type: "Polygon", coordinates: [[...ring, ring[0]]] }) : "";
  };
  const begin = async () => {
    if (map) return;
    try { ({ map } = await place.draw(canvas, canvas.dataset.features, [Number(canvas.dataset.lon), Number(canvas.dataset.lat)], 14, settings)); } catch { canvas.hidden = true; return; }
    map.on("load", () => { canvas.dataset.drawn = "1"; });
    map.on("click", (event) => { corners.push(event.lngLat.toArray()); said(); });
    root.querySelector("[data-planning-redraw]")?.addEventListener("click", () => { corners = []; said(); });
  };
  const folded = canvas.closest("details");
  if (folded && !folded.open) folded.addEventListener("toggle", begin, { once: true }); else begin();
}
