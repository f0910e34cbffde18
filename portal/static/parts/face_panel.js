// Everything that is known of one face: who, age, looks, expression, keypoints, quality; and what can be done with it.

import { ACTION_UNITS, identityOf, looks, nameOf, percent, signed, worded } from "../faces/describe.js";
import { crop } from "./crop.js";
import { button, h, iconButton } from "./dom.js";
import { ageScale, bars, gauge } from "./meters.js";
import { requestFolds } from "./requests.js";
import { namesChoice } from "./settings_drawer.js";

const MOST_UNITS = 6;

/** The panel of a face; `acts` are who, compare, enrol, download, copy, close. */
export function facePanel(picture, face, options, acts) {
  const details = [age(face), looksLike(face), expression(face), directions(face), units(face), liveness(face), quality(face)];
  return [
    head(picture, face, acts),
    h("div", { class: "acts" },
      button("Who is it?", acts.who, { class: "main" }), button("Compare", acts.compare), button("Enrol", acts.enrol),
      iconButton("download", "Save this face", acts.save)),
    identity(face, acts),
    face.judged.poor
      ? h("details", { class: "fold" }, h("summary", {}, "What the models say all the same"), details)
      : details,
    requestFolds(request(picture, options), answerOf(face)),
  ];
}

function head(picture, face, acts) {
  const { title } = identityOf(face);
  const { width, height } = face.box;
  return h("header", { class: "face-head" },
    crop(face, 88, title),
    h("div", { class: "grow" },
      h("h2", {}, title),
      h("p", { class: "quiet-text small" }, `${face.index + 1} of ${picture.faces.length} · ${Math.round(width)} × ${Math.round(height)} px`),
      face.judged.warnings.slice(0, 2).map((warning) => h("p", { class: "warning" }, warning))),
    iconButton("close", "Back to the whole picture", acts.close));
}

function identity(face, acts) {
  const found = face.identity;
  if (!found) return null;
  const said = {
    match: `A match in ${found.collection}`,
    uncertain: `Perhaps in ${found.collection}: below the threshold of a match`,
    unknown: found.candidates.length ? `Nobody in ${found.collection} is alike enough` : `Nobody is enrolled in ${found.collection}`,
  }[found.decision];
  return section("Identity",
    h("p", {}, `${said}.`),
    h("dl", { class: "bars" }, found.candidates.slice(0, 3).map((candidate) => h("div", { class: "bar" },
      h("dt", {}, nameOf(candidate)),
      h("dd", {}, gauge(candidate.similarity), h("span", { class: "number" }, percent(Math.max(0, candidate.similarity))))))),
    h("p", { class: "small quiet-text" }, `A match needs ${percent(found.threshold)} here: of strangers, ${found.rate === null || found.rate === undefined ? "a few" : percent(found.rate)} would match anybody.`),
    namesChoice(found.collection),
    h("a", { href: `/people?collection=${encodeURIComponent(found.collection)}`, onclick: acts.go }, "Open the collection"));
}

function section(title, ...content) {
  return h("section", { class: "fact" }, h("h3", {}, title), content);
}

function age({ attributes }) {
  if (!attributes) return null;
  const { years, low, high } = attributes.age;
  return section("Age",
    h("p", { class: "age" }, h("strong", {}, Math.round(years)), h("span", { class: "quiet-text" }, `80 % between ${Math.round(low)} and ${Math.round(high)}`)),
    ageScale(attributes.age));
}

function looksLike({ attributes }) {
  if (!attributes) return null;
  const { gender, race, mask } = attributes;
  const top = [[worded(gender.label), gender.scores[gender.label]], ...largest(race, 2), ...largest(mask, 1)];
  const all = [gender, race, mask].filter(Boolean).flatMap(({ scores }) => words(scores));
  return section("Looks", bars(top, top.length),
    h("details", { class: "more" }, h("summary", {}, "All of them"), bars(all, all.length, 0)));
}

function largest(choice, most) {
  return choice ? words(choice.scores).sort((a, b) => b[1] - a[1]).filter(([, share], index) => index === 0 || share >= 0.1).slice(0, most) : [];
}

function expression({ emotion }) {
  return emotion && section("Expression", bars(words(emotion.scores)));
}

function liveness({ liveness: found }) {
  if (!found) return null;
  const real = found.label === "real";
  return section("Liveness",
    h("p", {}, `${real ? "Looks like a person before the camera" : "Looks like a picture or a screen held up"} (${percent(real ? found.score : 1 - found.score)}).`),
    h("p", { class: "small quiet-text" }, "A hint, no proof: one photo or screen in five passes, and some real pictures do not."));
}

const words = (scores) => Object.entries(scores).map(([label, share]) => [worded(label), share]);

function directions({ keypoints, quality: found }) {
  const pose = keypoints?.pose ?? (found && { yaw: found.yaw, pitch: found.pitch, roll: found.roll });
  if (!pose) return null;
  return h("section", { class: "fact two" },
    h("div", {}, h("h3", {}, "Head"), h("p", {}, looks(pose)), h("p", { class: "small quiet-text" }, `yaw ${signed(pose.yaw)}, pitch ${signed(pose.pitch)}, roll ${signed(pose.roll)}`)),
    keypoints && h("div", {}, h("h3", {}, "Gaze"),
      h("p", {}, Math.hypot(keypoints.gaze.yaw, keypoints.gaze.pitch) < 10 ? "into the camera" : looks(keypoints.gaze)),
      h("p", { class: "small quiet-text" }, `yaw ${signed(keypoints.gaze.yaw)}, pitch ${signed(keypoints.gaze.pitch)}, sure ${percent(keypoints.gaze.confidence)}`)));
}

function units({ keypoints }) {
  if (!keypoints) return null;
  const all = Object.entries(keypoints.action_units).sort((a, b) => b[1].intensity - a[1].intensity);
  const present = all.filter(([, unit]) => unit.present).slice(0, MOST_UNITS);
  return section("Face muscles",
    present.length
      ? h("p", {}, present.map(([name]) => ACTION_UNITS[name] ?? name).join(", "))
      : h("p", { class: "quiet-text" }, "at rest"),
    h("details", { class: "more" }, h("summary", {}, "All action units"),
      h("dl", { class: "bars" }, all.map(([name, unit]) => h("div", { class: "bar" }, h("dt", {}, `${name} ${ACTION_UNITS[name] ?? ""}`), h("dd", {}, gauge(unit.intensity), h("span", { class: "number" }, unit.intensity.toFixed(2))))))));
}

function quality({ quality: found, judged, score, keypoints }) {
  if (!found) return null;
  const rows = [
    ["Detection score", score.toFixed(2)], ["Size", `${Math.round(found.face_size)} px`], ["Sharpness", found.sharpness.toFixed(1)],
    keypoints && ["Points lie on a face", percent(keypoints.presence)],
    keypoints?.confidence != null && ["Points are exact", percent(keypoints.confidence)],
  ].filter(Boolean);
  return section("Quality",
    h("p", {}, judged.warnings.length ? `${judged.warnings.join(". ")}.` : "Good enough for every estimate."),
    h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

function request(picture, options) {
  return { path: "/v1/analyze", files: { image: picture.name }, options, python: ["analyze", picture.name] };
}

/** The face as the API answered it. */
function answerOf(face) {
  const { crop: _, chip, sent, index, vector, model, judged, identity: __, ...answer } = face;
  return answer;
}

