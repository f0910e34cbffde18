// What needs a look in a collection: two people who may be one, a face that does not fit the person it is filed under.

import { check } from "../api/resemblance.js";
import { nameOf, percent } from "../faces/describe.js";
import { openDialog, problemBox } from "./dialog.js";
import { fill, h } from "./dom.js";

/** Checks a collection of `total` people; `nameFor(id)` says a person's name, `onPerson(id)` follows a click on one. */
export function conflictsDialog(collection, total, nameFor, onPerson) {
  let open = true;
  const closed = openDialog("What needs a look", (close) => {
    const said = h("p", { class: "quiet-text", role: "status" }, "Comparing everybody with everybody ...");
    const found = h("ul", { class: "looks" });
    const problems = h("div");
    const link = (id, name) => h("button", { type: "button", class: "link", onclick: () => { close(); onPerson(id); } }, name);
    let looked = 0;
    check(collection, (subjects, checked) => {
      looked += checked;
      found.append(...subjects.flatMap((subject) => doubts(subject, nameFor, link)));
      said.textContent = `${looked.toLocaleString("en")} of ${total.toLocaleString("en")} people compared, ${found.childElementCount || "nothing"} to look at.`;
      return open;
    }).catch((failure) => fill(problems, problemBox(failure)));
    return [said, problems, found, h("p", { class: "small quiet-text" }, "Hints, no proof: siblings and small faces come up too.")];
  }, { wide: true });
  return closed.then(() => { open = false; });
}

function doubts({ subject, alike, odd_faces: odd }, nameFor, link) {
  return [
    ...alike.map((other) => h("li", {}, link(subject, nameFor(subject)), " and ", link(other.subject, nameOf(other)), " may be one person: ", h("span", { class: "quiet-text" }, `${percent(other.similarity)} alike`))),
    ...odd.map(({ similarity }) => h("li", {}, link(subject, nameFor(subject)), " has a face unlike the others: ", h("span", { class: "quiet-text" }, `${percent(Math.max(0, similarity))} alike at most`))),
  ];
}
