// What needs a look in a collection: two people who may be one, one who may be two.

import { conflicts, gallery, MOST_PEOPLE } from "../api/resemblance.js";
import { loaded } from "../api/offers.js";
import { settings } from "../api/settings.js";
import { oneIn, percent } from "../faces/describe.js";
import { Calibration } from "../faces/recognition.js";
import { openDialog, showing } from "./dialog.js";
import { h } from "./dom.js";
import { shownName } from "./people_list.js";

/** Checks `people` of a collection; `onPerson(id)` follows a click on a name. */
export function conflictsDialog(collection, people, onPerson) {
  return openDialog("What needs a look", (close) => {
    const place = h("div", { class: "stack" }, h("p", { class: "quiet-text" }, "Comparing everybody with everybody ..."));
    const open = (id) => { close(); onPerson(id); };
    void showing(place, async () => found(collection, people, open));
    return [place];
  }, { wide: true });
}

async function found(collection, people, open) {
  if (people.length > MOST_PEOPLE) {
    return h("p", {}, `This page compares up to ${MOST_PEOPLE} people; ${people.length.toLocaleString("en")} are here.`);
  }
  const [entries, calibration] = await Promise.all([gallery(collection, people), loaded().then(Calibration.of)]);
  if (!calibration) return h("p", {}, "The model carries no calibration: nothing can be said at a stated rate.");
  const rate = settings().false_match_rate;
  const { pairs, split } = conflicts(entries, calibration.threshold(rate));
  const name = (person) => h("button", { type: "button", class: "link", onclick: () => open(person.id) }, shownName(person));
  return [
    h("p", { class: "small quiet-text" }, `Everybody against everybody, at ${oneIn(rate)} different people taken for the same. A hint, no proof: siblings and small faces come up too.`),
    h("h3", {}, "Two who may be one person"),
    pairs.length ? h("ul", { class: "looks" }, pairs.slice(0, 200).map(({ a, b, similarity }) => h("li", {}, name(a), " and ", name(b), h("span", { class: "quiet-text" }, ` ${percent(similarity)} alike`))))
      : h("p", {}, "Nobody."),
    h("h3", {}, "One with a face unlike their others"),
    split.length ? h("ul", { class: "looks" }, split.map((person) => h("li", {}, name(person)))) : h("p", {}, "Nobody."),
  ];
}
