// The pictures of a folder with what was found on them: in this page's memory, four under way at a time.

import { Calibration } from "../faces/recognition.js";
import { analyse, identify } from "../faces/analysis.js";
import { grouped } from "../faces/groups.js";
import { features, loaded } from "../api/offers.js";
import { detection, settings } from "../api/settings.js";
import { cutAll } from "../pictures/crops.js";
import { take } from "../pictures/intake.js";
import { Queue } from "../pictures/queue.js";

const AT_ONCE = 4;
const CROP = 96;
// One in 100,000 pairs: a folder has many pairs, and two people in one group is worse than one in two.
const GROUP_RATE = 0.00001;

/** The one folder of this visit. */
export const batch = { entries: [], queue: null, paused: false, running: false, groups: [], watcher: () => null };

const LIKELY = /^image\/|\.(jpe?g|png|webp|bmp|gif|tiff?|avif|hei[cf])$/i;

/** Adds files and goes on; what is no picture by name and type is left out and counted. */
export function addFiles(files) {
  const pictures = files.filter((file) => LIKELY.test(file.type) || LIKELY.test(file.name));
  const entries = pictures.map((file) => ({ file, name: file.webkitRelativePath || file.name, state: "waiting", faces: [], problem: null, lacking: null }));
  batch.entries.push(...entries);
  run(entries);
  return files.length - pictures.length;
}

/** Tries again what failed. */
export function retry() {
  const failed = batch.entries.filter(({ state }) => state === "failed");
  for (const entry of failed) Object.assign(entry, { state: "waiting", problem: null });
  run(failed);
}

export function clear() {
  batch.queue?.stop();
  for (const entry of batch.entries) for (const face of entry.faces) face.crop?.close();
  Object.assign(batch, { entries: [], queue: null, paused: false, running: false, groups: [] });
  batch.watcher();
}

export function togglePause() {
  batch.paused = batch.queue?.toggle() ?? false;
  batch.watcher();
}

function run(entries) {
  if (!entries.length) return;
  if (batch.running) {
    batch.queue.items.push(...entries);
    batch.watcher();
    return;
  }
  const queue = new Queue(entries, AT_ONCE, process);
  Object.assign(batch, { queue, running: true, paused: false });
  queue.finished.then(() => {
    if (batch.queue === queue) batch.running = false;
    return regroup();
  });
  batch.watcher();
}

async function process(entry) {
  try {
    entry.state = "busy";
    const picture = await take(entry.file);
    const options = { features: (await features()).filter((name) => name !== "liveness").join(","), encoding: "base64", ...detection() };
    const answer = await analyse(picture.blob, options, { patient: true });
    Object.assign(picture, { faces: answer.faces, width: answer.image.width, height: answer.image.height });
    if (settings().collection && answer.faces.length) await identify(picture, settings().collection);
    await cutAll(picture, CROP);
    entry.lacking = answer.problems.length ? `without ${answer.problems.map(({ feature }) => feature).join(", ")}: a part of the server did not answer` : null;
    Object.assign(entry, { faces: answer.faces, state: "done" });
  } catch (failure) {
    const { title, advice } = failure.words ?? { title: failure.message, advice: "" };
    Object.assign(entry, { state: "failed", problem: `${title} ${advice}`.trim() });
  }
  batch.watcher();
}

/** Finds the same unknown people among all faces so far. */
export async function regroup() {
  const pictureOf = new Map(batch.entries.flatMap((entry) => entry.faces.map((face) => [face, entry])));
  const faces = [...pictureOf.keys()];
  const calibration = await loaded().then(Calibration.of, () => null);
  for (const face of faces) face.group = null;
  batch.groups = calibration ? grouped(faces, calibration.threshold(GROUP_RATE), (face) => pictureOf.get(face)) : [];
  batch.groups.forEach((group, index) => group.forEach((face) => { face.group = index + 1; }));
  batch.watcher();
}

/** One row per face, one per picture without a face or with a problem. */
export function rowsOf() {
  return batch.entries.filter(({ state }) => state === "done" || state === "failed")
    .flatMap((entry) => (entry.faces.length ? entry.faces.map((face) => ({ entry, face })) : [{ entry, face: null }]));
}
