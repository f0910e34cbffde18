// The imbalance study: ten batches of sixty generated faces, judged by the gender model, counted.

import { formOf, sendPatiently } from "../api/calls.js";
import { Queue } from "../pictures/queue.js";
import { percent } from "../faces/describe.js";
import { stackedBars } from "./chart.js";
import { problemBox } from "./dialog.js";
import { button, fill, h } from "./dom.js";
import { bars } from "./meters.js";

const BATCHES = 10;
const BATCH = 60;   // the original study's numbers: ten batches of sixty faces
const AT_ONCE = 4;  // a small server's queues stay free for others
const UNSEEN = "no face detected";

/** {element, stop()}. */
export function imbalancePanel() {
  const seed = h("input", { type: "number", min: 0, value: 1 });
  const bar = h("progress", { max: BATCH * BATCHES, value: 0, hidden: true, "aria-label": "Faces judged" });
  const said = h("p", { class: "small quiet-text", role: "status" });
  const place = h("div", { class: "stack" });
  let cancel = null;
  const start = button("Run the study", () => void run(), { class: "main" });
  const stop = button("Cancel", () => cancel?.abort(), { hidden: true });

  async function run() {
    cancel = new AbortController();
    const counts = [];
    start.disabled = true;
    bar.hidden = stop.hidden = false;
    fill(place);
    let ended = "Done";
    try {
      await study(Number(seed.value) || 1, cancel.signal, (judged) => {
        bar.value = judged;
        said.textContent = `${judged} of ${BATCH * BATCHES} faces judged.`;
      }, (count) => { counts.push(count); fill(place, result(counts)); });
    } catch (failure) {
      ended = cancel.signal.aborted ? "Cancelled" : "Stopped";
      if (!cancel.signal.aborted) place.prepend(problemBox(failure));
    }
    said.textContent = `${ended}: ${counts.length} of ${BATCHES} batches counted.`;
    start.disabled = false;
    stop.hidden = true;
  }

  const element = h("section", { class: "card stack", "aria-label": "The imbalance study" },
    h("h2", {}, "The imbalance study"),
    h("p", {}, `A generator repeats the imbalance of the faces it learned from. This study generates ${BATCHES} batches of ${BATCH} faces, finds each face, asks the gender model what it sees, and counts.`),
    h("div", { class: "row generate-form" }, h("label", { class: "field" }, "First seed", seed), start, stop), bar, said, place);
  return { element, stop: () => cancel?.abort() };
}

async function study(first, signal, onJudged, onCount) {
  let judged = 0;
  for (let seed = first; seed < first + BATCHES; seed += 1) {
    const { images } = await sendPatiently("POST", "/v1/generate", { json: { count: BATCH, seed }, signal });
    const labels = {};
    let failure = null;
    const queue = new Queue(images, AT_ONCE, async (image) => {
      try {
        const label = await gender(image, signal);
        labels[label] = (labels[label] ?? 0) + 1;
        judged += 1;
        onJudged(judged);
      } catch (problem) {
        failure ??= problem;
        queue.stop();
      }
    });
    await queue.finished;
    if (failure) throw failure;
    onCount({ seed, labels });
  }
}

async function gender(image, signal) {
  const blob = new Blob([Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0))], { type: "image/png" });
  const form = formOf({ image: blob }, { features: "attributes", max_faces: 1 });
  const answer = await sendPatiently("POST", "/v1/analyze", { form, signal });
  // No answer of the model is not "no face": the study would count wrong.
  if (answer.problems?.length) throw Object.assign(new Error(answer.problems[0].detail), { words: { title: "The study stopped", advice: answer.problems[0].detail } });
  return answer.faces[0]?.attributes?.gender.label ?? UNSEEN;
}

function result(counts) {
  const overall = {};
  for (const { labels } of counts) for (const [label, count] of Object.entries(labels)) overall[label] = (overall[label] ?? 0) + count;
  const names = Object.keys(overall).sort((a, b) => (a === UNSEEN) - (b === UNSEEN) || a.localeCompare(b));
  const perBatch = Object.fromEntries(names.map((name) => [name, counts.map(({ labels }) => labels[name] ?? 0)]));
  const total = Object.values(overall).reduce((sum, count) => sum + count, 0);
  const told = names.map((name) => `${name} ${overall[name]}`).join(", ");
  return [
    stackedBars(counts.map(({ seed }) => String(seed)), perBatch, BATCH, `Counts per batch; overall ${told}`),
    h("h3", {}, "Overall"),
    bars(names.map((name) => [`${name} (${overall[name]} of ${total})`, overall[name] / total]), names.length, 0),
    h("p", {}, finding(overall)),
  ];
}

function finding(overall) {
  const judged = Object.entries(overall).filter(([name]) => name !== UNSEEN);
  const total = judged.reduce((sum, [, count]) => sum + count, 0);
  if (!total) return "No face was detected in the generated pictures.";
  const [name, most] = judged.reduce((best, one) => (one[1] > best[1] ? one : best));
  const share = most / total;
  const half = 1.96 * Math.sqrt((share * (1 - share)) / total);  // normal approximation of a binomial share, 95 %
  return `Of ${total} detected faces, the model calls ${percent(share)} ${name} (plus or minus ${Math.round(100 * half)} points at 95 %). This is the generator and the gender model together: the model has errors of its own.`;
}
