// The face of a person, where their collection keeps the aligned crops of enrolled faces.

import { exportPerson } from "./people.js";

const SIDE = 256;
const kept = new Map();  // collection/person/faces -> promise of ImageBitmaps
const MOST = 400;

/** The crops of a person's faces as bitmaps, oldest face first; [] where none is kept. Raises Problem. */
export function chipsOf(collection, person) {
  const name = `${collection}/${person.id}/${person.faces}`;
  if (!kept.has(name)) {
    if (kept.size >= MOST) kept.delete(kept.keys().next().value);
    kept.set(name, read(collection, person.id).catch((failure) => { kept.delete(name); throw failure; }));
  }
  return kept.get(name);
}

async function read(collection, id) {
  const { faces } = await exportPerson(collection, id);
  return Promise.all(faces.filter(({ chip }) => chip).map(({ chip }) => bitmapOf(chip)));
}

/** base64 of zlib of 256 x 256 x 3 bytes -> a bitmap. */
async function bitmapOf(chip) {
  const packed = new Blob([Uint8Array.from(atob(chip), (letter) => letter.charCodeAt(0))]);
  const unpacked = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  const rgb = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const image = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
    image.data.set([rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2], 255], 4 * pixel);
  }
  return createImageBitmap(image);
}
