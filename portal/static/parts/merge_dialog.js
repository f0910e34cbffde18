// Two entries of one person made one: who the other is, which of the two stays, and what that means.

import { mergePeople, readPerson } from "../api/people.js";
import { notice, openDialog, problemBox, showing } from "./dialog.js";
import { button, fill, h } from "./dom.js";
import { avatar, shownName } from "./people_list.js";

const SHOWN = 6;

/** Asks who of `people` is the same person as `person`, then which entry stays; its id, or null when nothing was merged. */
export async function mergeDialog(collection, person, people) {
  let other = null;
  await openDialog(`Who is the same person as ${shownName(person)}?`, (close) => {
    const found = h("ul", { class: "merge-choices", "aria-live": "polite" });
    const search = h("input", { type: "search", placeholder: "Name or id", "aria-label": "Name or id", autofocus: true });
    const others = people.filter(({ id }) => id !== person.id);
    const show = () => {
      const wanted = search.value.trim().toLowerCase();
      const matching = others.filter((one) => `${shownName(one)} ${one.id}`.toLowerCase().includes(wanted));
      fill(found,
        matching.slice(0, SHOWN).map((one) => h("li", {}, h("button", { type: "button", onclick: () => { other = one.id; close(); } }, avatar(one), label(one)))),
        matching.length > SHOWN && h("li", { class: "small quiet-text" }, `${(matching.length - SHOWN).toLocaleString("en")} more: type to find them.`),
        !matching.length && h("li", { class: "quiet-text" }, others.length ? "Nobody is called that." : "There is nobody else in this collection."));
    };
    search.addEventListener("input", show);
    show();
    return [search, found];
  });
  return other && mergeQuestion(collection, person.id, other);
}

/** Asks whether two people, by id, shall become one and which entry stays; its id, or null when nothing was merged. */
export async function mergeQuestion(collection, first, second) {
  let left = null;
  await openDialog("Make one person of these two?", (close) => {
    const place = h("div", {}, h("p", { class: "quiet-text" }, "Reading both ..."));
    void showing(place, async () => {
      const pair = await Promise.all([first, second].map((id) => readPerson(collection, id)));
      return question(collection, pair, close, (id) => { left = id; close(); });
    });
    return [place];
  });
  return left;
}

function question(collection, pair, close, done) {
  const meaning = h("p", {});
  const problems = h("div");
  const merge = h("button", { type: "submit", class: "danger" }, "Merge");
  let [kept, gone] = pair;
  const show = () => {
    const faces = kept.faces + gone.faces;
    meaning.textContent = `${shownName(kept)} then has ${faces === 1 ? "the one face" : `all ${faces} faces`}, and what the other one alone says (name, metadata). The entry ${gone.id} is gone: programs will not find it any more. This cannot be undone.`;
  };
  const choice = (person) => {
    const input = h("input", { type: "radio", name: "kept", onchange: () => { kept = person; gone = pair.find((one) => one !== person); show(); } });
    input.checked = person === kept;
    return h("label", { class: "merge-kept" }, input, avatar(person), label(person));
  };
  show();
  return h("form", { class: "stack", onsubmit: async (event) => {
    event.preventDefault();
    merge.disabled = true;
    try {
      await mergePeople(collection, kept.id, gone.id);
      notice(`${shownName(gone)} is ${shownName(kept)} now.`);
      done(kept.id);
    } catch (failure) {
      fill(problems, problemBox(failure));
      merge.disabled = false;
    }
  } },
  h("fieldset", { class: "merge-pair" }, h("legend", {}, "Which name and id stay?"), pair.map(choice)),
  meaning, problems, h("div", { class: "row end" }, button("Cancel", close), merge));
}

function label(person) {
  return h("span", { class: "person-name" }, h("span", {}, shownName(person)),
    h("span", { class: "small quiet-text" }, `${person.id} · ${person.faces} ${person.faces === 1 ? "face" : "faces"}`));
}
