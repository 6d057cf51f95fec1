// Photos: previews, at most six, made smaller on the phone so that a weak line can carry them (which drops their metadata too).
const LONGEST = 1600;

export function start(root) {
  root.querySelectorAll("[data-photo-input]").forEach((input) => {
    if (input.dataset.ready) return;
    input.dataset.ready = "1"; input.multiple = true;
    const previews = document.createElement("div");
    previews.className = "photo-previews"; input.after(previews);
    input.addEventListener("change", async () => {
      const most = Number(input.dataset.photoInput);
      const small = [];
      for (const file of [...input.files].slice(0, most)) small.push(await smaller(file));
      const bag = new DataTransfer();
      small.forEach((file) => bag.items.add(file));
      input.files = bag.files;
      previews.replaceChildren(...small.map((file) => {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file); image.alt = file.name; return image;
      }));
    });
  });
}

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 300_000) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale); canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
  } catch { return file; } // the server says what is wrong with it
}
