// The one map: layers, a legend that counts, the list of what is in sight, the day shown; all of it stands in the address.
let place, words;

export async function start(root, tools) {
  const canvas = root.querySelector("[data-one-map]");
  if (!canvas || canvas.dataset.ready) return;
  canvas.dataset.ready = "1";
  words = canvas.dataset;
  place = await import(tools.settings.islandPlace);
  const desk = new Desk(canvas, tools);
  try { await desk.open(); } catch (why) { console.error(why); canvas.textContent = tools.settings.mapFailed; desk.beside(); }
}

const USUAL = ["ground", "buildings", "cases", "teams"];
const OWN = { ground: ["ground-areas", "ground-edges", "past-areas", "past-edges"], buildings: ["buildings", "building-points"], cases: ["hexagons", "clusters", "cases"],
  heat: ["heat-near", "heat-far"], teams: ["teams"], stations: ["circles", "circle-edges", "stations"], cameras: ["cameras"] };

class Desk {
  constructor(canvas, tools) {
    this.canvas = canvas; this.tools = tools;
    this.form = document.querySelector("[data-map-form]"); this.slider = document.querySelector("[data-map-slider]");
    const asked = new URLSearchParams(location.search);
    this.layers = new Set((asked.get("layers") ?? USUAL.join(",")).split(","));
    this.asked = Object.fromEntries(["q", "cases", "on", "lamp", "age", "category"].map((key) => [key, asked.get(key) ?? ""]));
    this.at = asked.get("c")?.split(",").map(Number);
    this.window = canvas.dataset.window?.split(",").map(Number);
    this.things = new AbortController();
  }

  async open() {
    const [west, south, east, north] = this.window ?? [73, 18, 135, 53];
    const [lon, lat, zoom] = this.at?.length === 3 && this.at.every(Number.isFinite) ? this.at : [(west + east) / 2, (south + north) / 2, 13];
    const { map, maps } = await place.draw(this.canvas, null, [lon, lat], zoom, this.tools.settings, { bare: place.shifted });
    document.querySelector("[data-map-shifted]").hidden = !place.shifted;
    this.map = this.canvas.yemaiMap = map; this.maps = maps;
    if (!this.at && this.window) map.fitBounds([[west, south], [east, north]], { padding: 20, maxZoom: 17, animate: false });
    this.controls();
    map.on("load", () => {
      this.draw();
      map.on("moveend", () => this.moved());
      map.on("sourcedata", (event) => { if (event.isSourceLoaded) this.named(); });
      map.on("click", (event) => this.clicked(event));
      map.on("mousemove", (event) => { map.getCanvas().style.cursor = this.under(event.point) ? "pointer" : ""; });
      this.moved();
      this.canvas.dataset.drawn = "1";
    });
  }

  // --- what is asked for stands in the address ---

  params(extra = {}) {
    const said = Object.entries({ ...this.asked, ...extra }).filter(([, value]) => value !== "");
    return new URLSearchParams(said);
  }

  box() {
    const box = this.map.getBounds(), edge = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(6);
    return [edge(box.getWest(), 180), edge(box.getSouth(), 90), edge(box.getEast(), 180), edge(box.getNorth(), 90)].join(",");
  }

  moved() {
    const { lng, lat } = this.map.getCenter();
    this.at = [lng.toFixed(5), lat.toFixed(5), this.map.getZoom().toFixed(2)];
    this.note();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.beside(); this.around(); this.past(); }, 200);
  }

  note() {
    const said = this.params({ c: this.at?.join(",") ?? "", layers: [...this.layers].join(",") });
    history.replaceState(history.state, "", `${location.pathname}?${decodeURIComponent(said)}`);
  }

  changed() {
    this.note();
    if (!this.map) { this.beside(); return; }
    this.map.getSource("cases").setTiles([this.tiles("cases")]);
    this.shown(); this.beside(); this.around(); this.past();
  }

  controls() {
    const form = this.form, day = form.elements.on, first = Date.parse(day.min), days = Math.round((Date.parse(day.max) - first) / 86400000);
    this.slider.max = String(days);
    const place_slider = () => { this.slider.value = day.value ? String(Math.round((Date.parse(day.value) - first) / 86400000)) : String(days); };
    place_slider();
    const take = () => {
      for (const key of ["q", "cases", "on"]) this.asked[key] = form.elements[key].value;
      if (this.asked.on === this.canvas.dataset.today) this.asked.on = "";
      place_slider(); this.changed();
    };
    form.addEventListener("submit", (event) => { event.preventDefault(); take(); });
    form.addEventListener("change", (event) => { if (event.target !== this.slider) take(); });
    const slid = () => { day.value = new Date(first + Number(this.slider.value) * 86400000).toISOString().slice(0, 10); };
    this.slider.addEventListener("input", slid);
    this.slider.addEventListener("change", () => { slid(); if (day.value === day.max) day.value = ""; take(); });
    document.querySelector("[data-map-now]").addEventListener("click", () => { day.value = ""; take(); });
    document.querySelectorAll("[data-map-layers] input").forEach((box) => {
      box.checked = this.layers.has(box.value);
      box.addEventListener("change", () => { if (box.checked) this.layers.add(box.value); else this.layers.delete(box.value); this.note(); this.shown(); this.around(); this.past(); });
    });
    document.getElementById("map-side").addEventListener("click", (event) => {
      const entry = event.target.closest("[data-map-set]");
      if (!entry) return;
      this.asked[entry.dataset.mapSet] = entry.getAttribute("aria-pressed") === "true" ? "" : entry.value;
      this.changed();
    });
    document.querySelector("[data-map-print]").addEventListener("click", () => this.print());
  }

  // --- the list beside ---

  async beside() {
    const box = this.map ? this.box() : this.window?.join(","), side = document.getElementById("map-side");
    if (!box) return;
    side.setAttribute("aria-busy", "true");
    const back = location.pathname + location.search;
    await window.htmx.ajax("GET", `${words.side}?${this.params({ bbox: box, back })}`, { target: side, swap: "innerHTML" });
    side.setAttribute("aria-busy", "false");
    const total = side.querySelector(".map-total b")?.textContent ?? "";
    this.count("cases", total); side.dataset.total = total;
  }

  count(layer, number) {
    const mark = document.querySelector(`[data-map-count="${layer}"]`);
    if (mark) mark.textContent = String(number);
    const label = mark?.closest("label");
    if (label && !["cases", "ground", "buildings"].includes(layer)) label.hidden = Number(number) === 0;
  }

  // --- layers ---

  tiles(name) {
    const asked = name === "cases" ? `?${this.params({ cases: this.asked.cases || "open" })}` : "";
    return location.origin + words[name].replace("0/0/0", "{z}/{x}/{y}") + asked;
  }

  draw() {
    const map = this.map, edge = { "circle-stroke-color": "#fffdf8", "circle-stroke-width": 1.5 }, nothing = { type: "FeatureCollection", features: [] };
    const lamp = ["match", ["get", "lamp"], "red", "#b8322a", "yellow", "#855600", "green", "#1d6b45", "#7d766a"], many = ["case", [">", ["get", "red"], 0], "#b8322a", "#7d766a"];
    const dot = ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 6, 1.4, 11, 20, 26];
    for (const [name, deepest] of [["nodes", 22], ["buildings", 18], ["cases", 18]]) map.addSource(name, { type: "vector", tiles: [this.tiles(name)], maxzoom: Math.min(deepest, 16), minzoom: name === "buildings" ? 15 : 0 });
    for (const name of ["past", "things"]) map.addSource(name, { type: "geojson", data: nothing });
    const add = (id, type, source, paint, more = {}) => map.addLayer({ id, type, source, paint, ...more });
    const deep = ["interpolate", ["linear"], ["get", "depth"], 0, 2.4, 4, 1];
    add("ground-areas", "fill", "nodes", { "fill-color": "#fffdf8", "fill-opacity": 0.25 }, { "source-layer": "nodes" });
    add("past-areas", "fill", "past", { "fill-color": "#fffdf8", "fill-opacity": 0.5 });
    add("buildings", "fill", "buildings", { "fill-color": "#d8cfbd", "fill-outline-color": "#ab9f88" }, { "source-layer": "buildings" });
    add("building-points", "circle", "buildings", { "circle-color": "#ab9f88", "circle-radius": 3 }, { "source-layer": "building_points" });
    add("ground-edges", "line", "nodes", { "line-color": "#96251f", "line-opacity": 0.7, "line-width": deep }, { "source-layer": "nodes" });
    add("past-edges", "line", "past", { "line-color": "#5a4a86", "line-width": 1.6, "line-dasharray": [3, 2] });
    const isa = (layer) => ({ filter: ["==", ["get", "layer"], layer] });
    add("circles", "fill", "things", { "fill-color": "#1d6b45", "fill-opacity": 0.12 }, isa("circle"));
    add("circle-edges", "line", "things", { "line-color": "#1d6b45", "line-width": 1 }, isa("circle"));
    const heat = { "heatmap-weight": ["interpolate", ["linear"], ["coalesce", ["get", "count"], 1], 1, 0.2, 60, 1], "heatmap-radius": 28, "heatmap-opacity": 0.65 };
    add("heat-near", "heatmap", "cases", heat, { "source-layer": "cases" });
    add("heat-far", "heatmap", "cases", heat, { "source-layer": "clusters" });
    add("hexagons", "fill", "cases", { "fill-color": many, "fill-opacity": ["interpolate", ["linear"], ["get", "count"], 1, 0.15, 200, 0.6], "fill-outline-color": "#fffdf8" }, { "source-layer": "hexagons" });
    add("clusters", "circle", "cases", { "circle-color": many, "circle-opacity": 0.8, "circle-radius": dot, ...edge }, { "source-layer": "clusters" });
    add("cases", "circle", "cases", { "circle-color": lamp, "circle-radius": 6, ...edge }, { "source-layer": "cases" });
    add("stations", "circle", "things", { "circle-color": "#fff", "circle-radius": 6, "circle-stroke-color": "#1d6b45", "circle-stroke-width": 3 }, isa("station"));
    add("cameras", "circle", "things", { "circle-color": "#5a4a86", "circle-radius": 5, ...edge }, isa("camera"));
    add("teams", "circle", "things", { "circle-color": ["case", [">", ["get", "count"], 0], "#2f5f8f", "#b8322a"], "circle-radius": 7, ...edge }, isa("team"));
    this.shown();
  }

  shown() {
    for (const [layer, own] of Object.entries(OWN)) for (const id of own) {
      const past = id.startsWith("past-"), now = id.startsWith("ground-"), fits = past ? Boolean(this.asked.on) : now ? !this.asked.on : true;
      this.map.setLayoutProperty(id, "visibility", this.layers.has(layer) && fits ? "visible" : "none");
    }
    this.named();
  }

  async fetched(address) {
    try { const answer = await fetch(address, { signal: this.things.signal }); return answer.ok ? await answer.json() : null; } catch { return null; }
  }

  async around() {
    this.things.abort(); this.things = new AbortController();
    const wanted = ["stations", "cameras", "teams"].filter((layer) => this.layers.has(layer));
    const found = await this.fetched(`${words.things}?bbox=${this.box()}&layers=${wanted.join(",")}&on=${this.asked.on}`);
    if (!found) return;
    this.map.getSource("things").setData(found);
    for (const [layer, number] of Object.entries(found.counts)) this.count(layer, number);
    this.canvas.dataset.stood = String(found.features.length);
  }

  async past() {
    if (!this.asked.on || !this.layers.has("ground")) return;
    const found = await this.fetched(`${words.ground}?bbox=${this.box()}&on=${this.asked.on}`);
    if (!found) return;
    this.map.getSource("past").setData(found);
    this.canvas.dataset.past = this.asked.on; this.pastNames = found.features; this.named();
  }

  /** Names of the ground and numbers of clusters, as text of the page: no font file is needed. */
  named() {
    clearTimeout(this.naming);
    this.naming = setTimeout(() => {
      this.marks?.forEach((mark) => mark.remove());
      const seen = new Map(), say = (style, text, at) => {
        const word = document.createElement("div"); word.className = style; word.textContent = text;
        return new this.maps.Marker({ element: word, anchor: "center", offset: style === "place-name" && this.layers.has("teams") ? [0, 17] : [0, 0] }).setLngLat(at).addTo(this.map);
      };
      const taken = [], free = (one) => { // two names never lie on each other
        const at = this.map.project(one.at), wide = one.name.length * 13;
        if (taken.some((other) => Math.abs(other.at.x - at.x) < (other.wide + wide) / 2 && Math.abs(other.at.y - at.y) < 18)) return false;
        taken.push({ at, wide }); return true;
      };
      if (this.layers.has("ground")) {
        const rows = this.asked.on ? (this.pastNames ?? []).filter((one) => one.properties.label).map((one) => ({ id: one.id, name: one.properties.name, depth: one.properties.depth, at: one.properties.label }))
          : this.map.querySourceFeatures("nodes", { sourceLayer: "names" }).map((one) => ({ id: one.id, name: one.properties.name, depth: one.properties.depth, at: one.geometry.coordinates }));
        const deepest = rows.reduce((most, one) => (one.depth > most ? one.depth : most), rows[0]?.depth);
        rows.filter((one) => one.depth === deepest && this.map.getBounds().contains(one.at)).forEach((one) => seen.set(one.id, one));
      }
      const names = [...seen.values()].slice(0, 300).filter(free).slice(0, 120).map((one) => say("place-name", one.name, one.at));
      this.count("ground", seen.size || "");
      const clusters = this.layers.has("cases") && this.map.getLayer("clusters") ? this.map.queryRenderedFeatures({ layers: ["clusters"] }).filter((one) => one.properties.count > 1).slice(0, 150) : [];
      this.marks = [...names, ...clusters.map((one) => say("map-count", one.properties.count, one.geometry.coordinates))];
      const houses = this.layers.has("buildings") && this.map.getLayer("buildings") ? this.map.queryRenderedFeatures({ layers: ["buildings", "building-points"] }) : [];
      this.count("buildings", new Set(houses.map((one) => one.id)).size || "");
    }, 150);
  }

  // --- every feature opens its record ---

  under(point) {
    const order = ["cases", "cameras", "stations", "teams", "clusters", "hexagons", "buildings", "building-points", "ground-areas"].filter((id) => this.map.getLayer(id));
    const [west, north] = [point.x - 4, point.y - 4], [east, south] = [point.x + 4, point.y + 4];
    const found = this.map.queryRenderedFeatures([[west, north], [east, south]], { layers: order });
    return found.sort((a, b) => order.indexOf(a.layer.id) - order.indexOf(b.layer.id) || (b.properties.depth ?? 0) - (a.properties.depth ?? 0))[0];
  }

  clicked(event) {
    const one = this.under(event.point);
    if (!one) return;
    const said = one.properties, fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
    if (one.layer.id === "cases") { location.assign(words.case.replace("/0/", `/${said.id}/`)); return; }
    if (["clusters", "hexagons"].includes(one.layer.id)) {
      this.map.easeTo({ center: event.lngLat, zoom: Math.min(18, this.map.getZoom() + 2) });
      return;
    }
    const lines = { teams: [fill(words.onDuty, { n: said.count }), said.text, said.away ? fill(words.away, { n: said.away }) : ""], stations: [said.kind, said.text], cameras: [said.text] }[one.layer.id] ?? [said.households ? fill(words.households, { n: said.households }) : ""];
    const link = one.layer.id === "cameras" ? words.camera.replace("/0/", `/${said.id}/`) : said.code ? words.board.replace("CODE", said.code) : "";
    const box = document.createElement("div"); box.className = "map-words";
    const title = document.createElement("b"); title.textContent = said.name; box.append(title);
    lines.filter(Boolean).forEach((text) => { const line = document.createElement("span"); line.textContent = text; box.append(line); });
    if (link) { const open = document.createElement("a"); open.href = link; open.textContent = words.open; box.append(open); }
    this.popup?.remove();
    this.popup = new this.maps.Popup({ maxWidth: "260px" }).setLngLat(event.lngLat).setDOMContent(box).addTo(this.map);
  }

  /** The canvas can be read only while it is being drawn: then its picture goes to paper, beside the list. */
  print() {
    const picture = document.querySelector("[data-map-printed]");
    const ready = () => { picture.onload = () => { picture.hidden = false; this.canvas.dataset.printed = "1"; window.print(); }; };
    if (!this.map) { window.print(); return; }
    ready();
    this.map.once("render", () => { picture.src = this.map.getCanvas().toDataURL("image/png"); });
    this.map.triggerRepaint();
  }
}
