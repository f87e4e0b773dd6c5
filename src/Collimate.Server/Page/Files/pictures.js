/** @file Takes a picture from a file, a drop or the clipboard. */

/** @typedef {{ url: string, name: string, width: number, height: number }} Picture */

const understood = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const mostBytes = 16 * 1024 * 1024;

/** What is wrong with a file, in words. */
export class PictureError extends Error {}

/**
 * Takes pictures from wherever one can come from.
 * @param {{ button: HTMLElement, input: HTMLInputElement, taken: (picture: Picture) => void, failed: (message: string) => void }} wiring
 */
export function takePictures({ button, input, taken, failed }) {
  const take = async (/** @type {File | undefined} */ file) => {
    try {
      if (!file) throw new PictureError("There is no picture in that. Save it as a file first, then drop the file.");
      taken(await fromFile(file));
    } catch (failure) {
      if (!(failure instanceof PictureError)) throw failure;
      failed(failure.message);
    }
  };

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files?.length) take(input.files[0]);
    input.value = "";
  });

  let depth = 0;
  const mark = (/** @type {number} */ now) => document.body.classList.toggle("dragging", (depth = Math.max(0, now)) > 0);
  addEventListener("dragenter", () => mark(depth + 1));
  addEventListener("dragleave", () => mark(depth - 1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(0);
    take([...(event.dataTransfer?.files ?? [])][0]);
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return; // words, for the field they are pasted into
    event.preventDefault();
    take(file);
  });
}

/**
 * @param {string} url A data: URL.
 * @param {string} name
 * @returns {Promise<Picture>}
 */
export async function fromUrl(url, name) {
  const image = await decoded(url);
  return { url, name, width: image.naturalWidth, height: image.naturalHeight };
}

async function fromFile(file) {
  if (file.size > mostBytes) throw new PictureError(`That picture has ${Math.round(file.size / 1048576)} MB; the server reads at most 16. Make it smaller first.`);
  const url = await asUrl(file);
  if (understood.includes(file.type)) return fromUrl(url, file.name);
  // What this browser can show and the server cannot read is sent as PNG.
  const image = await decoded(url);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return fromUrl(canvas.toDataURL("image/png"), file.name);
}

async function decoded(url) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new PictureError("That file is not a picture that can be read. PNG, JPEG, WebP and GIF are.");
  }
  return image;
}

/** @returns {Promise<string>} */
function asUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(/** @type {string} */ (reader.result));
    reader.onerror = () => reject(new PictureError("The file cannot be read."));
    reader.readAsDataURL(file);
  });
}
