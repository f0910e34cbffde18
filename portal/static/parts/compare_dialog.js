// Are two faces one person? The answer first, then the scale, then the numbers; all from embeddings that are here.

import { loaded } from "../api/offers.js";
import { change, settings } from "../api/settings.js";
import { oneIn, percent } from "../faces/describe.js";
import { Calibration, euclidean, similarity } from "../faces/recognition.js";
import { faceFile } from "../pictures/crops.js";
import { crop } from "./crop.js";
import { openDialog, showing } from "./dialog.js";
import { button, fill, h } from "./dom.js";
import { similarityScale } from "./meters.js";
import { requestFolds } from "./requests.js";

const RATES = [0.01, 0.001, 0.0001];

/** Compares two faces, each {picture, face}. */
export function compareDialog(a, b) {
  return openDialog("Is it the same person?", () => {
    const place = h("div", { class: "stack" });
    void showing(place, async () => comparison(a, b, Calibration.of(await loaded())));
    return [h("div", { class: "pair" }, crop(a.face, 128, `Face ${a.face.index + 1} of ${a.picture.name}`), crop(b.face, 128, `Face ${b.face.index + 1} of ${b.picture.name}`)), place];
  });
}

function comparison(a, b, calibration) {
  if (!a.face.vector || !b.face.vector) {
    return h("p", { class: "problem", role: "alert" }, "The embedding model did not answer for one of them; analyse its picture again.");
  }
  if (!calibration) return h("p", { class: "problem" }, "The model carries no calibration: nothing can be said at a stated rate.");
  const value = similarity(a.face.vector, b.face.vector);
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const show = () => fill(place, answer(a, b, value, calibration, show));
  show();
  return place;
}

function answer(a, b, value, calibration, show) {
  const { false_match_rate: rate } = settings();
  const threshold = calibration.threshold(rate);
  const poor = a.face.judged.poor || b.face.judged.poor;
  const same = value >= threshold;
  const verdict = poor ? "Cannot be told from these" : same ? "The same person" : "Not the same person";
  const rough = [a, b].flatMap(({ face }, index) => face.judged.warnings.slice(0, 1).map((warning) => `${index ? "Second" : "First"} face: ${warning.toLowerCase()}.`));
  return [
    h("p", { class: `verdict ${poor ? "" : same ? "yes" : "no"}` }, verdict),
    h("p", {}, poor
      ? `They are ${percent(Math.max(0, value))} alike, but a face this poor says little.`
      : same
        ? `${percent(value)} alike; two different people are this alike in ${oneIn(calibration.rate(value))} pairs.`
        : `${percent(Math.max(0, value))} alike; ${percent(threshold)} is needed for "the same".`),
    similarityScale(value, [[`needed: ${percent(threshold)}`, threshold]]),
    rough.length > 0 && h("p", { class: "warning" }, rough.join(" ")),
    h("label", { class: "field" }, "Different people taken for the same", rates(rate, show)),
    h("p", { class: "small quiet-text" }, `At this rate ${missed(calibration, rate)} of pairs of the same person are called different. Relatives and people who look alike are mistaken more often; a match is a hint, no proof.`),
    h("dl", { class: "facts" }, facts(value, threshold, calibration)),
    requestFolds(request(rate), { verified: same, similarity: value, threshold, false_match_rate: rate }),
    h("div", { class: "row" }, [a, b].map(({ picture, face }, index) => button(`Save face ${index ? "b" : "a"}`, () => save(picture, face, `face-${index ? "b" : "a"}.jpg`), { class: "small-button" }))),
  ];
}

function rates(rate, show) {
  const select = h("select", { onchange: () => { change({ false_match_rate: Number(select.value) }); show(); } },
    RATES.map((one) => h("option", { value: one }, oneIn(one))));
  select.value = String(rate);
  return select;
}

const missed = (calibration, rate) => (calibration.missed[rate] === undefined ? "a few" : `about ${percent(calibration.missed[rate])}`);

function facts(value, threshold, calibration) {
  const rows = [
    ["Similarity (cosine)", value.toFixed(3)], ["Threshold (cosine)", threshold.toFixed(3)],
    ["Distance (Euclidean)", `${euclidean(value).toFixed(3)}, at most ${euclidean(threshold).toFixed(3)}`],
  ];
  const probability = calibration.probability(value);
  if (probability !== null) rows.push(["Probability, both answers equally likely before", probability > 0.995 ? "over 99 %" : probability < 0.005 ? "under 1 %" : percent(probability)]);
  return rows.map(([name, shown]) => h("div", {}, h("dt", {}, name), h("dd", {}, shown)));
}

function request(rate) {
  return { path: "/v1/verify", files: { image_a: "face-a.jpg", image_b: "face-b.jpg" }, options: { false_match_rate: rate }, python: ["verify", "face-a.jpg", "face-b.jpg"] };
}

async function save(picture, face, name) {
  const url = URL.createObjectURL(await faceFile(picture, face));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
