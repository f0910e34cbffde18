// What needs a look in a collection: two people who may be one, a face that does not fit the person it is filed under.

import { check } from "../api/resemblance.js";
import { nameOf, percent } from "../faces/describe.js";
import { openDialog, problemBox } from "./dialog.js";
import { button, fill, h } from "./dom.js";
import { mergeQuestion } from "./merge_dialog.js";

/** Checks a collection of `total` people; `nameFor(id)` says a person's name, `onPerson(id)` follows a click on one, `onMerged()` a merge. */
export function conflictsDialog(collection, total, nameFor, onPerson, onMerged) {
  let open = true;
  const closed = openDialog("What needs a look", (close) => {
    const said = h("p", { class: "quiet-text", role: "status" }, "Comparing everybody with everybody ...");
    const found = h("ul", { class: "looks" });
    const problems = h("div");
    const link = (id, name) => h("button", { type: "button", class: "link", onclick: () => { close(); onPerson(id); } }, name);
    const merge = async (event, ids) => {
      const row = event.currentTarget.closest("li");
      if (!(await mergeQuestion(collection, ...ids))) return;
      row.remove();
      onMerged();
    };
    let looked = 0;
    check(collection, (subjects, checked) => {
      looked += checked;
      found.append(...subjects.flatMap((subject) => doubts(subject, nameFor, link, merge)));
      said.textContent = `${looked.toLocaleString("en")} of ${total.toLocaleString("en")} people compared, ${found.childElementCount || "nothing"} to look at.`;
      return open;
    }).catch((failure) => fill(problems, problemBox(failure)));
    return [said, problems, found, h("p", { class: "small quiet-text" }, "Hints, no proof: siblings and small faces come up too.")];
  }, { wide: true });
  return closed.then(() => { open = false; });
}

function doubts({ subject, alike, odd_faces: odd }, nameFor, link, merge) {
  return [
    ...alike.map((other) => h("li", {}, link(subject, nameFor(subject)), " and ", link(other.subject, nameOf(other)), " may be one person: ", h("span", { class: "quiet-text" }, `${percent(other.similarity)} alike `), button("Merge", (event) => void merge(event, [subject, other.subject]), { class: "small-button" }))),
    ...odd.map(({ similarity }) => h("li", {}, link(subject, nameFor(subject)), " has a face unlike the others: ", h("span", { class: "quiet-text" }, `${percent(Math.max(0, similarity))} alike at most`))),
  ];
}
