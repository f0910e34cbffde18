// The table of a folder's faces: sorted by a click on a heading, filtered, as wide as its columns were chosen.

import { COLUMNS, DEFAULT_COLUMNS, sorted } from "../tables/columns.js";
import { crop } from "./crop.js";
import { button, fill, h } from "./dom.js";

const STEP = 100;  // rows that are shown at first and with each "more"
const NAME = "hexaface-columns";

/** The columns that this browser remembers; another's text, or none, are the default ones. */
function chosenColumns() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME));
    return Array.isArray(kept) ? kept : DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

export class FolderTable {
  #rows = [];
  #limit = STEP;
  #by = "picture";
  #descending = false;

  constructor(onOpen) {
    this.onOpen = onOpen;
    this.shown = [];
    this.columns = chosenColumns();
    this.filters = { text: "", expression: "", from: "", to: "", quality: "", group: null };
    this.bar = this.#filterBar();
    this.count = h("p", { class: "small quiet-text", role: "status" });
    this.body = h("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Faces" });
    this.element = h("section", { class: "stack", "aria-label": "Table" }, this.bar, this.count, this.body);
  }

  show(rows) {
    this.#rows = rows;
    this.#options();
    this.shown = sorted(rows.filter((row) => this.#passes(row)), this.#by, this.#descending);
    this.count.textContent = this.shown.length === rows.length ? `${rows.length} rows` : `${this.shown.length} of ${rows.length} rows`;
    fill(this.body, this.#table(), this.shown.length > this.#limit && button(`Show ${Math.min(STEP, this.shown.length - this.#limit)} more`, () => { this.#limit += STEP; this.show(this.#rows); }));
  }

  filterBy(some) {
    Object.assign(this.filters, some);
    this.#limit = STEP;
    this.show(this.#rows);
  }

  /** Boxes for each column. */
  chooser() {
    return h("fieldset", { class: "columns-choice" }, h("legend", {}, "Columns"), COLUMNS.map(({ id, heading }) => {
      const input = h("input", { type: "checkbox", onchange: () => {
        this.columns = COLUMNS.map((column) => column.id).filter((one) => (one === id ? input.checked : this.columns.includes(one)));
        localStorage.setItem(NAME, JSON.stringify(this.columns));
        this.show(this.#rows);
      } });
      input.checked = this.columns.includes(id);
      return h("label", { class: "check" }, input, heading);
    }));
  }

  #filterBar() {
    const on = (name) => (event) => this.filterBy({ [name]: event.currentTarget.value });
    this.expressions = h("select", { "aria-label": "Expression", onchange: on("expression") });
    return h("div", { class: "row filters" },
      h("input", { type: "search", placeholder: "Name or file", "aria-label": "Name or file", oninput: on("text") }),
      this.expressions,
      h("input", { type: "number", min: 0, max: 120, placeholder: "Age from", "aria-label": "Age from", oninput: on("from") }),
      h("input", { type: "number", min: 0, max: 120, placeholder: "to", "aria-label": "Age to", oninput: on("to") }),
      h("select", { "aria-label": "Quality", onchange: on("quality") },
        h("option", { value: "" }, "Every quality"), h("option", { value: "good" }, "Clear faces"), h("option", { value: "rough" }, "Rough or poor"), h("option", { value: "problems" }, "Problems only")));
  }

  #options() {
    const found = [...new Set(this.#rows.map(({ face }) => face?.emotion?.label).filter(Boolean))].sort();
    if (this.expressions.childElementCount === found.length + 1) return;
    fill(this.expressions, h("option", { value: "" }, "Every expression"), found.map((label) => h("option", { value: label }, label)));
    this.expressions.value = this.filters.expression;
  }

  #passes({ entry, face }) {
    const { text, expression, from, to, quality, group } = this.filters;
    const age = face?.attributes?.age.years;
    const name = face?.identity?.candidates[0]?.name ?? "";
    if (text && !`${entry.name} ${face?.identity?.decision === "match" ? name : ""}`.toLowerCase().includes(text.toLowerCase())) return false;
    if (expression && face?.emotion?.label !== expression) return false;
    if (from !== "" && !(age >= Number(from))) return false;
    if (to !== "" && !(age <= Number(to))) return false;
    if (group !== null && face?.group !== group) return false;
    const troubled = !face || entry.problem || entry.lacking;
    if (quality === "good") return Boolean(face) && !face.judged.warnings.length;
    if (quality === "rough") return Boolean(face?.judged.warnings.length);
    return quality !== "problems" || Boolean(troubled);
  }

  #table() {
    const columns = COLUMNS.filter(({ id }) => this.columns.includes(id));
    const head = columns.map(({ id, heading }) => h("th", { scope: "col", "aria-sort": this.#by === id ? (this.#descending ? "descending" : "ascending") : null },
      h("button", { type: "button", class: "sort", onclick: () => this.#sort(id) }, heading, h("span", { "aria-hidden": "true" }, this.#by === id ? (this.#descending ? " ↓" : " ↑") : ""))));
    return h("table", { class: "faces-table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Face")), head)),
      h("tbody", {}, this.shown.slice(0, this.#limit).map((row) => this.#row(row, columns))));
  }

  #row(row, columns) {
    const { entry, face } = row;
    const label = `Open ${entry.name}${face ? `, face ${face.index + 1}` : ""} in the Studio`;
    return h("tr", { class: entry.problem ? "failed" : "" },
      h("td", {}, h("button", { type: "button", class: "thumb", "aria-label": label, onclick: () => this.onOpen(row) }, face ? crop(face, 40) : h("span", { class: "no-face" }))),
      columns.map((column) => h("td", { class: column.id === "note" ? "note" : column.id === "picture" ? "file" : "" }, face?.judged.poor && ["age", "gender", "race", "expression"].includes(column.id) ? h("span", { class: "quiet-text" }, "–") : String(column.shown(row)))));
  }

  #sort(id) {
    this.#descending = this.#by === id ? !this.#descending : false;
    this.#by = id;
    this.show(this.#rows);
  }
}
