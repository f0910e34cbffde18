// Enrolling a folder of pictures: who is who stands in the folders' or the files' names; each picture has its result.

import { enrolAs } from "../api/people.js";
import { take } from "../pictures/intake.js";
import { Queue } from "../pictures/queue.js";
import { chooseFiles } from "./choosing.js";
import { openDialog } from "./dialog.js";
import { button, fill, h } from "./dom.js";

const AT_ONCE = 4;

export function importDialog(collection, onDone) {
  return openDialog(`Import into ${collection}`, () => {
    const place = h("div", { class: "stack" });
    const names = h("select", {}, h("option", { value: "folder" }, "The folder's name: anna/1.jpg is anna"), h("option", { value: "file" }, "The file's name: anna.jpg is anna"));
    const flag = h("input", { type: "checkbox" });
    const choose = async () => {
      const files = await chooseFiles({ folder: true });
      if (files.length) run(place, collection, files, { byFolder: names.value === "folder", flag: flag.checked }, onDone);
    };
    fill(place,
      h("p", {}, "Each picture should show one person; of several faces the largest is enrolled. The pictures are not kept."),
      h("label", { class: "field" }, "Who is on a picture", names),
      h("label", { class: "check" }, flag, h("span", {}, "Enrol small or blurred faces too, with a warning")),
      h("div", { class: "row end" }, button("Choose a folder", choose, { class: "main", autofocus: true })));
    return [place];
  }, { wide: true });
}

function run(place, collection, files, { byFolder, flag }, onDone) {
  const bar = h("progress", { max: files.length, value: 0 });
  const said = h("p", { role: "status" });
  const rows = h("ul", { class: "import-results" });
  const lines = new Map();
  let enrolled = 0;
  let done = 0;
  const queue = new Queue(files, AT_ONCE, async (file) => {
    const row = h("li", {}, h("span", { class: "grow" }, file.webkitRelativePath || file.name));
    try {
      const { blob } = await take(file);
      const name = whoOf(file, byFolder);
      const enrolling = () => enrolAs(collection, name, blob, flag ? { on_low_quality: "flag" } : {});
      // One person's pictures one after another: whoever is made for a picture that is refused is erased again.
      const mine = (lines.get(name) ?? Promise.resolve()).then(enrolling, enrolling);
      lines.set(name, mine);
      const { person } = await mine;
      enrolled += 1;
      row.append(h("span", { class: "good-text" }, `enrolled as ${person.name ?? person.id}`));
    } catch (failure) {
      row.append(h("span", { class: "bad-text" }, failure.words ? `${failure.words.title}. ${failure.words.advice}` : failure.message));
    }
    done += 1;
    bar.value = done;
    said.textContent = `${done} of ${files.length} pictures, ${enrolled} enrolled, ${done - enrolled} not.`;
    rows.prepend(row);
  });
  const pause = button("Pause", () => { pause.textContent = queue.toggle() ? "Go on" : "Pause"; });
  fill(place, bar, said, h("div", { class: "row" }, pause), rows);
  queue.finished.then(() => { pause.hidden = true; onDone(); });
}

function whoOf(file, byFolder) {
  const parts = (file.webkitRelativePath || file.name).split("/");
  const name = byFolder && parts.length > 2 ? parts.at(-2) : byFolder && parts.length === 2 ? parts[0] : parts.at(-1).replace(/\.[^.]+$/, "").replace(/[ _-]*\(?\d+\)?$/, "");
  return (name || "person").replaceAll("_", " ");
}
