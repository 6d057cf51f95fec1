// Boundaries and buildings before they are written: their shapes on a map, and from each finding of the list to its place.
export async function start(root, tools) {
  const canvas = root.querySelector("[data-survey-map]");
  if (!canvas || canvas.dataset.ready) return;
  canvas.dataset.ready = "1";
  const place = await import(tools.settings.islandPlace);
  const answer = await fetch(canvas.dataset.preview).catch(() => null);
  if (!answer?.ok) { canvas.hidden = true; return; }
  const found = place.shift(await answer.json());
  const [west, south, east, north] = found.bbox;
  let shown;
  try { shown = await place.draw(canvas, canvas.dataset.ground || null, [(west + east) / 2, (south + north) / 2], canvas.dataset.ground ? 13 : 3, tools.settings); } catch { canvas.hidden = true; return; }
  const { map, maps } = shown;
  map.on("load", () => {
    const hue = ["case", ["==", ["get", "barred"], false], "#1d6b45", "#b8322a"]; // of buildings: what can be written as it is
    map.addSource("drawn", { type: "geojson", data: found });
    map.addLayer({ id: "drawn-areas", type: "fill", source: "drawn", paint: { "fill-color": hue, "fill-opacity": ["case", ["has", "barred"], 0.55, 0.12] } });
    map.addLayer({ id: "drawn-edges", type: "line", source: "drawn", paint: { "line-color": hue, "line-width": 1.2 } });
    map.addLayer({ id: "drawn-points", type: "circle", source: "drawn", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": hue, "circle-stroke-color": "#fffdf8", "circle-stroke-width": 1.5 } });
    map.fitBounds([place.show([west, south]), place.show([east, north])], { padding: 24, maxZoom: 18, animate: false });
    canvas.dataset.drawn = String(found.features.length);
  });
  ["drawn-areas", "drawn-points"].forEach((layer) => map.on("click", layer, (event) => {
    const { name, code } = event.features[0].properties;
    const words = document.createElement("span");
    words.textContent = `${name} ${code}`;
    new maps.Popup().setLngLat(event.lngLat).setDOMContent(words).addTo(map);
  }));
  let mark;
  root.querySelectorAll("[data-survey-at]").forEach((button) => button.addEventListener("click", () => {
    const at = place.show(button.dataset.surveyAt.split(",").map(Number));
    mark?.remove();
    mark = new maps.Marker({ color: "#b8322a" }).setLngLat(at).addTo(map);
    const metres = Math.sqrt(Number(button.dataset.surveySize) || 1);
    map.jumpTo({ center: at, zoom: Math.max(4, Math.min(17, 23 - Math.log2(metres))) }); // as near as the place is small
    canvas.dataset.shown = button.dataset.surveyAt;
    canvas.scrollIntoView({ block: "nearest" });
  }));
}
