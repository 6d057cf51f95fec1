// Habits of every page: send once, keep what was typed, say what went wrong, work by keyboard. Islands load where wanted.
const words = document.body.dataset;

// A form is sent once; pressed twice it is still sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sending) { event.preventDefault(); return; }
  form.dataset.sending = "1";
  setTimeout(() => {
    form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => { button.setAttribute("aria-disabled", "true"); });
  });
  setTimeout(() => { delete form.dataset.sending; }, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => { delete form.dataset.sending; }));

document.addEventListener("click", (event) => {
  const ask = event.target.closest("[data-confirm]");
  if (ask && !confirm(ask.dataset.confirm)) { event.preventDefault(); return; }
  const choose = event.target.closest("[data-choose]");
  if (choose) {
    const field = document.getElementById(choose.dataset.choose);
    if (field) { field.value = choose.dataset.value; field.dispatchEvent(new Event("change", { bubbles: true })); field.focus(); }
    return;
  }
  if (event.target.closest("[data-dialog-close]")) {
    const dialog = event.target.closest("dialog");
    if (dialog) { event.preventDefault(); dialog.close(); }
  }
});

export function toast(text) {
  const note = document.createElement("div");
  note.className = "toast-note"; note.setAttribute("role", "alert"); note.textContent = text;
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), 7000);
}

// Steps open over the list; without JavaScript the same link is a page.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "step-dialog-body") return;
  const dialog = document.getElementById("step-dialog");
  if (!dialog.open) dialog.showModal();
  islands(event.target);
  event.target.querySelector("textarea, select, input:not([type=hidden])")?.focus();
});
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Retarget")) toast(words.wordsFailed);
});
document.addEventListener("htmx:sendError", () => toast(words.wordsFailed));
document.addEventListener("htmx:afterRequest", () => document.querySelectorAll(".toast-note:not([data-timed])").forEach((note) => {
  note.dataset.timed = "1"; setTimeout(() => note.remove(), 7000);
}));

// j / k move along the list, Enter opens.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...document.querySelectorAll("[data-queue-item]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("selected"));
  if (event.key === "j" || event.key === "k") {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    rows[at]?.classList.remove("selected"); next.classList.add("selected"); next.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button")) {
    location.href = rows[at].dataset.href;
  }
});

function online() { document.querySelectorAll("[data-offline-note]").forEach((note) => { note.hidden = navigator.onLine; }); }
addEventListener("online", online); addEventListener("offline", online); online();

async function islands(root) {
  root.querySelectorAll("[data-now]").forEach((field) => { field.value = ""; });
  if (root.querySelector("[data-place-picker], [data-place-map]")) (await import("./place.js")).start(root);
  if (root.querySelector("[data-photo-input]")) (await import("./photos.js")).start(root);
  if (root.querySelector("[data-outbox], [data-outbox-list]")) (await import("./outbox.js")).start(root);
}
islands(document);
if ("serviceWorker" in navigator && words.worker) navigator.serviceWorker.register(words.worker, { scope: "/" }).catch(() => {});
