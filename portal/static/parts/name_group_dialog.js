// Naming a group: its clearest faces are enrolled under one name.

import { enrolAs } from "../api/people.js";
import { change, settings } from "../api/settings.js";
import { faceFile } from "../pictures/crops.js";
import { take } from "../pictures/intake.js";
import { collectionChoice } from "./collection_choice.js";
import { crop } from "./crop.js";
import { notice, openDialog, problemBox, showing } from "./dialog.js";
import { button, fill, h } from "./dom.js";

const MOST = 5;  // more faces of one person than this hardly help to recognise them

/** Names `group` (faces of `entries`); `onDone` follows a success. */
export function nameGroupDialog(group, entries, onDone) {
  return openDialog("Who is this?", (close) => {
    const place = h("div");
    void showing(place, async () => form(group, entries, close, onDone));
    return [h("div", { class: "row" }, group.slice(0, MOST).map((face) => crop(face, 64))), place];
  });
}

async function form(group, entries, close, onDone) {
  const choice = await collectionChoice({ value: settings().collection });
  const name = h("input", { type: "text", required: true, maxlength: 200, autofocus: true });
  const problems = h("div");
  const save = h("button", { type: "submit", class: "main" }, "Enrol");
  const enrol = async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      const collection = await choice.chosen();
      const { enrolled, failure } = await enrolAll(group.slice(0, MOST), entries, collection, name.value.trim());
      if (!enrolled) throw failure;
      for (const face of group) face.identity = { decision: "match", collection, candidates: [{ subject: name.value.trim(), name: name.value.trim(), similarity: 1 }], threshold: 0, rate: null };
      change({ collection });
      close();
      notice(`${enrolled} ${enrolled === 1 ? "face is" : "faces are"} enrolled as ${name.value.trim()}.`);
      onDone();
    } catch (failure) {
      fill(problems, problemBox(failure));
    } finally {
      save.disabled = false;
    }
  };
  return h("form", { class: "stack", onsubmit: enrol },
    h("label", { class: "field" }, "Name", name), choice.element,
    h("p", { class: "small quiet-text" }, `Their clearest faces, at most ${MOST}, are enrolled: embeddings, not pictures. Do this only with the person's consent.`),
    problems, h("div", { class: "row end" }, button("Cancel", close), save));
}

async function enrolAll(faces, entries, collection, name) {
  let enrolled = 0;
  let failure = null;
  for (const face of faces) {
    const entry = entries.find((one) => one.faces.includes(face));
    try {
      const picture = { ...(await take(entry.file)), faces: entry.faces };
      await enrolAs(collection, name, await faceFile(picture, face));
      enrolled += 1;
    } catch (problem) {
      failure = problem;
    }
  }
  return { enrolled, failure };
}
