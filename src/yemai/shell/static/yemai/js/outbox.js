// The outbox: what can't be sent now waits on the phone, in sight, and goes out exactly once (the server knows each by its
// client key). With a line a form goes at once and the page follows; either way nothing that was typed is lost.
const STORE = "outbox", FLAG = "yemai-outbox", SENT_STAYS = 600_000, PATIENCE = 60_000;
let tools, words, sending = false, started = false;

// --- the store ---

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
    const room = base.transaction(STORE, mode), asked = act(room.objectStore(STORE));
    room.oncomplete = () => { base.close(); done(asked?.result); };
    room.onerror = room.onabort = () => { base.close(); failed(room.error); };
  });
}
const all = async () => (await store("readonly", (room) => room.getAll())).sort((a, b) => a.at - b.at);
const put = (item) => store("readwrite", (room) => room.put(item));
const drop = (key) => store("readwrite", (room) => room.delete(key));
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

// --- forms ---

export function start(root, given) {
  tools = given; words = tools.settings;
  root.querySelectorAll("form[data-outbox]").forEach((form) => {
    if (form.dataset.outboxReady) return;
    form.dataset.outboxReady = "1";
    // A page kept on the phone carries an old key; two reports written on it are two reports.
    const key = form.elements.client_key;
    if (key) key.value = form.dataset.outboxKey || uuid();
    form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { event.preventDefault(); submit(form, event.submitter); } });
    refill(form);
  });
  if (!started) {
    started = true;
    addEventListener("online", send);
    addEventListener("hashchange", () => document.querySelectorAll("form[data-outbox]").forEach(refill));
    addEventListener("storage", (event) => { if (event.key === FLAG) paint(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
    setInterval(send, 30_000);
    send();
  }
  paint();
}

async function submit(form, button) {
  if (form.dataset.sending) return;
  tools.hold(form, true);
  let stays = false;
  try {
    const item = read(form, button);
    stays = navigator.onLine ? await now(form, item) : await keep(form, item, words.kept);
  } finally { if (!stays) tools.hold(form, false); }
}

/** A form as an entry: names and values, photos as they are, and who wrote it where. */
function read(form, button) {
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  const entries = [...body].filter(([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File && !value.size));
  const said = String(body.get("text") || "");
  return {
    key: form.dataset.outboxKey || body.get("client_key") || uuid(), url: new URL(form.action, location.href).pathname,
    page: form.closest("dialog") ? new URL(form.action, location.href).pathname : location.pathname + location.search,
    title: form.dataset.outboxTitle || document.title, text: said.slice(0, 60), entries, state: "waiting", why: "", at: Date.now(), person: words.person || "",
  };
}

/** Send at once. True when the page is about to change. */
async function now(form, item) {
  let answer;
  try { answer = await post(item, "text/html"); } catch { return keep(form, item, words.kept); }
  if (answer.status >= 500 || answer.status === 429) return keep(form, item, words.keptBusy);
  if (answer.redirected) {
    if (isSignIn(answer)) await put(item).then(paint).catch(() => {});
    else { await drop(item.key).catch(() => {}); tools.carry(await answer.text()); } // following the redirect used up what the server had to say
    location.assign(answer.url);
    return true;
  }
  return follow(form, item, answer);
}

/** What came back is the next page, or the same form with what is wrong with it. Photos stay chosen. */
async function follow(form, item, answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main"), again = fresh?.querySelector("form[data-outbox]"), refusal = fresh?.querySelector("[data-refusal]");
  if (!fresh || refusal || answer.status === 403) { tools.toast(refusal?.textContent.trim() || words.failed); return false; }
  const dialog = form.closest("dialog"), place = dialog && again ? form.parentElement : document.getElementById("main");
  if (dialog && !again) dialog.close();
  if (again) again.dataset.outboxKey = item.key; else await drop(item.key).catch(() => {});
  place.replaceChildren(...(dialog && again ? [again] : fresh.childNodes));
  document.title = page.title || document.title;
  window.htmx?.process(place);
  await tools.islands(place);
  if (again) choose(again, item);
  (place.querySelector("[aria-invalid=true]") || place.querySelector("h1") || place).focus?.();
  (place.querySelector("[role=alert]") || place).scrollIntoView({ block: "nearest" });
  return false;
}

/** Choose the photos of an entry again, each in its own field; what the server kept of them for us is then one too many. */
function choose(form, item) {
  const files = item.entries.filter(([, value]) => value instanceof File);
  if (files.length) form.querySelectorAll("[data-kept-photos]").forEach((said) => said.remove());
  for (const name of new Set(files.map(([name]) => name))) {
    form.querySelectorAll(`input[name="kept_${name}"]`).forEach((kept) => kept.remove());
    form.elements[name]?.dispatchEvent(new CustomEvent("photos:put", { detail: files.filter(([one]) => one === name).map(([, file]) => file) }));
  }
}

/** Keep an entry on the phone and clear the form for the next one, or show where it waits. True when the page changes. */
async function keep(form, item, said) {
  const entries = item.entries.filter(([name]) => name !== "happened_at");
  entries.push(["happened_at", new Date(item.at).toISOString()]);
  try { await put({ ...item, entries }); await paint(); } catch { tools.toast(words.keepFailed); return false; }
  const dialog = form.closest("dialog");
  if (!dialog && !document.querySelector("[data-outbox-list]")) { location.assign(words.outboxPage); return true; }
  form.reset(); delete form.dataset.outboxKey;
  if (form.elements.client_key) form.elements.client_key.value = uuid();
  dialog?.close();
  if (location.hash === `#outbox-${item.key}`) history.replaceState(null, "", item.page);
  tools.toast(said);
  document.querySelector("[data-outbox-list]")?.scrollIntoView({ block: "nearest" });
  return false;
}

/** Take a refused entry back into its form: the address says which. */
async function refill(form) {
  const key = location.hash.match(/^#outbox-([0-9a-f-]{36})$/)?.[1];
  const item = key && (await all().catch(() => [])).find((one) => one.key === key && one.url === new URL(form.action, location.href).pathname);
  if (!item) return;
  form.dataset.outboxKey = item.key; // it was never taken in, so it goes on under its old name
  for (const [name, value] of item.entries) {
    if (value instanceof File || name === "happened_at") continue;
    const fields = form.elements[name];
    for (const field of fields?.length && !fields.options ? fields : fields ? [fields] : []) {
      if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
      else if (field.type === "hidden" && !field.closest("[data-place-picker]")) continue; // the page's own: keys, versions
      else if (field.type !== "submit" && field.tagName !== "BUTTON") field.value = value;
    }
  }
  choose(form, item);
  form.querySelector("textarea, input:not([type=hidden])")?.focus();
}

// --- sending ---

const cookie = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
const isSignIn = (answer) => answer.redirected && new URL(answer.url).pathname === words.signIn;

async function post(item, accept) {
  if (!cookie()) await fetch("/", { headers: { Accept: "text/html" } }); // any page of ours brings a token
  const body = new FormData();
  item.entries.forEach(([name, value]) => body.append(name, value));
  body.set("client_key", item.key);
  const headers = { Accept: accept, "Idempotency-Key": item.key, "X-CSRFToken": cookie() };
  return fetch(item.url, { method: "POST", body, headers, signal: AbortSignal.timeout?.(PATIENCE) });
}

export async function send() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    // One tab sends at a time, so whatever still says "sending" here was left by a tab that died; its key makes it safe.
    const go = async () => {
      const open = (await all()).filter((item) => item.state === "waiting" || item.state === "sending");
      const here = open.some((item) => item.person) ? (await (await fetch(words.who)).json()).person : "";
      for (const item of open) await one(item, here);
    };
    await (navigator.locks ? navigator.locks.request("yemai-outbox", go) : go());
  } catch { /* no line after all: what waits goes on waiting */ } finally { sending = false; paint(); }
}

/** Send one entry; `here` is who is signed in now, and nothing goes out under another's name. */
async function one(item, here) {
  if (item.person && item.person !== here) {
    await put({ ...item, state: "waiting", why: here ? words.waitingOther : words.waitingSignIn });
    return;
  }
  await put({ ...item, state: "sending", why: "" }); await paint();
  const entries = item.entries.some(([name]) => name === "not_duplicate") ? item.entries : [...item.entries, ["not_duplicate", "1"]];
  let answer;
  try { answer = await post({ ...item, entries }, "application/json"); } catch (error) { await put({ ...item, state: "waiting", why: "" }); throw error; }
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) { await put({ ...item, state: "waiting", why: "" }); return; }
  if (isSignIn(answer) || answer.status === 401) { await put({ ...item, state: "waiting", why: words.waitingSignIn }); return; }
  const said = await told(answer);
  if (said.ok) await put({ ...item, state: "sent", why: "", entries: [], link: said.link, sent: Date.now() });
  else await put({ ...item, state: "refused", why: said.why });
}

/** What the server said, whether it answered a script (JSON) or a person (a page). */
async function told(answer) {
  const type = answer.headers.get("Content-Type") || "";
  if (type.includes("json")) {
    const body = await answer.json().catch(() => ({}));
    return { ok: answer.ok, link: body.url, why: body.detail || body.title || String(answer.status) };
  }
  if (answer.ok && answer.redirected) return { ok: true, link: new URL(answer.url).pathname };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const wrong = [...page.querySelectorAll(".field-error, main .alert-danger, [data-refusal]")].map((one) => one.textContent.trim().replace(/\s+/g, " "));
  const ok = answer.ok && !wrong.length;
  return { ok, why: wrong.join(" ") || page.querySelector("main h1")?.textContent.trim() || String(answer.status) };
}

// --- in sight ---

async function paint() {
  const items = [];
  for (const item of await all().catch(() => [])) {
    if (item.state === "sent" && Date.now() - item.sent > SENT_STAYS) await drop(item.key); else items.push(item);
  }
  const open = items.filter((item) => item.state !== "sent").length;
  if (localStorage.getItem(FLAG) !== String(open)) localStorage.setItem(FLAG, String(open));
  document.querySelectorAll("[data-outbox-chip]").forEach((chip) => {
    chip.hidden = !open; chip.toggleAttribute("data-refused", items.some((item) => item.state === "refused"));
    chip.querySelector("[data-outbox-count]").textContent = open;
  });
  document.querySelectorAll("[data-outbox-list]").forEach((list) => {
    list.replaceChildren(...items.map(row));
    list.hidden = !items.length && !list.hasAttribute("data-outbox-full");
    list.classList.add("card-plain", "outbox");
    if (items.length) { const head = document.createElement("h2"); head.textContent = open ? `${words.outboxTitle}（${open}）` : words.outboxTitle; list.prepend(head); }
    else { const none = document.createElement("p"); none.className = "text-muted"; none.textContent = words.outboxEmpty; list.append(none); }
  });
}

function row(item) {
  const make = (tag, style, text) => { const made = document.createElement(tag); made.className = style; made.textContent = text; return made; };
  const line = make("div", "outbox-item", ""); line.dataset.outboxState = item.state;
  const head = make("div", "outbox-head", ""), acts = make("div", "outbox-acts", "");
  const photos = item.entries.filter(([, value]) => value instanceof File).length;
  head.append(make("strong", "", item.text || item.title), make("span", "outbox-state", item.state === "waiting" && item.why ? item.why : words[item.state]));
  line.append(head, make("span", "text-muted num", `${item.title} · ${new Date(item.at).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" })}${photos ? ` · ${photos} ${words.photosKept}` : ""}`));
  if (item.state === "refused") line.append(make("p", "outbox-why", item.why));
  const press = (label, act) => { const button = make("button", "btn btn-sm btn-outline-secondary", label); button.type = "button"; button.addEventListener("click", act); acts.append(button); };
  const link = (label, href) => { const go = make("a", "btn btn-sm btn-outline-secondary", label); go.href = href; acts.append(go); };
  if (item.link) link(words.open, item.link);
  if (item.state === "refused") {
    link(words.edit, `${item.page}#outbox-${item.key}`);
    press(words.retry, async () => { await put({ ...item, state: "waiting", why: "" }); send(); });
  }
  if (item.state === "waiting" || item.state === "refused") press(words.discard, async () => { if (await tools.ask(words.discardAsk)) { await drop(item.key); paint(); } });
  if (acts.childElementCount) line.append(acts);
  return line;
}
