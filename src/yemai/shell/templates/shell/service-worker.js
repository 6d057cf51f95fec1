// Pages opened before open again without a line; everything else asks the network first. Nothing is ever sent from here.
const SHELL = {{ shell|safe }};
const CACHE = "yemai-{{ print }}", PAGES = "yemai-pages", MOST_PAGES = 60, PATIENCE = 8000, AHEAD_STAYS = 30 * 60 * 1000;
// What somebody on the ground or a resident needs at the place: their work, a case, its forms, reporting.
const KEPT = /^\/(work\/|cases\/\d+\/(\w+\/)?$|report\/|d\/|r\/[^/]+\/$|my\/reports\/|outbox\/|offline\/|me\/$|$)/;

self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(caches.keys()
  .then((names) => Promise.all(names.filter((name) => name !== CACHE && name !== PAGES).map((name) => caches.delete(name))))
  .then(() => self.clients.claim())));
self.addEventListener("message", (event) => {
  const { say, ahead } = event.data || {};
  if (say === "forget") event.waitUntil(caches.delete(PAGES)); // whoever signs in next on this phone finds nothing of the last
  if (say === "fetch-ahead") event.waitUntil(fetchAhead(ahead));
});

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("{{ static_url }}")) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok && fresh.status === 200) (await caches.open(CACHE)).put(request, fresh.clone());
  return fresh;
}

async function page(request, url) {
  const pages = await caches.open(PAGES), kept = await pages.match(url.href, { ignoreVary: true });
  const asked = fetch(request).then((fresh) => {
    if (KEPT.test(url.pathname) && fresh.status === 200 && !fresh.redirected) remember(pages, url.href, fresh.clone());
    return fresh;
  });
  if (!kept) return asked.catch(async () => (await caches.match(url.href, { ignoreVary: true })) || caches.match("{{ offline_url }}"));
  asked.catch(() => {});
  const tired = new Promise((done) => { setTimeout(done, PATIENCE, kept); });
  return Promise.race([asked, tired]).catch(() => kept);
}

async function remember(pages, address, answer) {
  await pages.put(address, answer); // takes the place of the old one in one go, as the newest: at no moment is there none
  const names = await pages.keys();
  await Promise.all(names.slice(0, Math.max(0, names.length - MOST_PAGES)).map((name) => pages.delete(name)));
}

async function fetchAhead(addresses) {
  const pages = await caches.open(PAGES);
  for (const address of addresses) {
    const kept = await pages.match(address, { ignoreVary: true }), at = Date.parse(kept?.headers.get("Date") || 0);
    if (kept && Date.now() - at < AHEAD_STAYS) continue;
    const fresh = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!fresh) return;
    if (fresh.status === 200 && !fresh.redirected) await remember(pages, address, fresh);
  }
}
