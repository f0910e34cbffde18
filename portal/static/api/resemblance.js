// Who resembles whom in a collection.

import { path, send } from "./calls.js";
import { optionsOf } from "./offers.js";
import { exportPerson } from "./people.js";
import { settings } from "./settings.js";

const MOST_FACES = 3;  // of one person; more would hardly find others
const SHOWN = 3;
const PAGE = 50;

/** {others, threshold}: the people most alike to one, by their stored faces; null where the API takes no embedding. */
export async function closest(collection, id) {
  if (!("embedding" in (await optionsOf("post", "/v1/collections/{collection}/identify")))) return null;
  const { faces, model, dimensions } = await exportPerson(collection, id);
  const best = new Map();
  let threshold = 1;
  for (const face of faces.slice(0, MOST_FACES)) {
    const embedding = { values: face.embedding, model, dimensions };
    const json = { embedding, top_k: SHOWN + 1, false_positive_rate: settings().false_positive_rate };
    const answer = await send("POST", path`/v1/collections/${collection}/identify`, { json });
    threshold = answer.threshold;
    for (const candidate of answer.faces[0].candidates) {
      if (candidate.subject !== id && !(best.get(candidate.subject)?.similarity >= candidate.similarity)) best.set(candidate.subject, candidate);
    }
  }
  return { others: [...best.values()].sort((a, b) => b.similarity - a.similarity).slice(0, SHOWN), threshold };
}

/**
 * Asks page by page who of a collection should be looked at again; `onPage(subjects, checked)` is told each page, and
 * ends the asking by answering false.
 */
export async function check(collection, onPage) {
  for (let after = ""; after !== null;) {
    const page = await send("GET", path`/v1/collections/${collection}/check`, { query: { after, limit: PAGE } });
    if (onPage(page.subjects, page.checked) === false) return;
    after = page.next ?? null;
  }
}
