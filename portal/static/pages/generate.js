// Generation: synthetic faces from a seed, and the imbalance study.

import { send } from "../api/calls.js";
import { add } from "../pictures/album.js";
import { problemBox } from "../parts/dialog.js";
import { button, fill, h } from "../parts/dom.js";
import { imbalancePanel } from "../parts/imbalance_panel.js";
import { requestFolds } from "../parts/requests.js";
import { save } from "../tables/csv.js";
import { go } from "../go.js";

const HIGHEST_SEED = 2 ** 32;

export const title = "Generate";
const shown = { faces: [], seed: null, request: null, answer: null };  // outlives the page, as pictures do

export function mount(main) {
  const count = h("input", { type: "range", min: 1, max: 64, value: 16 });
  const many = h("output", {}, "16");
  count.addEventListener("input", () => { many.textContent = count.value; });
  const seed = h("input", { type: "number", min: 0, placeholder: "any" });
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const start = h("button", { type: "submit", class: "main" }, "Generate");
  const study = imbalancePanel();
  const generate = async (event) => {
    event.preventDefault();
    start.disabled = true;
    try {
      await make(Number(count.value), seed.value);
      fill(place, gallery());
    } catch (failure) {
      fill(place, problemBox(failure));
    } finally {
      start.disabled = false;
    }
  };
  main.append(h("div", { class: "sheet stack sheet-wide-gap" },
    h("h1", {}, "Generate faces"),
    h("p", { class: "quiet-text" }, "People who do not exist. The same seed gives the same faces; each picture is marked as synthetic in its metadata."),
    h("form", { class: "row generate-form", onsubmit: generate },
      h("label", { class: "field grow" }, h("span", { class: "row between" }, "Faces", many), count),
      h("label", { class: "field" }, "Seed", seed), start),
    place, study.element));
  if (shown.faces.length) fill(place, gallery());
  return () => study.stop();
}

async function make(count, seed) {
  const body = { count, seed: seed === "" ? Math.floor(Math.random() * HIGHEST_SEED) : Number(seed) };
  const answer = await send("POST", "/v1/generate", { json: body });
  const faces = answer.images.map(pngOf);
  for (const { url } of shown.faces) URL.revokeObjectURL(url);
  Object.assign(shown, {
    faces: faces.map((blob) => ({ blob, url: URL.createObjectURL(blob) })), seed: answer.seed,
    request: { path: "/v1/generate", body, python: ["generate"] },
    answer: { ...answer, images: answer.images.map((image) => `${image.slice(0, 24)}...`) },
  });
}

/** Base64 of a PNG -> its blob. */
function pngOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/png" });
}

function gallery() {
  const name = (index) => `synthetic-${shown.seed}-${index + 1}.png`;
  return [
    h("div", { class: "row between" },
      h("p", {}, `${shown.faces.length} ${shown.faces.length === 1 ? "face" : "faces"} from seed ${shown.seed}.`),
      button("Save all", async () => { for (const [index, { blob }] of shown.faces.entries()) save(blob, name(index)); })),
    h("div", { class: "generated" }, shown.faces.map(({ blob, url }, index) => h("button", {
      type: "button", "aria-label": `Analyse synthetic face ${index + 1} in the Studio`,
      onclick: async () => { await add([new File([blob], name(index), { type: "image/png" })]); go("/"); },
    }, h("img", { src: url, alt: "", decoding: "async" })))),
    requestFolds(shown.request, shown.answer),
  ];
}
