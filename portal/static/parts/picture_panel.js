// What is known of a whole picture, while no face is chosen.

import { settings } from "../api/settings.js";
import { worded } from "../faces/describe.js";
import { button, h } from "./dom.js";
import { requestFolds } from "./requests.js";

const SERVICE = { embedding: "Comparing and names", attributes: "Age and looks", emotion: "Expression", keypoints: "Keypoints, gaze and head", names: "Names", liveness: "Liveness" };

/** The panel of a picture; `acts` are choose, again, more. */
export function picturePanel(picture, options, acts) {
  const { faces, state, name, width, height } = picture;
  if (state !== "done") {
    return [h("h2", {}, name), h("p", { class: "quiet-text" }, state === "failed" ? "It was not analysed." : "Faces will appear here in a moment.")];
  }
  const poor = faces.filter((face) => face.judged.poor).length;
  return [
    h("header", {}, h("h2", {}, count(faces.length)), h("p", { class: "quiet-text small" }, `${name} · ${width} × ${height} px`)),
    lacking(picture, acts),
    faces.length > 0 && h("p", {}, "Click a face to see more, or move with the arrow keys."),
    faces.length > 1 && summary(faces),
    poor > 0 && h("p", { class: "warning" }, `${poor === 1 ? "One face is" : `${poor} faces are`} too small or blurred: nothing is said of ${poor === 1 ? "it" : "them"}.`),
    settings().mode !== "thorough" && h("p", { class: "row between" }, h("span", { class: "quiet-text small" }, "Is somebody missing?"), button("Look more thoroughly", acts.more, { class: "small-button" })),
    requestFolds({ path: "/v1/analyze", files: { image: name }, options, python: ["analyze", name] }, picture.answer),
  ];
}

const count = (number) => (number === 0 ? "No face found" : number === 1 ? "1 face" : `${number} faces`);

function lacking({ problems }, acts) {
  if (!problems.length) return null;
  const rows = problems.map(({ feature, detail }) => h("li", {}, h("strong", {}, SERVICE[feature] ?? feature), `: ${detail}`));
  return h("div", { class: "problem", role: "alert" }, h("p", {}, "Some of it is missing, because a part of the server did not answer:"), h("ul", {}, rows), h("div", { class: "row" }, button("Try again", acts.again)));
}

function summary(faces) {
  const clear = faces.filter((face) => !face.judged.poor);
  const ages = clear.filter((face) => face.attributes).map((face) => Math.round(face.attributes.age.years));
  const known = faces.filter((face) => face.identity?.decision === "match").length;
  const rows = [
    ages.length > 0 && ["Ages", `${Math.min(...ages)} to ${Math.max(...ages)}, half are over ${median(ages)}`],
    ["Expressions", tally(clear.map((face) => face.emotion && worded(face.emotion.label)))],
    ["Gender", tally(clear.map((face) => face.attributes?.gender.label))],
    faces[0].identity && ["Known", `${known} of ${faces.length}`],
  ].filter((row) => row && row[1]);
  return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function tally(words) {
  const counts = {};
  for (const word of words.filter(Boolean)) counts[word] = (counts[word] ?? 0) + 1;
  return Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([word, number]) => `${number} ${word}`).join(", ");
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
