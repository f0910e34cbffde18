// Ways to bring a picture: choose, shoot, take a sample; dropping and pasting work on every page.

import { filesOf } from "../pictures/intake.js";
import { fetchSample, samples } from "../pictures/samples.js";
import { shoot } from "./camera.js";
import { problemBox } from "./dialog.js";
import { button, h, icon } from "./dom.js";

const KINDS = "image/*,.heic,.heif,.avif,.tif,.tiff";
let receiver = null;

/** From now on files dropped on or pasted into the page go to `take(files)`; the answer ends that. */
export function onFiles(take) {
  receiver = take;
  return () => { if (receiver === take) receiver = null; };
}

/** Listens once for the whole portal. */
export function listenForFiles() {
  const root = document.documentElement;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    root.classList.toggle("dropping", receiver !== null);
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) root.classList.remove("dropping"); });
  addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!carries(event)) return;
    event.preventDefault();
    receiver?.(filesOf(event.dataTransfer), event.dataTransfer);
  });
  addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (files.length) receiver?.(files);
  });
}

/** Opens the browser's own dialog. */
export function chooseFiles({ multiple = true, folder = false } = {}) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept: KINDS, multiple, webkitdirectory: folder, hidden: true });
    input.addEventListener("change", () => { resolve([...input.files]); input.remove(); });
    input.addEventListener("cancel", () => { resolve([]); input.remove(); });
    document.body.append(input);
    input.click();
  });
}

/** The buttons that bring a picture to `take(files)`. */
export function bringButtons(take, { multiple = true } = {}) {
  return h("div", { class: "row bring" },
    button(multiple ? "Choose pictures" : "Choose a picture", async () => take(await chooseFiles({ multiple })), { class: "main" }),
    h("button", { type: "button", onclick: async () => { const file = await shoot(); if (file) take([file]); } }, icon("camera"), "Take one"));
}

/** Tiles of the sample pictures; a click takes one. */
export function sampleTiles(take) {
  const said = h("div");
  const tiles = samples().map((sample) => h("button", {
    type: "button", class: "sample", "aria-label": `Sample: ${sample.title}`,
    onclick: async () => {
      try {
        take([await fetchSample(sample)]);
      } catch (failure) {
        said.replaceChildren(problemBox(failure));
      }
    },
  }, h("img", { src: sample.url, alt: "", loading: "lazy", decoding: "async" }), h("span", {}, sample.title)));
  return h("div", { class: "samples" }, tiles, said);
}

export const canPaste = () => matchMedia("(hover: hover) and (pointer: fine)").matches;
