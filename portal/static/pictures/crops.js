// Faces cut out of their picture: small ones to look at, a large one to send.

const SHOWN = 192;     // pixels: 96 on a screen of double density
const AROUND = 1.5;    // the crop's side over the longer box side
const SENT_AROUND = 2; // detection wants some surroundings
const SENT_SIDE = 640;
const LEGIBLE = 400;
const COVER = "#808080";

/** Cuts a crop for each face that has none; the browser's own resizing, off the main thread. */
export async function cutAll(picture, side = SHOWN) {
  if (!picture.view) {
    await Promise.all(picture.faces.filter((face) => face.chip).map(async (face) => { face.crop = await createImageBitmap(jpegOf(face.chip)); }));
    return;
  }
  const bitmap = await createImageBitmap(picture.blob);
  try {
    await Promise.all(
      picture.faces.filter((face) => !face.crop).map(async (face) => {
        face.crop = await cut(bitmap, face, picture, side);
      }),
    );
  } finally {
    bitmap.close();
  }
}

function cut(bitmap, face, picture, shown) {
  const scale = bitmap.width / picture.width;
  const { x, y, side } = inside(square(face.box, AROUND), picture);
  return createImageBitmap(bitmap, x * scale, y * scale, Math.max(1, side * scale), Math.max(1, side * scale), {
    resizeWidth: shown, resizeHeight: shown, resizeQuality: "medium",
  });
}

function square({ x, y, width, height }, around) {
  const side = Math.max(width, height) * around;
  return { x: x + width / 2 - side / 2, y: y + height / 2 - side / 2, side };
}

/** The square moved into the picture, as far as it fits. */
function inside({ x, y, side }, { width, height }) {
  const held = (start, size) => (side > size ? (size - side) / 2 : Math.min(Math.max(0, start), size - side));
  return { x: held(x, width), y: held(y, height), side };
}

/**
 * One face as a picture of its own, for what takes one face: the others in view are covered, so that nobody else is
 * enrolled or compared in its place.
 */
export async function faceFile(picture, face) {
  if (!picture.view && face.chip) return new File([jpegOf(face.chip)], `face-${face.index + 1}.jpg`, { type: "image/jpeg" });
  const bitmap = await createImageBitmap(picture.blob);
  try {
    const scale = bitmap.width / picture.width;
    const { x, y, side } = square(face.box, SENT_AROUND);
    const size = Math.round(Math.min(SENT_SIDE, Math.max(LEGIBLE, side * scale)));
    const canvas = new OffscreenCanvas(size, size);
    const context = canvas.getContext("2d");
    context.fillStyle = COVER;
    context.fillRect(0, 0, size, size);
    context.drawImage(bitmap, x * scale, y * scale, side * scale, side * scale, 0, 0, size, size);
    const zoom = size / side;
    for (const other of picture.faces) {
      if (other !== face && !overlapping(other.box, face.box)) {
        const { box } = other;
        context.fillRect((box.x - x) * zoom, (box.y - y) * zoom, box.width * zoom, box.height * zoom);
      }
    }
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
    return new File([blob], `face-${face.index + 1}.jpg`, { type: "image/jpeg" });
  } finally {
    bitmap.close();
  }
}

function overlapping(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 && width * height > 0.2 * b.width * b.height;
}

/** The aligned face that the server cut out, from its base64. */
function jpegOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
}
