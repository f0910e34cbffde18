// A folder: many pictures in a table that sorts and filters, the same unknown people grouped, saved as CSV or Parquet.

import { collections } from "../api/people.js";
import { change, settings } from "../api/settings.js";
import { add } from "../pictures/album.js";
import { canPaste, chooseFiles, onFiles } from "../parts/choosing.js";
import { crop } from "../parts/crop.js";
import { notice, openDialog } from "../parts/dialog.js";
import { button, fill, h, iconButton } from "../parts/dom.js";
import { FolderTable } from "../parts/folder_table.js";
import { nameGroupDialog } from "../parts/name_group_dialog.js";
import { addFiles, batch, clear, regroup, retry, rowsOf, togglePause } from "../tables/batch.js";
import { asColumns } from "../tables/columns.js";
import { csv, save } from "../tables/csv.js";
import { parquet } from "../tables/parquet.js";
import { fetchSample, samples } from "../pictures/samples.js";
import { go } from "../go.js";

const REDRAW_MS = 250;  // while results come in: a table that is redrawn for each would not be readable

export const title = "Folder";

export function mount(main) {
  const page = new Folder(main);
  return () => page.stop();
}

class Folder {
  #timer = null;

  constructor(main) {
    main.classList.add("folder");
    this.main = main;
    this.table = new FolderTable((row) => this.#open(row));
    this.head = h("section", { class: "folder-head stack", "aria-label": "Pictures" });
    this.groups = h("section", { class: "stack", "aria-label": "The same person" });
    this.content = h("div", { class: "sheet wide stack" });
    main.append(this.content);
    batch.watcher = () => { this.#timer ??= setTimeout(() => { this.#timer = null; this.#show(); }, REDRAW_MS); };
    this.stopFiles = onFiles((files, transfer) => void this.#receive(files, transfer));
    this.#show();
  }

  stop() {
    clearTimeout(this.#timer);
    batch.watcher = () => null;
    this.stopFiles();
    this.main.classList.remove("folder");
  }

  async #receive(files, transfer) {
    const found = transfer ? await filesWithin(transfer, files) : files;
    if (!found.length) return;
    const left = addFiles(found);
    if (left) notice(`${left} ${left === 1 ? "file is no picture and is" : "files are no pictures and are"} left out.`);
    this.#show();
  }

  #show() {
    if (!batch.entries.length) {
      fill(this.content, this.#empty());
      return;
    }
    if (!this.head.isConnected) fill(this.content, this.head, this.groups, this.table.element);
    this.#showHead();
    this.#showGroups();
    this.table.show(rowsOf());
  }

  #empty() {
    return h("div", { class: "folder-welcome" },
      h("h1", {}, "A folder of pictures as one table"),
      h("p", { class: "lead" }, `${canPaste() ? "Drop a folder anywhere, or choose it" : "Choose pictures"}: sort and filter the faces, find the same person on several pictures, save the table.`),
      h("div", { class: "row bring" },
        button("Choose a folder", async () => this.#receive(await chooseFiles({ folder: true })), { class: "main" }),
        button("Choose pictures", async () => this.#receive(await chooseFiles())),
        button("Use the samples", async () => this.#receive(await Promise.all(samples().map(fetchSample))))),
      h("p", { class: "quiet-text small" }, privacy()));
  }

  #showHead() {
    const { entries, running, paused } = batch;
    const done = entries.filter(({ state }) => state === "done" || state === "failed").length;
    const failed = entries.filter(({ state }) => state === "failed").length;
    const faces = entries.reduce((sum, entry) => sum + entry.faces.length, 0);
    const state = done === entries.length ? `Done: ${done} ${done === 1 ? "picture" : "pictures"}` : `${done} of ${entries.length} pictures`;
    fill(this.head,
      h("div", { class: "row between" },
        h("h1", { class: "folder-title" }, "Folder"),
        h("div", { class: "row" },
          running && done < entries.length && button(paused ? "Go on" : "Pause", togglePause),
          failed > 0 && !running && button(`Try ${failed} again`, retry),
          button("Add pictures", async () => this.#receive(await chooseFiles())),
          button("Save as CSV", () => save(csv(asColumns(this.table.shown)), "faces.csv"), { disabled: faces === 0 }),
          button("Parquet", () => save(parquet(asColumns(this.table.shown)), "faces.parquet"), { disabled: faces === 0, "aria-label": "Save as Parquet" }),
          iconButton("settings", "Columns and names", () => this.#columns()),
          iconButton("trash", "Forget these pictures", () => { clear(); this.#show(); }))),
      done < entries.length && h("progress", { max: entries.length, value: done, "aria-label": "Pictures done" }),
      h("p", { class: "small quiet-text", role: "status" }, `${state}, ${faces} faces${failed ? `, ${failed} failed` : ""}${paused ? ", paused" : ""}. ${privacy()}`));
  }

  #showGroups() {
    const { groups } = batch;
    fill(this.groups, groups.length > 0 && [
      h("h2", {}, groups.length === 1 ? "One person seems to be on several pictures" : `${groups.length} people seem to be on several pictures`),
      h("p", { class: "small quiet-text" }, "Grouped in this page by how alike their faces are; small and blurred faces are left out."),
      h("div", { class: "group-tiles" }, groups.slice(0, 60).map((group, index) => this.#group(group, index + 1))),
    ]);
  }

  #group(group, number) {
    const known = group.map((face) => face.identity).find((identity) => identity?.decision === "match")?.candidates[0];
    const words = known ? known.name || known.subject : `Group ${number}`;
    const chosen = this.table.filters.group === number;
    return h("div", { class: "group-tile" },
      h("button", {
        type: "button", "aria-pressed": String(chosen), class: "group-button", "aria-label": `${words}, ${group.length} faces: show them only`,
        onclick: () => { this.table.filterBy({ group: chosen ? null : number }); this.#show(); },
      }, crop(group[0], 64), h("span", {}, words), h("span", { class: "small quiet-text" }, `${group.length} faces`)),
      !known && h("button", { type: "button", class: "small-button", onclick: () => nameGroupDialog(group, batch.entries, regroup) }, "Give a name"));
  }

  async #columns() {
    const found = await collections().catch(() => []);
    await openDialog("Columns and names", () => {
      const names = h("select", { onchange: () => { change({ collection: names.value }); notice("Pictures from now on are named from it; add them again for names."); } },
        h("option", { value: "" }, "No names"), found.map(({ id }) => h("option", { value: id }, id)));
      names.value = settings().collection;
      return [h("label", { class: "field" }, "Names from", names), this.table.chooser()];
    });
  }

  /** Shows a row's picture in the Studio, with the face chosen. */
  async #open({ entry, face }) {
    const [taken] = await add([entry.file], { name: entry.name });
    if (!taken) return;
    taken.wanted = face ? face.index : null;
    go("/");
  }
}

function privacy() {
  return settings().no_store
    ? "Pictures go to the server four at a time, and it keeps nothing of them; the table is in this tab only."
    : "Pictures go to the server four at a time; what it finds may stay in its memory for up to 24 hours (settings). The table is in this tab only.";
}

/** The files of a drop, those in dropped folders included. */
async function filesWithin(transfer, files) {
  const roots = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!roots.some((root) => root.isDirectory)) return files;
  const found = await Promise.all(roots.map(walk));
  return found.flat();
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    all.push(...some);
  }
  return (await Promise.all(all.map(walk))).flat();
}
