// Habits of every page: send once, lose nothing, say what went wrong, work by keyboard. Islands load where a page has one.
const settings = document.getElementById("yemai")?.dataset ?? {};
const tools = { settings, toast, ask, icon, islands };

// --- saying something ---

/** A note over the page; `act` adds a button to it. Stays seven seconds, longer under the pointer. */
function toast(text, { label = "", act = null } = {}) {
  const note = document.createElement("div");
  note.className = "toast-note"; note.setAttribute("role", "alert");
  const said = document.createElement("span"); said.textContent = text; note.append(said);
  if (act) {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = label; button.addEventListener("click", () => { note.remove(); act(); }); note.append(button);
  }
  document.getElementById("toasts")?.append(note);
  fade(note);
  return note;
}

function fade(note) {
  if (note.dataset.timed) return;
  note.dataset.timed = "1";
  let left = setTimeout(() => note.remove(), 7000);
  note.addEventListener("pointerenter", () => clearTimeout(left));
  note.addEventListener("pointerleave", () => { left = setTimeout(() => note.remove(), 2000); });
}

/** Ask before something that can't be taken back; resolves to true or false. */
function ask(text) {
  const dialog = document.createElement("dialog");
  dialog.className = "step-dialog ask-dialog";
  const said = document.createElement("p"); said.textContent = text; said.id = "ask-text"; dialog.setAttribute("aria-labelledby", said.id);
  const end = document.createElement("form"); end.method = "dialog"; end.className = "form-end";
  for (const [value, label, style] of [["no", settings.no, "btn-outline-secondary"], ["yes", settings.yes, "btn-primary"]]) {
    const button = document.createElement("button");
    button.value = value; button.textContent = label; button.className = `btn ${style}`; end.append(button);
  }
  dialog.append(said, end); document.body.append(dialog); dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue === "yes"); }));
}

/** Notices that a script was shown in place of its reader: shown again on the next page. */
function carry(html) {
  const said = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("main > .notice")].map((note) => [note.className, note.textContent.trim()]);
  sessionStorage.setItem("yemai-notices", JSON.stringify(said));
}
tools.carry = carry;
for (const [style, text] of JSON.parse(sessionStorage.getItem("yemai-notices") || "[]").reverse()) {
  const note = document.createElement("div"), words = document.createElement("div");
  note.className = style; note.setAttribute("role", "status"); words.textContent = text;
  note.append(icon(/error|warning/.test(style) ? "exclamation-triangle" : "check-circle"), words);
  document.getElementById("main")?.prepend(note);
}
sessionStorage.removeItem("yemai-notices");

function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  picture.setAttribute("class", "icon"); picture.setAttribute("aria-hidden", "true"); use.setAttribute("href", `${settings.icons}#${name}`);
  picture.append(use); return picture;
}

// --- sending once ---

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.method === "get") { // an address that can be sent to a colleague says only what was chosen
    const empty = [...form.elements].filter((field) => field.name && field.value === "" && !field.disabled);
    empty.forEach((field) => { field.disabled = true; });
    setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
    return;
  }
  if (form.method !== "post" || form.matches("[hx-post]")) return;
  if (form.dataset.sending) { event.preventDefault(); return; }
  if (form.action === new URL(settings.signOut || "/", location.href).href) navigator.serviceWorker?.controller?.postMessage({ say: "forget" });
  hold(form, true);
  setTimeout(() => hold(form, false), 8000); // a line that hangs must not lock the form for good
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => hold(form, false)));

function hold(form, is) {
  if (is) form.dataset.sending = "1"; else delete form.dataset.sending;
  setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((button) => {
    if (is) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
  }));
}
tools.hold = hold;

// --- clicks that pages ask for by attribute ---

document.addEventListener("click", async (event) => {
  const at = (selector) => event.target.closest?.(selector);
  const asking = at("[data-confirm]");
  if (asking && !asking.dataset.confirmed) {
    event.preventDefault(); event.stopPropagation();
    if (await ask(asking.dataset.confirm)) { asking.dataset.confirmed = "1"; asking.click(); delete asking.dataset.confirmed; }
    return;
  }
  const choose = at("[data-choose]");
  if (choose) {
    const field = document.getElementById(choose.dataset.choose);
    if (field) { field.showAll?.(); field.value = choose.dataset.value; field.dispatchEvent(new Event("change", { bubbles: true })); field.focus(); }
  } else if (at("[data-dialog-close]") && at("dialog")) { event.preventDefault(); at("dialog").close(); }
  else if (at("[data-print]")) print();
  else if (at("[data-reload]")) location.reload();
  else if (at("[data-back]")) history.back();
  document.querySelectorAll("details.side-more[open]").forEach((more) => { if (!more.contains(event.target)) more.open = false; });
}, true);
document.addEventListener("click", (event) => { if (event.target.matches?.("dialog.step-dialog") && event.target.open) event.target.close(); });

// --- parts of pages (htmx) ---

document.addEventListener("htmx:beforeSwap", (event) => {
  // A refusal says where it wants to be shown; any other error leaves the page as it is.
  if (event.detail.xhr.status >= 400 && event.detail.xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "step-dialog-body") {
    const dialog = document.getElementById("step-dialog");
    if (!dialog.open) dialog.showModal();
    event.target.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  }
  islands(event.target);
  document.querySelectorAll(".toast-note").forEach(fade);
});
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.getResponseHeader("HX-Retarget") && requestConfig?.verb !== "get") toast(settings.failed);
});
document.addEventListener("htmx:sendError", (event) => {
  const link = event.detail.elt, pressed = event.detail.requestConfig?.triggeringEvent?.type === "click";
  if (pressed && link.tagName === "A" && link.href) location.href = link.href; // the page itself may be kept on the phone
  else if (event.detail.requestConfig?.verb !== "get") toast(settings.noLine);
});

// --- keyboard: j and k along the list, Enter opens, x ticks, / searches ---

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details.side-more[open]").forEach((more) => { more.open = false; more.querySelector("summary").focus(); });
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && search?.offsetParent) { event.preventDefault(); search.focus(); search.select(); return; }
  const rows = [...document.querySelectorAll("[data-queue] [data-queue-item]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("selected"));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    rows[at]?.classList.remove("selected"); next.classList.add("selected");
    next.querySelector("a")?.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" });
  } else if (at >= 0 && event.key === "x") rows[at].querySelector("input[type=checkbox]")?.click();
  else if (at >= 0 && event.key === "Enter" && !event.target.closest("a, button, summary, input")) location.href = rows[at].dataset.href;
});

// --- without a line ---

function line() { document.querySelectorAll("[data-offline-note]").forEach((note) => { note.hidden = navigator.onLine; }); }
addEventListener("online", line); addEventListener("offline", line); line();

/** A long list gets a field that narrows it to what has the typed words in it; one left over is chosen. */
function finders(root) {
  root.querySelectorAll("select[data-find]").forEach((select) => {
    if (select.showAll) return;
    const words = document.createElement("input"), all = [...select.children];
    words.type = "search"; words.className = "form-control"; words.placeholder = select.dataset.find; words.setAttribute("aria-label", select.dataset.find);
    const fits = (option) => !option.value || option.value === select.value || option.textContent.includes(words.value.trim());
    const narrowed = (node) => {
      if (node.tagName === "OPTION") return fits(node) ? [node.cloneNode(true)] : [];
      const group = node.cloneNode(false), rows = [...node.children];
      group.append(...(node.label.includes(words.value.trim()) ? rows : rows.filter(fits)).map((row) => row.cloneNode(true)));
      return group.children.length ? [group] : [];
    };
    const show = () => {
      const chosen = select.value, found = all.flatMap(narrowed);
      select.replaceChildren(...found);
      const left = [...select.options].filter((option) => option.value && option.textContent.includes(words.value.trim()));
      select.value = words.value.trim() && left.length === 1 ? left[0].value : chosen;
      if (select.value !== chosen) select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    select.showAll = () => { words.value = ""; show(); };
    words.addEventListener("input", show);
    words.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); select.focus(); } });
    select.before(words);
  });
}

/** Wake what a piece of page needs; safe to call again on the same piece. One that can't come keeps no other from waking. */
async function islands(root) {
  finders(root);
  const wanted = [
    ["[data-place-picker], [data-place-map], [data-places-map]", settings.islandPlace],
    ["[data-survey-map]", settings.islandSurvey],
    ["[data-one-map]", settings.islandOneMap],
    ["[data-planning-map], [data-planning-draw]", settings.islandPlanning],
    ["[data-photo-input]", settings.islandPhotos],
    ["form[data-outbox], [data-outbox-list]", settings.islandOutbox],
  ];
  for (const [selector, address] of wanted) {
    if (!address || !root.querySelector(selector)) continue;
    try { (await import(address)).start(root, tools); } catch (why) { console.error(address, why); }
  }
}
await islands(document);
if (settings.islandOutbox && Number(localStorage.getItem("yemai-outbox"))) import(settings.islandOutbox).then((outbox) => outbox.start(document, tools)).catch((why) => console.error(why));

if ("serviceWorker" in navigator && settings.worker) {
  navigator.serviceWorker.register(settings.worker, { scope: "/" }).catch(() => {});
  const ahead = [...document.querySelectorAll("a[data-prefetch]")].slice(0, 12).map((link) => link.href);
  if (ahead.length) navigator.serviceWorker.ready.then((worker) => worker.active?.postMessage({ say: "fetch-ahead", ahead }));
}
