// One collection in numbers, another one made, this one erased.

import { statisticsOf } from "../api/people.js";
import { confirmed, openDialog, problemBox, showing } from "./dialog.js";
import { button, fill, h } from "./dom.js";

/** `acts` are make(name, keepChips) and erase(). */
export function collectionDialog(collection, acts) {
  return openDialog(collection.id, (close) => {
    const numbers = h("dl", { class: "facts" });
    void showing(numbers, async () => facts(await statisticsOf(collection.id), collection));
    return [
      numbers,
      h("h3", {}, "Another collection"), collectionForm(async (name, keepChips) => { await acts.make(name, keepChips); close(); }),
      h("div", { class: "row end" }, button("Erase this collection", async () => {
        close();
        const text = `All ${collection.subjects} people of ${collection.id} and their ${collection.faces} faces are erased. Backups hold them until those are deleted. This cannot be undone.`;
        if (await confirmed(`Erase ${collection.id}?`, text, "Erase for good")) await acts.erase();
      }, { class: "danger" })),
    ];
  });
}

function facts(numbers, { keep_chips: keepChips }) {
  return [
    ["People", numbers.subjects], ["Without a face", numbers.subjects_without_faces], ["Faces", numbers.faces],
    ["Faces enrolled with a warning", numbers.flagged_faces], ["Model", `${numbers.model.name} ${numbers.model.version}`],
    ["Faces cut out are kept", keepChips ? "yes" : "no"], ["In the database", `${((numbers.bytes + numbers.index_bytes) / 2 ** 20).toFixed(1)} MB`],
    ["Since", new Date(numbers.created_at).toLocaleDateString()],
  ].map(([words, value]) => h("div", {}, h("dt", {}, words), h("dd", {}, value)));
}

/** A form that makes a collection: its name, and whether faces are kept. */
export function collectionForm(make, value = "") {
  const name = h("input", { type: "text", value, maxlength: 100, required: true });
  const keep = h("input", { type: "checkbox" });
  const problems = h("div");
  return h("form", { class: "stack collection-form", onsubmit: async (event) => {
    event.preventDefault();
    try {
      await make(name.value, keep.checked);
    } catch (failure) {
      fill(problems, problemBox(failure));
    }
  } },
  h("label", { class: "field" }, "Name of the collection", name),
  h("label", { class: "check" }, keep, h("span", {}, "Keep each enrolled face cut out: people are shown by their faces, and the collection can move to a better model. Without it only embeddings are kept.")),
  problems, h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, "Make a collection")));
}
