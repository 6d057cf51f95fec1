// The outbox: what was written without a line waits here, in sight, and goes out exactly once (the server knows its client key).
const words = document.body.dataset;
const STORE = "outbox";

function open() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("yemai", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => done(asked.result); asked.onerror = () => failed(asked.error);
  });
}
async function store(mode, act) {
  const base = await open();
  return new Promise((done, failed) => {
    const room = base.transaction(STORE, mode); const asked = act(room.objectStore(STORE));
    room.oncomplete = () => { base.close(); done(asked?.result); }; room.onerror = () => failed(room.error);
  });
}
const all = () => store("readonly", (room) => room.getAll());
const put = (item) => store("readwrite", (room) => room.put(item));
const drop = (key) => store("readwrite", (room) => room.delete(key));
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

export function start(root) {
  root.querySelectorAll("form[data-outbox]").forEach((form) => {
    if (form.dataset.outboxReady) return;
    form.dataset.outboxReady = "1";
    form.addEventListener("submit", (event) => {
      if (navigator.onLine) return; // with a line the form goes the ordinary way
      event.preventDefault();
      keep(form, event.submitter);
    });
  });
  paint();
}

async function keep(form, button) {
  const entries = [];
  const body = new FormData(form);
  if (button?.name) body.set(button.name, button.value);
  body.set("happened_at", new Date().toISOString());
  for (const [name, value] of body) if (name !== "csrfmiddlewaretoken") entries.push([name, value]);
  const key = body.get("client_key") || uuid();
  await put({ key, url: form.getAttribute("action") || location.pathname, title: form.dataset.outboxTitle, text: String(body.get("text") || "").slice(0, 60), entries, state: "waiting", at: Date.now() });
  form.reset();
  form.querySelectorAll(".photo-previews").forEach((box) => box.replaceChildren());
  const field = form.querySelector("[name=client_key]");
  if (field) field.value = uuid();
  delete form.dataset.sending;
  form.querySelectorAll("[aria-disabled]").forEach((one) => one.removeAttribute("aria-disabled"));
  (await import("./app.js")).toast(words.wordsOffline);
  paint();
}

async function token() {
  // Written down offline the page's own token may be old; a fresh page has a fresh one.
  const answer = await fetch("/report/", { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[name=csrfmiddlewaretoken]").value;
}

let sending = false;
export async function send() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    // One tab sends at a time; another waits its turn and then finds nothing left.
    const go = async () => { for (const item of await all()) if (item.state === "waiting") await one(item); };
    await (navigator.locks ? navigator.locks.request("yemai-outbox", go) : go());
  } catch { /* no line after all: what waits goes on waiting */ } finally { sending = false; paint(); }
}

async function one(item) {
  const body = new FormData();
  item.entries.forEach(([name, value]) => body.append(name, value));
  body.set("client_key", item.key); body.set("not_duplicate", "1"); body.set("csrfmiddlewaretoken", await token());
  const answer = await fetch(item.url, { method: "POST", body, headers: { Accept: "application/json", "Idempotency-Key": item.key } });
  if (answer.status >= 500 || answer.status === 429) return;
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) { await put({ ...item, state: "sent", entries: [], link: said.url }); setTimeout(() => drop(item.key).then(paint), 60000); }
  else await put({ ...item, state: "refused", why: said.detail || said.title || String(answer.status) });
}

async function paint() {
  const items = await all().catch(() => []);
  document.querySelectorAll("[data-outbox-list]").forEach((list) => {
    list.replaceChildren(...items.map(row));
    if (items.length) { const head = document.createElement("h2"); head.textContent = `${words.wordsOutbox}（${items.filter((item) => item.state === "waiting").length}）`; list.prepend(head); }
    list.classList.toggle("card-plain", items.length > 0);
  });
}

function row(item) {
  const line = document.createElement("div"); line.className = "outbox-item"; line.dataset.outboxState = item.state;
  const said = document.createElement("span");
  const state = { waiting: words.wordsWaiting, sent: words.wordsSent, refused: words.wordsRefused }[item.state];
  said.textContent = `${item.text || item.title} · ${state}${item.why ? `：${item.why}` : ""}`;
  line.append(said);
  if (item.link) { const link = document.createElement("a"); link.href = item.link; link.textContent = words.wordsOpen; line.append(link); }
  if (item.state === "refused") {
    line.append(press(words.wordsRetry, async () => { await put({ ...item, state: "waiting", why: "" }); send(); }), press(words.wordsDiscard, async () => { await drop(item.key); paint(); }));
  }
  return line;
}
function press(label, act) {
  const button = document.createElement("button");
  button.type = "button"; button.className = "btn btn-sm btn-outline-secondary"; button.textContent = label; button.addEventListener("click", act); return button;
}

addEventListener("online", send);
document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
setInterval(send, 30000);
send();
