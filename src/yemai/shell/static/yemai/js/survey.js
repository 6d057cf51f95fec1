// Boundaries before they are written: their shapes on a map, and from each finding of the list to its place.
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
  try { shown = await place.draw(canvas, null, [(west + east) / 2, (south + north) / 2], 3, tools.settings); } catch { canvas.hidden = true; return; }
  const { map, maps } = shown;
  map.on("load", () => {
    map.addSource("drawn", { type: "geojson", data: found });
    map.addLayer({ id: "drawn-areas", type: "fill", source: "drawn", paint: { "fill-color": "#b8322a", "fill-opacity": 0.12 } });
    map.addLayer({ id: "drawn-edges", type: "line", source: "drawn", paint: { "line-color": "#b8322a", "line-width": 1.2 } });
    map.fitBounds([place.show([west, south]), place.show([east, north])], { padding: 24, animate: false });
    canvas.dataset.drawn = String(found.features.length);
  });
  map.on("click", "drawn-areas", (event) => {
    const { name, code } = event.features[0].properties;
    const words = document.createElement("span");
    words.textContent = `${name} ${code}`;
    new maps.Popup().setLngLat(event.lngLat).setDOMContent(words).addTo(map);
  });
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
