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

const FINE = 3; // dots of paper to one of the screen
const USUAL = ["ground", "buildings", "cases", "teams"];
const SHADES = ["#1f8a70", "#c9602e", "#6f9a2e", "#8a5aa8", "#c99a2e", "#a83a5c", "#c65fa0", "#6b5b3a"], OTHER = "#7d766a"; // as in one_map.css
const AGES = ["match", ["get", "age"], "day", "#4f9a63", "week", "#c99a2e", "month", "#c9602e", "#7d1a14"];
const LAMPS = ["match", ["get", "lamp"], "red", "#b8322a", "yellow", "#855600", "green", "#1d6b45", OTHER];
const OWN = { ground: ["ground-areas", "ground-edges", "past-areas", "past-edges"], buildings: ["buildings", "building-points"], cases: ["hexagons", "clusters", "cases"],
  heat: ["heat-near", "heat-far"], teams: ["teams"], stations: ["circles", "circle-edges", "stations"], cameras: ["cameras"], components: ["components"] };

class Desk {
  constructor(canvas, tools) {
    this.canvas = canvas; this.tools = tools;
    this.form = document.querySelector("[data-map-form]"); this.slider = document.querySelector("[data-map-slider]");
    const asked = new URLSearchParams(location.search);
    this.tiers = words.tiers.split(",").map((depth) => `g${depth}`); // "ground" in an address stands for all of them
    this.layers = new Set((asked.get("layers") ?? USUAL.join(",")).split(",").flatMap((layer) => (layer === "ground" ? this.tiers : [layer])));
    this.by = ["age", "category"].includes(asked.get("by")) ? asked.get("by") : ""; this.shades = new Map();
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
      map.on("mousemove", (event) => { map.getCanvas().style.cursor = this.under(event.point).length ? "pointer" : ""; });
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
    const rest = [...this.layers].filter((layer) => !this.tiers.includes(layer)), drawn = this.tiers.filter((tier) => this.layers.has(tier));
    const layers = drawn.length === this.tiers.length ? ["ground", ...rest] : [...drawn, ...rest];
    const said = this.params({ by: this.by, c: this.at?.join(",") ?? "", layers: layers.join(",") || "none" });
    history.replaceState(history.state, "", `${location.pathname}?${decodeURIComponent(said)}`);
  }

  changed() {
    this.note();
    if (!this.map) { this.beside(); return; }
    this.map.getSource("cases").setTiles([this.tiles("cases")]);
    this.shown(); this.beside(); this.around(); this.past();
  }

  controls() {
    this.form.elements.by.value = this.by;
    const form = this.form, day = form.elements.on, first = Date.parse(day.min), days = Math.round((Date.parse(day.max) - first) / 86400000);
    this.slider.max = String(days);
    const place_slider = () => { this.slider.value = day.value ? String(Math.round((Date.parse(day.value) - first) / 86400000)) : String(days); };
    place_slider();
    const take = () => {
      this.by = form.elements.by.value;
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
    await window.htmx.ajax("GET", `${words.side}?${this.params({ bbox: box, back })}`, { target: side });
    side.setAttribute("aria-busy", "false");
    const total = side.querySelector(".map-total b")?.textContent ?? "";
    this.count("cases", total); side.dataset.total = total;
    this.coloured(side);
  }

  /** Points are coloured as the legend beside says; a class keeps its colour while it is in sight. */
  coloured(side) {
    side.dataset.by = this.by;
    const classes = [...side.querySelectorAll("[data-map-set=category]")];
    if (this.by === "category") {
      const seen = new Set(classes.map((entry) => entry.value));
      for (const code of [...this.shades.keys()]) if (!seen.has(code)) this.shades.delete(code);
      for (const entry of classes) {
        const used = new Set(this.shades.values()), free = SHADES.findIndex((_colour, at) => !used.has(at));
        if (!this.shades.has(entry.value) && free >= 0) this.shades.set(entry.value, free);
        if (this.shades.has(entry.value)) entry.classList.add(`map-shade-${this.shades.get(entry.value)}`);
      }
    }
    if (!this.map?.getLayer("cases")) return;
    const shades = [...this.shades].flatMap(([code, at]) => [code, SHADES[at]]);
    const classed = shades.length ? ["match", ["coalesce", ["get", "category"], ""], ...shades, OTHER] : OTHER;
    this.map.setPaintProperty("cases", "circle-color", { age: AGES, category: classed }[this.by] ?? LAMPS);
  }

  count(layer, number) {
    const mark = document.querySelector(`[data-map-count="${layer}"]`);
    if (mark) mark.textContent = String(number);
    const label = mark?.closest("label");
    if (label && layer !== "cases") label.hidden = number === 0; // a layer with nothing in sight is not offered
  }

  // --- layers ---

  tiles(name) {
    const asked = name === "cases" ? `?${this.params({ cases: this.asked.cases || "open" })}` : "";
    return location.origin + words[name].replace("0/0/0", "{z}/{x}/{y}") + asked;
  }

  draw() {
    const map = this.map, edge = { "circle-stroke-color": "#fffdf8", "circle-stroke-width": 1.5 }, nothing = { type: "FeatureCollection", features: [] };
    const many = ["case", [">", ["get", "red"], 0], "#b8322a", "#5d6b73"];
    const dot = ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 6, 1.4, 11, 20, 26];
    for (const [name, deepest] of [["nodes", 22], ["buildings", 18], ["cases", 18]]) map.addSource(name, { type: "vector", tiles: [this.tiles(name)], maxzoom: Math.min(deepest, 16), minzoom: name === "buildings" ? 15 : 0 });
    for (const name of ["past", "things"]) map.addSource(name, { type: "geojson", data: nothing });
    const add = (id, type, source, paint, more = {}) => map.addLayer({ id, type, source, paint, ...more });
    const deep = ["interpolate", ["linear"], ["get", "depth"], 0, 2.4, 4, 1];
    add("ground-areas", "fill", "nodes", { "fill-color": "#fffdf8", "fill-opacity": 0.12 }, { "source-layer": "nodes" });
    add("past-areas", "fill", "past", { "fill-color": "#fffdf8", "fill-opacity": 0.5 });
    add("buildings", "fill", "buildings", { "fill-color": "#d8cfbd", "fill-outline-color": "#ab9f88" }, { "source-layer": "buildings" });
    add("building-points", "circle", "buildings", { "circle-color": "#ab9f88", "circle-radius": 3 }, { "source-layer": "building_points" });
    add("ground-edges", "line", "nodes", { "line-color": "#96251f", "line-opacity": 0.7, "line-width": deep }, { "source-layer": "nodes" });
    add("past-edges", "line", "past", { "line-color": "#5a4a86", "line-width": 1.6, "line-dasharray": [3, 2] });
    const isa = (layer) => ({ filter: ["==", ["get", "layer"], layer] });
    add("circles", "fill", "things", { "fill-color": "#1d6b45", "fill-opacity": 0.12 }, isa("circle"));
    add("circle-edges", "line", "things", { "line-color": "#1d6b45", "line-width": 1 }, isa("circle"));
    const heat = { "heatmap-weight": ["interpolate", ["linear"], ["coalesce", ["get", "count"], 1], 1, 0.2, 60, 1], "heatmap-radius": 36, "heatmap-opacity": 0.7,
      "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(232,160,75,0)", 0.25, "rgba(232,160,75,.55)", 0.6, "#cf5a2b", 1, "#8f1d14"] };
    add("heat-near", "heatmap", "cases", heat, { "source-layer": "cases" });
    add("heat-far", "heatmap", "cases", heat, { "source-layer": "clusters" });
    add("hexagons", "fill", "cases", { "fill-color": many, "fill-opacity": ["interpolate", ["linear"], ["get", "count"], 1, 0.15, 200, 0.6], "fill-outline-color": "#fffdf8" }, { "source-layer": "hexagons" });
    add("clusters", "circle", "cases", { "circle-color": many, "circle-opacity": 0.8, "circle-radius": dot, ...edge }, { "source-layer": "clusters" });
    add("cases", "circle", "cases", { "circle-color": LAMPS, "circle-radius": 6, ...edge }, { "source-layer": "cases" });
    add("stations", "circle", "things", { "circle-color": "#fff", "circle-radius": 6, "circle-stroke-color": "#1d6b45", "circle-stroke-width": 3 }, isa("station"));
    add("components", "circle", "things", { "circle-color": ["case", ["get", "sound"], "#6b7a3a", "#b8322a"], "circle-radius": 4, ...edge }, isa("component"));
    add("cameras", "circle", "things", { "circle-color": "#5a4a86", "circle-radius": 5, ...edge }, isa("camera"));
    add("teams", "circle", "things", { "circle-color": ["case", [">", ["get", "count"], 0], "#2f5f8f", "#b8322a"], "circle-radius": 7, ...edge }, isa("team"));
    this.shown();
  }

  depths() { return this.tiers.filter((tier) => this.layers.has(tier)).map((tier) => Number(tier.slice(1))); }

  grounded() { return this.depths().length > 0; }

  shown() {
    for (const [layer, own] of Object.entries(OWN)) for (const id of own) {
      const past = id.startsWith("past-"), now = id.startsWith("ground-"), fits = past ? Boolean(this.asked.on) : now ? !this.asked.on : true;
      this.map.setLayoutProperty(id, "visibility", (layer === "ground" ? this.grounded() : this.layers.has(layer)) && fits ? "visible" : "none");
      if (layer === "ground") this.map.setFilter(id, ["in", ["get", "depth"], ["literal", this.depths()]]);
    }
    this.named();
  }

  async fetched(address) {
    try { const answer = await fetch(address, { signal: this.things.signal }); return answer.ok ? await answer.json() : null; } catch { return null; }
  }

  async around() {
    this.things.abort(); this.things = new AbortController();
    const wanted = ["stations", "cameras", "components", "teams"].filter((layer) => this.layers.has(layer));
    const found = await this.fetched(`${words.things}?bbox=${this.box()}&layers=${wanted.join(",")}&on=${this.asked.on}`);
    if (!found) return;
    this.map.getSource("things").setData(found);
    for (const layer of [...this.tiers, "buildings", "stations", "cameras", "components", "teams"]) this.count(layer, found.counts[layer] ?? "");
    this.canvas.dataset.stood = String(found.features.length);
  }

  async past() {
    if (!this.asked.on || !this.grounded()) return;
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
      const seen = new Map(), say = (style, text, at, lower = 0) => {
        const word = document.createElement("div"); word.className = style; word.textContent = text;
        const mark = new this.maps.Marker({ element: word, anchor: "center", offset: [0, lower] }).setLngLat(at).addTo(this.map);
        return Object.assign(mark, { said: { style, text: String(text), lower } });
      };
      const clusters = this.layers.has("cases") && this.map.getLayer("clusters") ? this.map.queryRenderedFeatures({ layers: ["clusters"] }).filter((one) => one.properties.count > 1).slice(0, 150) : [];
      const points = this.layers.has("cases") && this.map.getLayer("cases") ? this.map.queryRenderedFeatures({ layers: ["cases"] }).slice(0, 150) : [];
      const taken = [...clusters, ...points].map((one) => ({ ...this.map.project(one.geometry.coordinates), wide: 24 }));
      const lowers = this.layers.has("teams") ? [17, -17, 31] : [0, 20, -20];
      const free = (one) => { // names lie neither on each other nor on a number; where there is no room, none is said
        const { x, y } = this.map.project(one.at), wide = one.name.length * 13;
        one.lower = lowers.find((lower) => !taken.some((other) => Math.abs(other.x - x) < (other.wide + wide) / 2 && Math.abs(other.y - y - lower) < 18));
        if (one.lower === undefined) return false;
        taken.push({ x, y: y + one.lower, wide }); return true;
      };
      if (this.grounded()) {
        const depths = this.depths();
        let rows = this.asked.on ? (this.pastNames ?? []).filter((one) => one.properties.label).map((one) => ({ id: one.id, name: one.properties.name, depth: one.properties.depth, at: one.properties.label }))
          : this.map.querySourceFeatures("nodes", { sourceLayer: "names" }).map((one) => ({ id: one.id, name: one.properties.name, depth: one.properties.depth, at: one.geometry.coordinates }));
        rows = rows.filter((one) => depths.includes(one.depth));
        const deepest = rows.reduce((most, one) => (one.depth > most ? one.depth : most), rows[0]?.depth);
        rows.filter((one) => one.depth === deepest && this.map.getBounds().contains(one.at)).forEach((one) => seen.set(one.id, one));
      }
      const names = [...seen.values()].slice(0, 300).filter(free).slice(0, 120).map((one) => say("place-name", one.name, one.at, one.lower));
      this.marks = [...names, ...clusters.map((one) => say("map-count", one.properties.count, one.geometry.coordinates))];
    }, 150);
  }

  // --- every feature opens its record ---

  under(point) {
    const order = ["cases", "cameras", "components", "stations", "teams", "clusters", "hexagons", "buildings", "building-points", "ground-areas", "past-areas"].filter((id) => this.map.getLayer(id));
    const [west, north] = [point.x - 4, point.y - 4], [east, south] = [point.x + 4, point.y + 4];
    const found = this.map.queryRenderedFeatures([[west, north], [east, south]], { layers: order });
    return found.sort((a, b) => order.indexOf(a.layer.id) - order.indexOf(b.layer.id) || (b.properties.depth ?? 0) - (a.properties.depth ?? 0));
  }

  clicked(event) {
    const found = this.under(event.point), one = found[0];
    if (!one) return;
    const said = one.properties, fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
    if (one.layer.id === "cases") { location.assign(words.case.replace("/0/", `/${said.id}/`)); return; }
    if (["clusters", "hexagons"].includes(one.layer.id)) {
      this.map.easeTo({ center: event.lngLat, zoom: Math.min(18, this.map.getZoom() + 2) });
      return;
    }
    const lines = { teams: [fill(words.onDuty, { n: said.count }), said.text, said.away ? fill(words.away, { n: said.away }) : ""], stations: [said.kind, said.text], cameras: [said.text], components: [said.text] }[one.layer.id] ?? [said.households ? fill(words.households, { n: said.households }) : ""];
    const isHouse = one.layer.id.startsWith("building"), on = isHouse ? found.find((other) => other.layer.id === "ground-areas")?.properties : said; // a building is looked after by its grid
    const links = [
      one.layer.id === "cameras" && [words.camera.replace("/0/", `/${said.id}/`), words.open],
      one.layer.id === "components" && [words.component.replace("/0/", `/${said.id}/`), words.open],
      one.layer.id === "stations" && words.stations && [`${words.stations}#station-${said.id}`, words.open],
      isHouse && words.building && [words.building.replace("/0/", `/${one.id}/`), words.open],
      on?.code && on.stands !== false && [words.board.replace("CODE", on.code), isHouse ? `${on.name} · ${words.toBoard}` : words.toBoard],
    ].filter(Boolean);
    const box = document.createElement("div"); box.className = "map-words";
    const title = document.createElement("b"); title.textContent = said.name; box.append(title);
    lines.filter(Boolean).forEach((text) => { const line = document.createElement("span"); line.textContent = text; box.append(line); });
    links.forEach(([address, text]) => { const open = document.createElement("a"); open.href = address; open.textContent = text; box.append(open); });
    this.popup?.remove();
    this.popup = new this.maps.Popup({ maxWidth: "260px" }).setLngLat(event.lngLat).setDOMContent(box).addTo(this.map);
  }

  /** On paper: the map drawn three times as fine, names and numbers written on it, whose map it is, the day and the address below. */
  async print() {
    const picture = document.querySelector("[data-map-printed]"), sheet = document.querySelector("[data-map-sheet]");
    const day = this.asked.on || this.canvas.dataset.today, whose = this.canvas.querySelector(".maplibregl-ctrl-attrib-inner")?.textContent ?? "";
    sheet.textContent = [words.sheet.replace("{day}", day).replace("{at}", new Date().toLocaleString(document.documentElement.lang)), whose, location.href].filter(Boolean).join("\n");
    if (this.map) {
      const usual = this.map.getPixelRatio();
      this.map.setPixelRatio(FINE);
      picture.src = await this.drawn();
      this.map.setPixelRatio(usual);
      await picture.decode();
      picture.hidden = false; this.canvas.dataset.printed = "1";
    }
    window.print();
  }

  /** The canvas can be read only while it is being drawn. */
  drawn() {
    return new Promise((done) => {
      const read = () => {
        const sheet = document.createElement("canvas"), from = this.map.getCanvas(), pen = sheet.getContext("2d");
        sheet.width = from.width; sheet.height = from.height;
        pen.drawImage(from, 0, 0);
        pen.scale(from.width / from.clientWidth, from.height / from.clientHeight);
        pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round"; pen.strokeStyle = "#fffdf8"; pen.lineWidth = 3;
        for (const mark of this.marks ?? []) {
          const { x, y } = this.map.project(mark.getLngLat()), { style, text, lower } = mark.said, styled = getComputedStyle(mark.getElement());
          pen.font = `${styled.fontWeight} ${styled.fontSize} ${styled.fontFamily}`; pen.fillStyle = styled.color;
          if (style === "place-name") pen.strokeText(text, x, y + lower);
          pen.fillText(text, x, y + lower);
        }
        done(sheet.toDataURL("image/png"));
      };
      const when = () => { this.map.once("render", read); this.map.triggerRepaint(); };
      if (this.map.areTilesLoaded()) when(); else this.map.once("idle", when);
    });
  }
}
