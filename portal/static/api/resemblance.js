// Who resembles an enrolled person: where the API searches by embedding.

import { path, send } from "./calls.js";
import { optionsOf } from "./offers.js";
import { exportPerson } from "./people.js";
import { decode } from "../faces/recognition.js";
import { settings } from "./settings.js";

const MOST_FACES = 4;
const SHOWN = 3;

/** {others, threshold}: the people who resemble one most, by their stored faces; null where the API cannot say. */
export async function resembling(collection, id) {
  if (!("embedding" in (await optionsOf("post", "/v1/collections/{collection}/identify")))) return null;
  const { faces } = await exportPerson(collection, id);
  const best = new Map();
  let threshold = 1;
  for (const face of faces.slice(0, MOST_FACES)) {
    const body = { embedding: Array.from(decode(face.embedding)), top_k: SHOWN + 1, false_positive_rate: settings().false_positive_rate };
    const answer = await send("POST", path`/v1/collections/${collection}/identify`, { json: body });
    threshold = answer.threshold;
    for (const candidate of answer.faces[0].candidates) {
      if (candidate.subject !== id && !(best.get(candidate.subject)?.similarity >= candidate.similarity)) best.set(candidate.subject, candidate);
    }
  }
  return { others: [...best.values()].sort((a, b) => b.similarity - a.similarity).slice(0, SHOWN), threshold };
}
