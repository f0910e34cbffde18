// The pictures of this visit, with what was found on them: in this page's memory, the same on every page of the portal.

import { NotTaken, take } from "./intake.js";
import { analyse, analysisOptions, identify } from "../faces/analysis.js";
import { cutAll } from "./crops.js";
import { onSettings, settings } from "../api/settings.js";
import { onKey } from "../api/key.js";

const watchers = new Set();
const AT_ONCE = 2;
let busy = 0;
let next = 1;

/** Observed by the pages; `selected` is the picture on the stage. */
export const album = { pictures: [], selected: null, refused: [] };

export function onAlbum(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function changed(picture) {
  for (const watcher of watchers) watcher(picture);
}

/** Takes files as pictures and analyses them; those that are none are named in `album.refused`. */
export async function add(files, { name } = {}) {
  album.refused = [];
  const taken = await Promise.all([...files].map(async (file) => {
    try {
      return picture({ ...(await take(file)), name: name ?? (file.name || "picture.jpg") });
    } catch (failure) {
      if (!(failure instanceof NotTaken)) throw failure;
      album.refused.push(failure.message);
      return null;
    }
  }));
  const good = taken.filter(Boolean);
  album.pictures.push(...good);
  if (good.length) album.selected = good[0];
  changed();
  work();
  return good;
}

/** A picture of the album from its parts; `answer` when it was analysed before. */
function picture({ blob, width, height, view, name, answer = null }) {
  const made = {
    id: next++, name, blob, width, height, view, url: view && URL.createObjectURL(view),
    state: "waiting", problem: null, answer: null, faces: [], problems: [], seconds: 0, face: null, wanted: null,
  };
  if (answer) settle(made, answer);
  return made;
}

export function remove(gone) {
  URL.revokeObjectURL(gone.url ?? "");
  for (const face of gone.faces) face.crop?.close();
  const at = album.pictures.indexOf(gone);
  album.pictures.splice(at, 1);
  if (album.selected === gone) album.selected = album.pictures[Math.min(at, album.pictures.length - 1)] ?? null;
  changed();
}

export function select(chosen, face = chosen.face) {
  album.selected = chosen;
  chosen.face = face;
  changed(chosen);
}

/** Analyses a picture anew: another mode, or a try after a failure. */
export function again(chosen) {
  Object.assign(chosen, { state: "waiting", problem: null });
  changed(chosen);
  work();
}

/** What the keeper held from before a reload. */
export function restore(kept) {
  for (const one of kept.pictures) album.pictures.push(picture(one));
  album.selected = album.pictures[kept.selected] ?? album.pictures[0] ?? null;
  if (album.selected && kept.face !== null) album.selected.face = album.selected.faces[kept.face] ?? null;
  for (const one of album.pictures) if (one.state === "done") void finish(one);
  changed();
  work();
}

function work() {
  for (const waiting of album.pictures) {
    if (busy >= AT_ONCE) return;
    if (waiting.state === "waiting") void process(waiting);
  }
}

async function process(chosen) {
  busy += 1;
  chosen.state = "busy";
  changed(chosen);
  const started = performance.now();
  try {
    settle(chosen, await analyse(chosen.blob, await analysisOptions(!chosen.view)));
    chosen.seconds = (performance.now() - started) / 1000;
  } catch (problem) {
    Object.assign(chosen, { state: "failed", problem });
  } finally {
    busy -= 1;
    work();
  }
  changed(chosen);
  if (chosen.state === "done") await finish(chosen);
}

function settle(chosen, answer) {
  const { faces, ...rest } = answer;
  Object.assign(chosen, { state: "done", answer: rest, faces, problems: answer.problems ?? [], width: answer.image.width, height: answer.image.height });
  chosen.face = faces[chosen.wanted ?? -1] ?? (faces.length === 1 ? faces[0] : null);
}

/** What a picture gets after its analysis: crops, and names where a collection is chosen. */
async function finish(chosen) {
  await Promise.all([cutAll(chosen).then(() => changed(chosen)), name(chosen)]);
}

async function name(chosen) {
  const { collection } = settings();
  if (!collection || !chosen.faces.length) return;
  try {
    await identify(chosen, collection);
  } catch (problem) {
    chosen.problems = [...chosen.problems, { feature: "names", detail: problem.words?.title ?? String(problem) }];
  }
  changed(chosen);
}

onSettings((_, names) => {
  if (names.some((changedName) => ["mode", "min_score", "min_size", "max_faces"].includes(changedName))) {
    for (const one of album.pictures) again(one);
  } else if (names.includes("collection") || names.includes("false_positive_rate")) {
    for (const one of album.pictures) {
      for (const face of one.faces) face.identity = null;
      changed(one);
      if (one.state === "done") void name(one);
    }
  }
});

onKey(() => {
  for (const one of album.pictures) if (one.state === "failed") again(one);
});
