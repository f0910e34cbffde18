// From a file to a picture: what is none is refused here, before anything is sent; what is too large is reduced.

// The API takes 20 MiB a file and 40 megapixels; a face needs less than 4,000 pixels of width to be read.
const MOST_BYTES = 19.5 * 2 ** 20;
const MOST_PIXELS = 36e6;
const REDUCED_SIDE = 4096;
const SHOWN_SIDE = 2560;   // more pixels than most screens have; zooming in shows the picture itself
const SHOWN_PIXELS = 8e6;

/** Raised when a file cannot be taken; `message` is for a person. */
export class NotTaken extends Error {}

/**
 * {blob, width, height, view}: the picture as it is sent (upright size in pixels) and the one that is shown, null
 * where this browser cannot show its format. Raises NotTaken.
 */
export async function take(file) {
  if (file.size === 0) throw new NotTaken(`${file.name || "The file"} is empty.`);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    if (await isForeign(file)) return unseen(file);
    throw new NotTaken(`${file.name || "The file"} is not a picture, or it is damaged.`);
  }
  try {
    const { width, height } = bitmap;
    if (file.size <= MOST_BYTES && width * height <= MOST_PIXELS) {
      const view = width * height > SHOWN_PIXELS ? await reduced(bitmap, SHOWN_SIDE, 0.85) : file;
      return { blob: file, width, height, view };
    }
    const blob = await reduced(bitmap, REDUCED_SIDE, 0.92);
    const scale = Math.min(1, REDUCED_SIDE / Math.max(width, height));
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    return { blob: new File([blob], file.name, { type: blob.type }), ...size, view: await reduced(bitmap, SHOWN_SIDE, 0.85) };
  } finally {
    bitmap.close();
  }
}

function unseen(file) {
  if (file.size > MOST_BYTES) throw new NotTaken(`${file.name} is over 20 MB and this browser cannot reduce its format.`);
  return { blob: file, width: 0, height: 0, view: null };
}

/** HEIC, AVIF and TIFF by their first bytes: the server reads them though this browser may not. */
async function isForeign(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  return text.slice(4, 8) === "ftyp" || text.startsWith("II*\0") || text.startsWith("MM\0*");
}

async function reduced(bitmap, side, quality) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const small = await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: "medium" });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(small, 0, 0);
  small.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}

/** The files of a drop or a paste that could be pictures. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}
