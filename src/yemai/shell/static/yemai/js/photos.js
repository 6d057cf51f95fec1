// Photos: tiles to tap, a preview each, at most as many as the field takes; made smaller on the phone, which also drops
// what a camera writes into them (where and when), so that a weak line can carry them.
const LONGEST = 1600;

export function start(root, { settings, toast, icon }) {
  root.querySelectorAll("input[data-photo-input]").forEach((input) => { if (!input.dataset.ready) dress(input, settings, toast, icon); });
}

function dress(input, words, toast, icon) {
  input.dataset.ready = "1"; input.multiple = true; input.removeAttribute("required");
  const most = Number(input.dataset.photoInput) || 6;
  const box = document.createElement("div"), add = document.createElement("label"), count = document.createElement("p");
  box.className = "photo-drop"; add.className = "photo-add"; add.htmlFor = input.id; count.className = "photo-count"; count.setAttribute("aria-live", "polite");
  add.append(icon("camera"), words.photoAdd);
  input.before(box); input.className = "visually-hidden"; box.append(input, add, count);
  let kept = [], working = null;

  function show() {
    const bag = new DataTransfer();
    kept.forEach((file) => bag.items.add(file));
    input.files = bag.files;
    box.querySelectorAll(".photo-tile").forEach((tile) => { URL.revokeObjectURL(tile.querySelector("img").src); tile.remove(); });
    kept.forEach((file) => input.before(tile(file)));
    add.hidden = kept.length >= most; count.hidden = !kept.length;
    count.textContent = words.photoCount.replace("{n}", kept.length).replace("{most}", most);
  }
  function tile(file) {
    const place = document.createElement("div"), image = document.createElement("img"), drop = document.createElement("button");
    place.className = "photo-tile"; image.src = URL.createObjectURL(file); image.alt = file.name;
    drop.type = "button"; drop.setAttribute("aria-label", words.photoRemove); drop.append(icon("x-lg"));
    drop.addEventListener("click", () => { kept = kept.filter((one) => one !== file); show(); });
    place.append(image, drop); return place;
  }
  async function take(files) {
    const before = input.closest("form");
    before?.setAttribute("aria-busy", "true");
    for (const file of files) {
      if (!file.type.startsWith("image/") && !/\.(heic|heif)$/i.test(file.name)) { toast(words.photoNot); continue; }
      if (kept.length >= most) { toast(words.photoTooMany.replace("{most}", most)); break; }
      kept.push(await smaller(file));
    }
    before?.removeAttribute("aria-busy"); show(); working = null;
  }
  input.addEventListener("change", () => { working = take([...input.files]); });
  input.addEventListener("photos:put", (event) => { kept = event.detail.slice(0, most); show(); });
  input.form?.addEventListener("reset", () => { kept = []; setTimeout(show); });
  input.form?.addEventListener("submit", (event) => { // pressed while a photo is still being made smaller: wait for it
    if (!working) return;
    event.preventDefault(); event.stopImmediatePropagation();
    working.then(() => input.form.requestSubmit(event.submitter));
  }, true);
  show();
}

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file; // the server reads the others
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale)); canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); // what was transparent must not turn black
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height); bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified }) : file;
  } catch { return file; } // the server says what is wrong with it
}
