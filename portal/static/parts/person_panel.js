// One person of a collection: their faces, who resembles them, renaming, export, erasure.

import { changePerson, eraseFace, erasePerson, exportPerson, facesOf, readPerson } from "../api/people.js";
import { chipsOf } from "../api/chips.js";
import { closest } from "../api/resemblance.js";
import { percent } from "../faces/describe.js";
import { crop } from "./crop.js";
import { confirmed, notice, openDialog, problemBox, showing } from "./dialog.js";
import { button, fill, h, iconButton } from "./dom.js";
import { mergeDialog, mergeQuestion } from "./merge_dialog.js";
import { gauge } from "./meters.js";
import { avatar, shownName } from "./people_list.js";
import { requestFolds } from "./requests.js";
import { path } from "../api/calls.js";

/** Fills `place` with a person; `acts` are close, changed (after any change), gone, add (a face), open, people (all of them); `chips` whether faces are kept. */
export async function showPerson(place, collection, id, acts) {
  try {
    const [person, faces] = await Promise.all([readPerson(collection, id), facesOf(collection, id)]);
    fill(place, panel(place, collection, person, faces, acts));
  } catch (failure) {
    fill(place, h("div", { class: "row end" }, iconButton("close", "Close", acts.close)), problemBox(failure, () => showPerson(place, collection, id, acts)));
  }
}

function panel(place, collection, person, faces, acts) {
  const again = (id = person.id) => { acts.changed(); return acts.open(id); };
  const merged = (id) => id && again(id);
  const closestOthers = h("div", {}, h("p", { class: "quiet-text small" }, "Looking ..."));
  if (person.faces) void showing(closestOthers, () => others(collection, person, acts, merged));
  else fill(closestOthers, h("p", { class: "small quiet-text" }, "Without a face there is nothing to compare."));
  const tiles = h("ul", { class: "face-tiles" }, faces.map((face) => tile(collection, person, face, again)));
  if (acts.chips) void showChips(place, tiles, collection, person);
  return [
    h("header", { class: "face-head" }, h("div", { class: "portrait" }, avatar(person, 72)),
      h("div", { class: "grow" }, h("h2", {}, shownName(person)),
        h("p", { class: "small quiet-text" }, `${person.id} · ${count(faces.length)} · since ${day(person.created_at)}`)),
      iconButton("close", "Close", acts.close)),
    h("div", { class: "row person-acts" },
      button("Add a face", acts.add, { class: "main" }), button("Rename", () => rename(collection, person, again)),
      button("Merge", async () => merged(await mergeDialog(collection, person, acts.people()))),
      button("Export", () => save(collection, person)), button("Erase", () => erase(collection, person, acts.gone))),
    h("section", { class: "fact" }, h("h3", {}, "Faces"),
      faces.length ? tiles : h("p", {}, "No face is enrolled yet: nobody can be recognised as this person."),
      h("p", { class: "small quiet-text" }, acts.chips ? "This collection keeps each face cut out, not the pictures." : "Pictures are not kept in this collection; each tile is a stored face and its quality.")),
    h("section", { class: "fact" }, h("h3", {}, "Closest others"), closestOthers),
    Object.keys(person.metadata).length > 0 && h("section", { class: "fact" }, h("h3", {}, "Metadata"),
      h("dl", { class: "facts" }, Object.entries(person.metadata).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, typeof value === "string" ? value : JSON.stringify(value)))))),
    requestFolds({ method: "GET", path: path`/v1/collections/${collection}/subjects/${person.id}` }, person),
  ];
}

async function others(collection, person, acts, merged) {
  const found = await closest(collection, person.id);
  if (!found) return h("p", { class: "small quiet-text" }, "This server searches by picture only.");
  if (!found.others.length) return h("p", { class: "small quiet-text" }, "There is nobody to compare with.");
  return [
    h("dl", { class: "bars" }, found.others.map((other) => h("div", { class: "bar" },
      h("dt", {}, h("button", { type: "button", class: "link", onclick: () => acts.open(other.subject) }, other.name || other.subject)),
      h("dd", {}, gauge(other.similarity), h("span", { class: "number" }, percent(Math.max(0, other.similarity))))))),
    found.others[0].similarity >= found.threshold
      ? h("div", { class: "row between" }, h("p", { class: "small grow" }, "Alike enough to be taken for one another: are they one person?"),
        button("Merge them", async () => merged(await mergeQuestion(collection, person.id, found.others[0].subject)), { class: "small-button" }))
      : h("p", { class: "small quiet-text" }, `Nobody here is close enough to be taken for this person (${percent(found.threshold)}).`),
  ];
}

/** The kept crops beside their tiles, both oldest first. */
async function showChips(place, tiles, collection, person) {
  const chips = await chipsOf(collection, person).catch(() => []);
  chips.forEach((chip, index) => tiles.children[index]?.prepend(crop({ crop: chip }, 64)));
  if (chips.length) place.querySelector(".portrait")?.replaceChildren(crop({ crop: chips[0] }, 72));
}

function tile(collection, person, face, again) {
  const { face_size: size, sharpness } = face.quality ?? { face_size: 0, sharpness: 0 };
  const said = face.warnings.length ? face.warnings.map((one) => one.replace("-", " ")).join(", ") : "good";
  return h("li", { class: "face-tile" },
    h("span", {}, said), h("span", { class: "small quiet-text" }, `${Math.round(size)} px, sharpness ${Math.round(sharpness)}`),
    h("span", { class: "small quiet-text" }, day(face.created_at)),
    iconButton("trash", `Erase the face of ${day(face.created_at)}`, async () => {
      if (!(await confirmed("Erase this face?", `${shownName(person)} will not be recognised by it any more. This cannot be undone.`, "Erase the face"))) return;
      await attempt(() => eraseFace(collection, person.id, face.face_id), again);
    }));
}

function rename(collection, person, again) {
  return openDialog("Rename", (close) => {
    const name = h("input", { type: "text", value: person.name ?? "", maxlength: 200, autofocus: true });
    const id = h("input", { type: "text", value: person.id, maxlength: 128, required: true });
    const problems = h("div");
    return [h("form", { class: "stack", onsubmit: async (event) => {
      event.preventDefault();
      try {
        const wanted = id.value.trim();
        await changePerson(collection, person.id, { name: name.value.trim(), ...(wanted === person.id ? {} : { id: wanted }) });
        close();
        await again(wanted);
      } catch (failure) {
        fill(problems, problemBox(failure));
      }
    } },
    h("label", { class: "field" }, "Name", name), h("label", { class: "field" }, "Id, as programs call them", id), problems,
    h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "main" }, "Rename")))];
  });
}

async function save(collection, person) {
  await attempt(async () => {
    const content = JSON.stringify(await exportPerson(collection, person.id), null, 2);
    const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    h("a", { href: url, download: `${person.id}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    notice("Saved: everything that is stored of this person, the embeddings included. Keep the file as safe as the collection.");
  });
}

async function erase(collection, person, gone) {
  const text = `${shownName(person)}, ${count(person.faces)} and everything else stored of them are erased from the database and the cache, and they will not be recognised any more. Backups hold them until those are deleted. This cannot be undone.`;
  if (!(await confirmed(`Erase ${shownName(person)}?`, text, "Erase for good"))) return;
  await attempt(() => erasePerson(collection, person.id), () => { notice(`${shownName(person)} is erased.`); gone(); });
}

async function attempt(work, then = () => null) {
  try {
    await work();
    await then();
  } catch (failure) {
    await openDialog("That did not work", () => [problemBox(failure)]);
  }
}

const count = (number) => `${number} ${number === 1 ? "face" : "faces"}`;
const day = (time) => new Date(time).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
