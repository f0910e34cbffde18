// What is asked of the API for a picture: everything at once, and who its faces are.

import { detection, settings } from "../api/settings.js";
import { formOf, path, send, sendPatiently } from "../api/calls.js";
import { features, optionsOf } from "../api/offers.js";
import { decode } from "./recognition.js";
import { judge } from "./judgement.js";

// A few embeddings are searched quicker one by one than their picture is read again.
const MOST_EMBEDDINGS = 4;

/**
 * Every feature that the server offers, with the mesh and embeddings to compare with; where this browser cannot show
 * the picture (`unseen`), the faces cut out by the server too.
 */
export async function analysisOptions(unseen = false) {
  const crops = unseen && "crops" in (await optionsOf("post", "/v1/analyze").catch(() => ({})));
  return { features: (await features()).join(","), encoding: "base64", mesh: true, ...(crops ? { crops } : {}), ...detection() };
}

/** The answer of /v1/analyze with its faces ready for the page: index, judgement, embedding. Raises Problem. */
export async function analyse(blob, options, { patient = false, signal } = {}) {
  const form = formOf({ image: blob }, options);
  const answer = await (patient ? sendPatiently : send)("POST", "/v1/analyze", { form, signal });
  return { ...answer, faces: answer.faces.map(ready) };
}

function ready(face, index) {
  const embedding = face.embedding ? decode(face.embedding.values) : null;
  const { embedding: sent, crop: chip = null, ...rest } = face;
  return { ...rest, chip, sent: sent ?? null, index, vector: embedding, model: sent?.model ?? null, judged: judge(face), crop: null, identity: null };
}

/** Finds out who the faces of a picture are; each gets its `identity`. Raises Problem. */
export async function identify(picture, collection, faces = picture.faces) {
  const { top_k, false_positive_rate } = settings();
  const route = path`/v1/collections/${collection}/identify`;
  const wanted = { top_k, false_positive_rate };
  const byEmbedding = "embedding" in (await optionsOf("post", "/v1/collections/{collection}/identify"));
  const searched = faces.filter((face) => face.vector);
  if (byEmbedding && searched.length && searched.length <= MOST_EMBEDDINGS) {
    try {
      await Promise.all(searched.map(async (face) => {
        const answer = await send("POST", route, { json: { embedding: face.sent, ...wanted } });
        face.identity = identityOf(answer, answer.faces[0], collection);
      }));
      return;
    } catch (failure) {
      if (failure.type !== "model-mismatch") throw failure;  // pinned to another embedder: that one reads the picture
    }
  }
  const answer = await send("POST", route, { form: formOf({ image: picture.blob }, { ...wanted, ...detection() }) });
  for (const face of faces) {
    const found = answer.faces.find((one) => same(one.box, face.box));
    face.identity = found ? identityOf(answer, found, collection) : null;
  }
}

function identityOf(answer, { decision, candidates }, collection) {
  const { threshold, uncertain_threshold: uncertain, false_positive_rate: rate, gallery } = answer;
  return { decision, candidates, collection, threshold, uncertain, rate, gallery };
}

/** Whether two boxes are one face's: the same detector on the same picture, within rounding. */
function same(a, b) {
  const near = 0.1 * Math.max(b.width, b.height);
  return Math.abs(a.x - b.x) < near && Math.abs(a.y - b.y) < near && Math.abs(a.width - b.width) < near;
}
