// Which collection: a select of those there are, and a way to make one.

import { collections, createCollection, idOf } from "../api/people.js";
import { h } from "./dom.js";

const NEW = "\u0000new";

/**
 * {element, chosen()}: `chosen()` gives a collection's id, making a new one when that was asked for. `none` is what
 * the choice of no collection is called; without it one has to be chosen. Raises Problem.
 */
export async function collectionChoice({ label = "Collection", value = "", none = null, create = true, onchange = null } = {}) {
  const found = await collections();
  const select = h("select", {},
    none !== null && h("option", { value: "" }, none),
    found.map(({ id, subjects }) => h("option", { value: id }, `${id} (${subjects} ${subjects === 1 ? "person" : "people"})`)),
    create && h("option", { value: NEW }, "New collection ..."));
  select.value = found.some(({ id }) => id === value) ? value : none !== null ? "" : (found[0]?.id ?? NEW);
  const name = h("input", { type: "text", value: found.length ? "" : "people", maxlength: 100 });
  const naming = h("label", { class: "field" }, "Name of the new collection", name);
  const settle = () => { naming.hidden = select.value !== NEW; };
  select.addEventListener("change", () => { settle(); onchange?.(select.value === NEW ? "" : select.value); });
  settle();
  return {
    element: h("div", { class: "stack" }, h("label", { class: "field" }, label, select), naming),
    found,
    async chosen() {
      if (select.value !== NEW) return select.value;
      const made = await createCollection(idOf(name.value));
      return made.id;
    },
  };
}
