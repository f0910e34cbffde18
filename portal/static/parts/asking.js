// "Who is on this picture?": a picture is searched in a collection, every face of it answered.

import { detection, settings } from "../api/settings.js";
import { formOf, path, send } from "../api/calls.js";
import { nameOf, percent } from "../faces/describe.js";
import { judge } from "../faces/judgement.js";
import { cutAll } from "../pictures/crops.js";
import { NotTaken, take } from "../pictures/intake.js";
import { bringButtons, canPaste } from "./choosing.js";
import { crop } from "./crop.js";
import { problemBox } from "./dialog.js";
import { fill, h } from "./dom.js";
import { gauge } from "./meters.js";

/** {element, take(files)}: asks about the collection that `collection()` names; `onPerson(id)` follows a click on a name. */
export function asking(collection, onPerson) {
  const answers = h("div", { class: "answers", "aria-live": "polite" });
  const receive = async ([file]) => {
    if (!file) return;
    fill(answers, h("p", { class: "quiet-text" }, `Searching ${file.name || "the picture"} in ${collection()} ...`));
    try {
      fill(answers, await found(file, collection(), onPerson));
    } catch (failure) {
      fill(answers, failure instanceof NotTaken ? h("p", { class: "problem", role: "alert" }, failure.message) : problemBox(failure, () => receive([file])));
    }
  };
  const element = h("section", { class: "card ask", "aria-label": "Who is on this picture?" },
    h("div", { class: "row between" },
      h("div", {}, h("h2", {}, "Who is on this picture?"), h("p", { class: "small quiet-text" }, canPaste() ? "Drop or paste it here, choose it, or click a face in the Studio." : "Choose it, take one, or tap a face in the Studio.")),
      bringButtons(receive, { multiple: false })),
    answers);
  return { element, take: receive };
}

async function found(file, collection, onPerson) {
  const picture = await take(file);
  const { top_k, false_positive_rate } = settings();
  const form = formOf({ image: picture.blob }, { top_k, false_positive_rate, ...detection() });
  const answer = await send("POST", path`/v1/collections/${collection}/identify`, { form });
  const faces = answer.faces.map((face, index) => ({ ...face, index, judged: judge(face), crop: null }));
  await cutAll({ ...picture, width: answer.image.width, height: answer.image.height, faces });
  if (!faces.length) return h("p", {}, "No face was found on this picture.");
  const order = { match: 0, uncertain: 1, unknown: 2 };
  faces.sort((a, b) => order[a.decision] - order[b.decision]);
  const told = faces.filter((face) => face.decision !== "unknown" && !(face.judged.poor && face.decision === "uncertain"));
  const others = faces.filter((face) => !told.includes(face));
  return [
    h("p", { class: "visually-hidden" }, `${faces.filter(({ decision }) => decision === "match").length} of ${faces.length} faces are known.`),
    told.length > 0 && h("ul", { class: "answer-list" }, told.map((face) => answerOf(face, answer, onPerson))),
    others.length > 0 && h("details", { class: "more", open: told.length === 0 },
      h("summary", {}, told.length ? `${others.length} more ${others.length === 1 ? "is" : "are"} nobody here` : `Nobody here (${others.length} ${others.length === 1 ? "face" : "faces"})`),
      h("ul", { class: "answer-list" }, others.map((face) => answerOf(face, answer, onPerson)))),
  ];
}

function answerOf(face, answer, onPerson) {
  const [best, ...others] = face.candidates;
  const vague = face.judged.poor && face.decision === "uncertain";
  const decision = vague ? "unknown" : face.decision;
  const said = { match: best && nameOf(best), uncertain: best && `Perhaps ${nameOf(best)}`, unknown: vague ? "Too poor to tell" : "Nobody here" }[decision];
  return h("li", { class: `answer ${decision}` },
    crop(face, 56),
    h("div", { class: "grow" },
      decision === "unknown" ? h("strong", {}, said) : h("button", { type: "button", class: "link", onclick: () => onPerson(best.subject) }, said),
      h("p", { class: "small quiet-text" }, best ? `${decision === "unknown" ? `closest: ${nameOf(best)}, ` : ""}${percent(Math.max(0, best.similarity))} alike, ${percent(answer.threshold)} needed` : "nobody is enrolled"),
      face.judged.poor && h("p", { class: "warning" }, face.judged.warnings[0]),
      decision !== "unknown" && others.length > 0 && h("details", { class: "more" }, h("summary", {}, "Others"),
        others.map((other) => h("div", { class: "bar" }, h("span", {}, nameOf(other)), h("span", {}, gauge(other.similarity), h("span", { class: "number" }, percent(Math.max(0, other.similarity)))))))));
}
