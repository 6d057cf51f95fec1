// The small map: boundaries and buildings of our own, a pin that can be dragged, the phone's own position. No base map needed.
const words = document.body.dataset;
let loading;

function library() {
  loading ??= new Promise((done, failed) => {
    const style = document.createElement("link");
    style.rel = "stylesheet"; style.href = words.maplibreCss; document.head.append(style);
    const script = document.createElement("script");
    script.src = words.maplibre; script.onload = () => { window.maplibregl.setWorkerUrl(words.maplibreWorker); done(window.maplibregl); };
    script.onerror = failed; document.head.append(script);
  });
  return loading;
}

async function draw(canvas, features, centre, zoom) {
  const maps = await library();
  const map = new maps.Map({
    container: canvas, center: centre, zoom, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": "#efece5" } }] },
  });
  map.addControl(new maps.NavigationControl({ showCompass: false }));
  map.on("load", async () => {
    const box = map.getBounds();
    const pad = 0.004;
    const url = `${features}?bbox=${[box.getWest() - pad, box.getSouth() - pad, box.getEast() + pad, box.getNorth() + pad].map((n) => n.toFixed(3)).join(",")}`;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    map.addSource("ground", { type: "geojson", data: await answer.json() });
    map.addLayer({ id: "areas", type: "fill", source: "ground", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ["case", ["has", "floors"], "#c9bfae", "#ffffff"], "fill-opacity": ["case", ["has", "floors"], 0.9, 0.25] } });
    map.addLayer({ id: "edges", type: "line", source: "ground", paint: { "line-color": ["case", ["has", "floors"], "#a89c88", "#b8322a"], "line-width": ["case", ["has", "floors"], 0.5, 1] } });
  });
  return { map, maps };
}

export function start(root) {
  root.querySelectorAll("[data-place-map]").forEach(async (canvas) => {
    if (canvas.dataset.ready) return;
    canvas.dataset.ready = "1";
    const point = [Number(canvas.dataset.lon), Number(canvas.dataset.lat)];
    const { map, maps } = await draw(canvas, canvas.dataset.features, point, 16);
    new maps.Marker({ color: "#b8322a" }).setLngLat(point).addTo(map);
  });
  root.querySelectorAll("[data-place-picker]").forEach(pick);
}

function pick(box) {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const field = (name) => document.getElementById(box.dataset[name]);
  const lon = field("lonField"), lat = field("latField");
  const state = box.querySelector("[data-place-state]"), canvas = box.querySelector("[data-place-canvas]");
  let shown;
  const set = (point) => { lon.value = point[0].toFixed(6); lat.value = point[1].toFixed(6); state.textContent = words.wordsGpsDone; };
  async function show(point, zoom) {
    canvas.hidden = false;
    if (!shown) {
      shown = await draw(canvas, box.dataset.features, point, zoom);
      shown.pin = new shown.maps.Marker({ color: "#b8322a", draggable: true }).setLngLat(point).addTo(shown.map);
      shown.pin.on("dragend", () => set(shown.pin.getLngLat().toArray()));
      shown.map.on("click", (event) => { shown.pin.setLngLat(event.lngLat); set(event.lngLat.toArray()); });
    } else { shown.pin.setLngLat(point); shown.map.setCenter(point); }
  }
  box.querySelector("[data-place-gps]").addEventListener("click", () => {
    state.textContent = words.wordsGps;
    navigator.geolocation?.getCurrentPosition(
      (found) => { const point = [found.coords.longitude, found.coords.latitude]; set(point); show(point, 17); },
      () => { state.textContent = words.wordsGpsFailed; },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
  box.querySelector("[data-place-pin]").addEventListener("click", () => {
    const known = lon.value && lat.value ? [Number(lon.value), Number(lat.value)] : [Number(box.dataset.centreLon || 116.4), Number(box.dataset.centreLat || 39.9)];
    show(known, 15);
  });
}
