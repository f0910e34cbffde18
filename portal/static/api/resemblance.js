// Who resembles whom in a collection: from the stored embeddings, compared in the page.

import { Queue } from "../pictures/queue.js";
import { decode, similarity } from "../faces/recognition.js";
import { exportPerson } from "./people.js";

/** More people than this are too many to fetch one by one. */
export const MOST_PEOPLE = 500;
const AT_ONCE = 6;
const galleries = new Map();

/** Fetches the embeddings of `people` of a collection, those of a person again when their number of faces changed. */
export async function gallery(collection, people) {
  const kept = galleries.get(collection) ?? new Map();
  galleries.set(collection, kept);
  const ids = new Set(people.map(({ id }) => id));
  for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
  let failure = null;
  const wanted = people.filter(({ id, faces }) => faces > 0 && kept.get(id)?.vectors.length !== faces);
  const queue = new Queue(wanted, AT_ONCE, async (person) => {
    try {
      const { faces } = await exportPerson(collection, person.id);
      kept.set(person.id, { person, vectors: faces.map((face) => decode(face.embedding)) });
    } catch (problem) {
      failure ??= problem;
      queue.stop();
    }
  });
  await queue.finished;
  if (failure) throw failure;
  return people.filter(({ id }) => kept.has(id)).map(({ id }) => kept.get(id));
}

/** The people most alike to one: [{person, similarity}], by their best pair of faces. */
export function closest(entries, id, most = 3) {
  const mine = entries.find(({ person }) => person.id === id)?.vectors ?? [];
  return entries
    .filter(({ person }) => person.id !== id)
    .map(({ person, vectors }) => ({ person, similarity: best(mine, vectors) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, most)
    .filter((one) => one.similarity > -1);
}

/**
 * What needs a look: {pairs, split}. `pairs` are people alike enough at `threshold` to be one person; `split` are
 * people with a face that is like none of their others.
 */
export function conflicts(entries, threshold) {
  const pairs = [];
  for (const [index, a] of entries.entries()) {
    for (const b of entries.slice(index + 1)) {
      const alike = best(a.vectors, b.vectors);
      if (alike >= threshold) pairs.push({ a: a.person, b: b.person, similarity: alike });
    }
  }
  const split = entries.filter(({ vectors }) => vectors.length > 1
    && vectors.some((one, index) => best([one], vectors.filter((_, other) => other !== index)) < threshold)).map(({ person }) => person);
  return { pairs: pairs.sort((x, y) => y.similarity - x.similarity), split };
}

function best(some, others) {
  let most = -1;
  for (const a of some) for (const b of others) most = Math.max(most, similarity(a, b));
  return most;
}
