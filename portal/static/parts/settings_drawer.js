// Thresholds, mode, privacy: one drawer, the same on every page.

import { collections } from "../api/people.js";
import { change, restoreDefaults, settings } from "../api/settings.js";
import { oneIn } from "../faces/describe.js";
import { openDialog } from "./dialog.js";
import { button, fill, h } from "./dom.js";

const RATES = [0.01, 0.001, 0.0001];

export function settingsDrawer() {
  return openDialog("Settings", () => {
    const place = h("div", { class: "stack" });
    const show = () => fill(place, controls(show));
    show();
    return [place];
  });
}

function controls(show) {
  const now = settings();
  return [
    h("h3", {}, "Finding faces"),
    choice("Mode", "mode", now.mode, [["", "Balanced"], ["fast", "Fast: large faces"], ["thorough", "Thorough: small faces too"]]),
    slider("Lowest detection score", "min_score", now.min_score === "" ? 0.5 : now.min_score, { min: 0.05, max: 0.95, step: 0.05, unset: now.min_score === "" }),
    slider("Smallest face, pixels", "min_size", now.min_size, { min: 0, max: 200, step: 5 }),
    h("h3", {}, "Deciding who it is"),
    namesChoice(now.collection),
    choice("Comparing two: different people taken for the same", "false_match_rate", now.false_match_rate, RATES.map((rate) => [rate, oneIn(rate)])),
    choice("Searching: strangers taken for somebody", "false_positive_rate", now.false_positive_rate, RATES.map((rate) => [rate, oneIn(rate)])),
    h("h3", {}, "Privacy"),
    h("label", { class: "check" }, tick("no_store", now.no_store), h("span", {}, "Ask the server to keep nothing of my pictures")),
    h("p", { class: "small quiet-text" }, now.no_store
      ? "The server forgets each picture and everything found on it once it has answered. Who you enrol stays enrolled."
      : "The server forgets each picture once it has answered, but keeps the embeddings of searched and enrolled pictures in its memory for up to 24 hours, to answer the same picture faster."),
    h("div", { class: "row between" },
      button("Dark or light", toggleTheme), button("Restore the defaults", () => { restoreDefaults(); show(); })),
  ];
}

/** Whose names stand at faces, on every page; the collections come when they come. */
export function namesChoice(value) {
  const select = h("select", { onchange: () => change({ collection: select.value }) }, h("option", { value: "" }, "No names"), value && h("option", { value }, value));
  select.value = value;
  collections().then((found) => {
    select.append(...found.filter(({ id }) => id !== value).map(({ id }) => h("option", { value: id }, id)));
  }, () => null);  // without a database there are no names to choose
  return h("label", { class: "field" }, "Names from the collection", select);
}

function choice(label, name, value, options) {
  const select = h("select", { onchange: () => change({ [name]: typeof value === "number" ? Number(select.value) : select.value }) },
    options.map(([option, words]) => h("option", { value: option }, words)));
  select.value = String(value);
  return h("label", { class: "field" }, label, select);
}

function slider(label, name, value, { unset = false, ...range }) {
  const shown = h("output", {}, unset ? "automatic" : String(value));
  const input = h("input", {
    type: "range", ...range, value,
    oninput: () => { shown.textContent = input.value; },
    onchange: () => change({ [name]: Number(input.value) }),
  });
  return h("label", { class: "field" }, h("span", { class: "row between" }, label, shown), input);
}

function tick(name, value) {
  const input = h("input", { type: "checkbox", onchange: () => change({ [name]: input.checked }) });
  input.checked = value;
  return input;
}

/** Dark or light, whatever the system says; kept in this browser. */
export function toggleTheme() {
  const dark = document.documentElement.dataset.theme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("hexaface-theme", document.documentElement.dataset.theme);
}
