// Pages seen before open without a line; everything else asks the network first. Nothing is ever sent from here.
const CACHE = "yemai-1";
const SHELL = ["__SHELL__", "/offline/"];
const KEPT = /^\/(work\/new\/|work\/mine\/|work\/take\/|report\/|my\/reports\/|offline\/)/;

self.addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))).then(() => self.clients.claim())));
self.addEventListener("message", (event) => { if (event.data === "forget") event.waitUntil(caches.delete(CACHE)); });

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request).then((fresh) => remember(request, fresh))));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request)
      .then((fresh) => (KEPT.test(url.pathname) && fresh.ok && !fresh.redirected ? remember(request, fresh) : fresh))
      .catch(() => caches.match(request).then((kept) => kept || caches.match("/offline/"))));
  }
});

async function remember(request, answer) {
  if (answer.ok) { const copy = answer.clone(); const cache = await caches.open(CACHE); await cache.put(request, copy); }
  return answer;
}
