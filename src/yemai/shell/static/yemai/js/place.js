// The small map: boundaries, buildings and names of our own, a pin that can be dragged, the phone's own position. It needs
// no base map; where the deployment has one it lies underneath. Positions are WGS-84; only what is shown is shifted.
let loading, words;

function library() {
  loading ??= new Promise((done, failed) => {
    const style = document.createElement("link");
    style.rel = "stylesheet"; style.href = words.maplibreCss; document.head.append(style);
    const script = document.createElement("script");
    script.src = words.maplibre; script.onload = () => { window.maplibregl.setWorkerUrl(words.maplibreWorker); done(window.maplibregl); };
    script.onerror = () => { loading = undefined; failed(new Error("maplibre")); }; document.head.append(script);
  });
  return loading;
}

// {"kind": "raster", "layers": [[address, ...], ...]} | {"kind": "style", "style": address} | {"kind": "raster"|"vector", "own": true,
// "maxzoom": 14}, each with "crs": "WGS84"|"GCJ02" and "attribution": whose map it is, with its 审图号.
const base = JSON.parse(document.getElementById("base-map")?.textContent || "null");
export const shifted = base?.crs === "GCJ02";
const GROUND = "#f0ece3";

function style(bare) {
  if (base?.kind === "style" && !bare) return base.style;
  const drawn = { version: 8, sources: {}, layers: [{ id: "background", type: "background", paint: { "background-color": GROUND } }] };
  if (!base || bare) return drawn;
  const own = base.own ? [[location.origin + words.baseTiles.replace("0/0/0", "{z}/{x}/{y}")]] : base.layers;
  const more = { maxzoom: base.maxzoom ?? 18, attribution: base.attribution };
  if (base.kind === "raster") own.forEach((tiles, at) => {
    drawn.sources[`base-${at}`] = { type: "raster", tiles, tileSize: 256, ...more };
    drawn.layers.push({ id: `base-${at}`, type: "raster", source: `base-${at}`, paint: { "raster-saturation": -0.3 } });
  });
  else {
    drawn.sources.base = { type: "vector", tiles: own[0], ...more };
    drawn.layers.push(...vector());
  }
  return drawn;
}

/** Quiet colours for the layers that the two usual schemas (Protomaps, OpenMapTiles) share; what a file lacks is not drawn. */
function vector() {
  const fill = (id, layer, colour) => ({ id: `base-${id}`, type: "fill", source: "base", "source-layer": layer, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour } });
  const line = (id, layer, colour, width) => ({ id: `base-${id}`, type: "line", source: "base", "source-layer": layer, paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 8, width / 3, 18, width * 4] } });
  return [fill("earth", "earth", "#f6f3ec"), fill("landuse", "landuse", "#ebe8dc"), fill("park", "park", "#dfe8d5"), fill("landcover", "landcover", "#e6ead9"), fill("water", "water", "#c9dbe6"),
    line("waterway", "waterway", "#c9dbe6", 1), line("roads", "roads", "#ffffff", 1.6), line("transportation", "transportation", "#ffffff", 1.6), fill("buildings", "buildings", "#e3ddd0"), fill("building", "building", "#e3ddd0")];
}

/** A map in `canvas`; `features` is the address of what lies on our ground, null for none; `bare` leaves the base map out. */
export async function draw(canvas, features, centre, zoom, settings, { bare = false } = {}) {
  words ??= settings;
  const maps = await library();
  const map = new maps.Map({
    container: canvas, center: show(centre), zoom, style: style(bare), dragRotate: false, pitchWithRotate: false, touchPitch: false,
    attributionControl: base && !bare ? { compact: false, customAttribution: base.kind === "style" ? base.attribution : undefined } : false, cooperativeGestures: false, locale: { "Map.Title": words.mapLabel },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maps.NavigationControl({ showCompass: false }));
  if (!features) return { map, maps };
  map.on("load", () => { lay(map, maps, features); });
  let waiting;
  map.on("moveend", () => { clearTimeout(waiting); waiting = setTimeout(() => lay(map, maps, features), 250); });
  return { map, maps };
}

/** Fetch what lies in the window and a little around it, once per window. */
async function lay(map, maps, features) {
  const box = map.getBounds();
  const seen = map.laid && map.laid.contains(box.getSouthWest()) && map.laid.contains(box.getNorthEast());
  if (seen || !map.getStyle()) return;
  const pad = Math.max(0.004, (box.getEast() - box.getWest()) / 2);
  const low = Math.max(-90, box.getSouth() - pad), high = Math.min(90, box.getNorth() + pad); // from far away, no farther than the poles
  const [west, south] = real([box.getWest() - pad, low]), [east, north] = real([box.getEast() + pad, high]);
  const answer = await fetch(`${features}?bbox=${[west, south, east, north].map((degree) => degree.toFixed(3)).join(",")}`).catch(() => null);
  if (!answer?.ok) return;
  const found = shift(await answer.json());
  map.laid = new maps.LngLatBounds([box.getWest() - pad, low], [box.getEast() + pad, high]);
  if (map.getSource("ground")) map.getSource("ground").setData(found);
  else {
    const building = ["has", "floors"], polygon = ["==", ["geometry-type"], "Polygon"];
    const below = ["drawn-areas", "case-hexagons"].find((layer) => map.getLayer(layer)); // whichever comes first, these lie on top
    map.addSource("ground", { type: "geojson", data: found });
    map.addLayer({ id: "areas", type: "fill", source: "ground", filter: ["all", polygon, ["!", building]], paint: { "fill-color": "#fffdf8", "fill-opacity": base ? 0.15 : 0.55 } }, below);
    map.addLayer({ id: "buildings", type: "fill", source: "ground", filter: ["all", polygon, building], paint: { "fill-color": "#d8cfbd", "fill-outline-color": "#ab9f88" } }, below);
    map.addLayer({ id: "edges", type: "line", source: "ground", filter: ["!", building], paint: { "line-color": "#b8322a", "line-opacity": 0.75, "line-width": 1.4, "line-dasharray": [3, 2] } }, below);
  }
  name(map, maps, found.features);
}

/** Names of the micro-grids, and of buildings when near: as text of the page, so that no font file is needed. */
function name(map, maps, features) {
  map.names?.forEach((mark) => mark.remove());
  const near = map.getZoom() >= 16.5, deepest = features.filter((one) => one.properties.code && one.properties.label);
  const inside = new Set(deepest.map((one) => one.properties.tier)), last = [...inside].pop();
  const wanted = features.filter((one) => (one.properties.code ? one.properties.tier === last && one.properties.label : near && one.geometry)).slice(0, 80);
  map.names = wanted.map((one) => {
    const word = document.createElement("div");
    word.className = "place-name"; word.textContent = one.properties.name;
    const at = one.properties.code ? show(one.properties.label) : middle(one.geometry);
    return new maps.Marker({ element: word, anchor: "center" }).setLngLat(at).addTo(map);
  });
}

/** The cases around, as far as this person may see them: dots near, larger dots for many, hexagons from far. */
function surround(map) {
  // Tiles can't be shifted by a formula: over a base map in GCJ-02 they would lie half a kilometre off.
  if (!words.caseTiles || shifted) return;
  const lamp = ["match", ["get", "lamp"], "red", "#b8322a", "yellow", "#855600", "green", "#1d6b45", "#7d766a"];
  const many = ["case", [">", ["get", "red"], 0], "#b8322a", "#7d766a"], edge = { "circle-stroke-color": "#fffdf8", "circle-stroke-width": 1.5 };
  const layer = (name, type, paint) => map.addLayer({ id: `case-${name}`, type, source: "cases", "source-layer": name, paint });
  map.addSource("cases", { type: "vector", tiles: [location.origin + words.caseTiles.replace("0/0/0", "{z}/{x}/{y}")], maxzoom: 16 });
  layer("hexagons", "fill", { "fill-color": many, "fill-opacity": ["interpolate", ["linear"], ["get", "count"], 1, 0.15, 200, 0.6] });
  layer("clusters", "circle", { "circle-color": many, "circle-opacity": 0.75, "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 5, 20, 22], ...edge });
  layer("cases", "circle", { "circle-color": lamp, "circle-radius": 5, ...edge });
  map.on("click", "case-cases", (event) => location.assign(words.casePage.replace("/0/", `/${event.features[0].properties.id}/`)));
  map.on("mouseenter", "case-cases", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "case-cases", () => { map.getCanvas().style.cursor = ""; });
}

function middle(geometry) {
  const points = geometry.type === "Point" ? [geometry.coordinates] : geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2);
  return [0, 1].map((i) => points.reduce((sum, point) => sum + point[i], 0) / points.length);
}

export function start(root, tools) {
  words = tools.settings;
  root.querySelectorAll("[data-place-map]").forEach(async (canvas) => {
    if (canvas.dataset.ready) return;
    canvas.dataset.ready = "1";
    const point = [Number(canvas.dataset.lon), Number(canvas.dataset.lat)];
    try {
      const { map, maps } = await draw(canvas, canvas.dataset.features, point, 17);
      new maps.Marker({ color: "#b8322a" }).setLngLat(show(point)).addTo(map);
      map.on("load", () => surround(map));
    } catch { canvas.hidden = true; }
  });
  root.querySelectorAll("[data-places-map]").forEach(gather);
  root.querySelectorAll("[data-place-picker]").forEach(pick);
}

/** Several places on one map: each a dot that leads to its page. */
async function gather(canvas) {
  if (canvas.dataset.ready) return;
  canvas.dataset.ready = "1";
  const places = JSON.parse(document.getElementById(canvas.dataset.placesMap).textContent);
  const points = places.map((one) => show([one.lon, one.lat]));
  try {
    const { map, maps } = await draw(canvas, canvas.dataset.features, [places[0].lon, places[0].lat], 16);
    const box = new maps.LngLatBounds(points[0], points[0]);
    places.forEach((one, at) => {
      const dot = document.createElement("a");
      dot.className = "place-dot"; dot.href = one.url; dot.title = one.name; dot.setAttribute("aria-label", one.name);
      new maps.Marker({ element: dot }).setLngLat(points[at]).addTo(map);
      box.extend(points[at]);
    });
    map.fitBounds(box, { padding: 40, maxZoom: 17, animate: false });
    canvas.dataset.drawn = "1";
  } catch (why) { console.error(why); canvas.hidden = true; }
}

function pick(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const field = (key) => document.getElementById(box.dataset[key]);
  const lon = field("lonField"), lat = field("latField");
  const state = box.querySelector("[data-place-state]"), canvas = box.querySelector("[data-place-canvas]");
  const say = (text) => { if (state) state.textContent = text; };
  let shown;
  const set = (point) => { lon.value = point[0].toFixed(6); lat.value = point[1].toFixed(6); lon.dispatchEvent(new Event("change", { bubbles: true })); };
  const dragged = (at) => { set(real(at.toArray())); say(words.gpsDone); };
  async function open(point, zoom) {
    canvas.hidden = false;
    try {
      shown ??= await draw(canvas, box.dataset.features, point, zoom);
    } catch { canvas.hidden = true; say(words.mapFailed); return; }
    if (!shown.pin) {
      shown.pin = new shown.maps.Marker({ color: "#b8322a", draggable: true }).setLngLat(show(point)).addTo(shown.map);
      shown.pin.on("dragend", () => dragged(shown.pin.getLngLat()));
      shown.map.on("click", (event) => { shown.pin.setLngLat(event.lngLat); dragged(event.lngLat); });
    } else { shown.pin.setLngLat(show(point)); shown.map.easeTo({ center: show(point), zoom: Math.max(shown.map.getZoom(), zoom) }); }
  }
  box.querySelector("[data-place-gps]")?.addEventListener("click", () => {
    say(words.gps);
    if (!navigator.geolocation) { say(words.gpsFailed); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const point = [coords.longitude, coords.latitude];
        set(point); say(coords.accuracy > 100 ? words.gpsRough : words.gpsDone); open(point, 17);
      },
      () => say(words.gpsFailed),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
  const known = () => (lon.value && lat.value ? [Number(lon.value), Number(lat.value)] : null);
  const centre = () => known() ?? [Number(box.dataset.centreLon || 116.4), Number(box.dataset.centreLat || 39.9)];
  box.querySelector("[data-place-pin]")?.addEventListener("click", () => open(centre(), known() ? 17 : 15));
  if (known()) open(known(), 17); // what was chosen before an error is still chosen
}

// --- what is shown over a base map in GCJ-02 is shifted for the eye alone ---

function bend(x, y) {
  const sin = Math.sin, pi = Math.PI, waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3;
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + waves
    + (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + waves
    + (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3;
  return [east, north];
}
export function show([lon, lat]) {
  if (!shifted) return [lon, lat];
  const a = 6378245, ee = 0.006693421622965943, [east, north] = bend(lon - 105, lat - 35);
  const angle = lat / 180 * Math.PI, magic = 1 - ee * Math.sin(angle) ** 2, root = Math.sqrt(magic);
  return [lon + (east * 180) / (a / root * Math.cos(angle) * Math.PI), lat + (north * 180) / ((a * (1 - ee)) / (magic * root) * Math.PI)];
}
export function real(point) {
  let guess = point;
  for (let turn = 0; shifted && turn < 4; turn += 1) { const back = show(guess); guess = [guess[0] + point[0] - back[0], guess[1] + point[1] - back[1]]; }
  return guess;
}
export function shift(found) {
  const every = (part) => (typeof part[0] === "number" ? show(part) : part.map(every));
  if (shifted) found.features.forEach((one) => { if (one.geometry) one.geometry.coordinates = every(one.geometry.coordinates); });
  return found;
}
