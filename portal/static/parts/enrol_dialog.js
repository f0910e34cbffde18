// Enrolling a face under a name.

import { enrolAs, peoplePage } from "../api/people.js";
import { change, settings } from "../api/settings.js";
import { identityOf, nameOf } from "../faces/describe.js";
import { faceFile } from "../pictures/crops.js";
import { collectionChoice } from "./collection_choice.js";
import { crop } from "./crop.js";
import { notice, openDialog, problemBox, showing } from "./dialog.js";
import { button, fill, h } from "./dom.js";

/** Asks under which name, enrols, and says so; `onDone(person)` follows a success. */
export function enrolDialog(picture, face, onDone = () => {}) {
  return openDialog("Enrol this face", (close) => {
    const place = h("div", {}, h("p", { class: "quiet-text" }, "Loading collections ..."));
    void showing(place, async () => form(picture, face, close, onDone));
    return [place];
  });
}

async function form(picture, face, close, onDone) {
  const known = h("datalist", { id: "known-people" });
  const offer = async (collection) => {
    const { subjects } = collection ? await peoplePage(collection) : { subjects: [] };
    fill(known, subjects.map(({ id, name }) => h("option", { value: name ?? id })));
  };
  const stored = h("p", { class: "small quiet-text grow" });
  const tell = (id) => { stored.textContent = consent(choice.found.find((one) => one.id === id)?.keep_chips); };
  const choice = await collectionChoice({ value: settings().collection, onchange: (id) => { tell(id); void offer(id); } });
  tell(choice.element.querySelector("select")?.value);
  const name = h("input", {
    type: "text", required: true, maxlength: 200, list: "known-people", autocomplete: "off", autofocus: true,
    value: identityOf(face).sure ? nameOf(face.identity.candidates[0]) : "",
  });
  if (choice.found.length) void offer(settings().collection || choice.found[0].id).catch(() => null);
  const problems = h("div");
  const save = h("button", { type: "submit", class: "main" }, "Enrol");
  const enrol = async (options) => {
    save.disabled = true;
    fill(problems);
    try {
      const collection = await choice.chosen();
      const { person, enrolled } = await enrolAs(collection, name.value.trim(), await faceFile(picture, face), options);
      close();
      const lacking = enrolled.warnings.length ? `, although it is ${enrolled.warnings.map((one) => one.replace("-", " ")).join(", ")}` : "";
      notice(`Enrolled under ${person.name ?? person.id} in ${collection}${lacking}.`);
      change({ collection });
      onDone(person);
    } catch (failure) {
      fill(problems, problemBox(failure),
        failure.type === "low-quality" && button("Enrol it all the same", () => enrol({ on_low_quality: "flag" })));
    } finally {
      save.disabled = false;
    }
  };
  return h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); void enrol({}); } },
    h("div", { class: "row" }, crop(face, 72), stored),
    h("label", { class: "field" }, "Name", name), known, choice.element, problems,
    h("div", { class: "row end" }, button("Cancel", close), save));
}

const consent = (keepsFaces) => `Stored: the face's embedding, its place and quality, and this name${keepsFaces ? "; this collection also keeps the face cut out" : ", not the picture"}. Do this only with the person's consent.`;
