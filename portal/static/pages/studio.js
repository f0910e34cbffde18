// The Studio: a picture is analysed as it arrives, every face can be looked at and acted upon.

import { change, onSettings, settings } from "../api/settings.js";
import { collections } from "../api/people.js";
import { loaded } from "../api/offers.js";
import { analysisOptions, identify } from "../faces/analysis.js";
import { add, again, album, changed, onAlbum, remove, select } from "../pictures/album.js";
import { faceFile } from "../pictures/crops.js";
import { bringButtons, canPaste, chooseFiles, onFiles, sampleTiles } from "../parts/choosing.js";
import { compareDialog } from "../parts/compare_dialog.js";
import { notice, problemBox } from "../parts/dialog.js";
import { button, fill, h, icon, iconButton } from "../parts/dom.js";
import { enrolDialog } from "../parts/enrol_dialog.js";
import { facePanel } from "../parts/face_panel.js";
import { picturePanel } from "../parts/picture_panel.js";
import { settingsDrawer } from "../parts/settings_drawer.js";
import { Stage } from "../parts/stage.js";
import { Strip } from "../parts/strip.js";

const LAYERS = [["boxes", "Boxes"], ["labels", "Labels"], ["landmarks", "Landmarks"], ["mesh", "Mesh"], ["gaze", "Gaze"]];
const MODES = { "": "Balanced", fast: "Fast", thorough: "Thorough" };

export const title = "Studio";

/** Builds the page in `main`; the answer takes it down. */
export function mount(main) {
  const page = new Studio(main);
  return () => page.stop();
}

class Studio {
  #comparing = null;  // {picture, face}: the first of two faces

  constructor(main) {
    this.main = main;
    this.stage = new Stage({ onChoose: (face) => this.#choose(face), onOpen: () => this.#revealPanel() });
    this.strip = new Strip({ onFace: (face) => { this.#choose(face); this.stage.focus(face); }, onAdd: () => this.#bring() });
    this.said = h("p", { class: "stage-said", role: "status" });
    this.bar = h("div", { class: "stage-bar" });
    this.layers = h("div", { class: "stage-layers", role: "group", "aria-label": "Layers" });
    this.tools = h("div", { class: "stage-tools" });
    this.over = h("div", { class: "stage-over" });
    this.panel = h("aside", { class: "panel", "aria-label": "What was found", tabindex: "-1" });
    this.theatre = h("section", { class: "theatre", "aria-label": "Picture" }, this.stage.element, this.layers, this.bar, this.over, this.said, this.tools);
    main.classList.add("studio");
    this.stops = [onAlbum(() => this.#show()), onSettings(() => this.#show()), onFiles((files) => this.#take(files))];
    this.#buildLayers();
    this.#show();
  }

  stop() {
    for (const stop of this.stops) stop();
    this.stage.stop();
    this.main.classList.remove("studio", "empty");
  }

  async #bring() {
    this.#take(await chooseFiles());
  }

  async #take(files) {
    if (!files.length) return;
    const taken = await add(files);
    for (const reason of album.refused) notice(reason);
    if (!taken.length && !album.pictures.length) this.#show();
  }

  #show() {
    const picture = album.selected;
    this.main.classList.toggle("empty", !picture);
    if (!picture) {
      if (!this.main.querySelector(".welcome")) fill(this.main, welcome((files) => this.#take(files)));
      return;
    }
    if (!this.theatre.isConnected) fill(this.main, this.theatre, this.strip.element, this.panel);
    this.stage.show(picture, new Set(settings().layers));
    this.strip.update();
    this.#state(picture);
    this.#tools();
    this.#compareBar();
    this.#panel(picture);
  }

  #state(picture) {
    const { state, faces, seconds, name } = picture;
    const count = faces.length === 1 ? "1 face" : `${faces.length} faces`;
    this.said.textContent = {
      waiting: "Waiting ...", busy: `Looking for faces on ${name} ...`, failed: name,
      done: `${faces.length ? count : "No face"}${seconds ? ` in ${seconds.toFixed(1)} s` : ""} · ${name}`,
    }[state];
    this.theatre.classList.toggle("busy", state === "busy" || state === "waiting");
    fill(this.over,
      state === "failed" && problemBox(picture.problem, () => again(picture)),
      !picture.url && state === "done" && h("p", { class: "stage-note" }, "This browser cannot show this format; the faces stand where they are on the picture."),
      state === "done" && !faces.length && h("div", { class: "stage-note" }, h("p", {}, "No face was found on this picture."),
        settings().mode !== "thorough" && button("Look more thoroughly", () => change({ mode: "thorough" }))));
  }

  #buildLayers() {
    const toggles = LAYERS.map(([name, words]) => h("button", {
      type: "button", "aria-pressed": String(settings().layers.includes(name)), "data-layer": name,
      onclick: (event) => {
        const layers = new Set(settings().layers);
        if (!layers.delete(name)) layers.add(name);
        event.currentTarget.setAttribute("aria-pressed", String(layers.has(name)));
        change({ layers: [...layers] });
      },
    }, words));
    fill(this.layers, toggles);
  }

  #tools() {
    const { mode } = settings();
    if (this.tools.dataset.mode === MODES[mode]) return;
    this.tools.dataset.mode = MODES[mode];
    fill(this.tools,
      h("button", { type: "button", onclick: settingsDrawer, "aria-label": `Settings, mode ${MODES[mode]}` }, icon("settings"), MODES[mode]),
      iconButton("minus", "Zoom out", () => this.stage.zoom(1 / 1.5), { class: "square" }),
      iconButton("fit", "Fit", () => this.stage.fit(), { class: "square" }),
      iconButton("plus", "Zoom in", () => this.stage.zoom(1.5), { class: "square" }),
      iconButton("trash", "Forget this picture", () => remove(album.selected), { class: "square forget" }));
  }

  #compareBar() {
    const from = this.#comparing;
    fill(this.bar, from && h("div", { class: "compare-bar", role: "status" },
      h("span", {}, `Compare face ${from.face.index + 1} of ${from.picture.name} with: click another face, here or on another picture.`),
      button("Cancel", () => { this.#comparing = null; this.#show(); })));
  }

  #choose(face) {
    const picture = album.selected;
    if (this.#comparing && this.#comparing.face !== face) {
      const first = this.#comparing;
      this.#comparing = null;
      void compareDialog(first, { picture, face });
    }
    select(picture, face);
  }

  /** On a phone the panel is below the picture: a tap on a face brings it into sight. */
  #revealPanel() {
    if (this.panel.getBoundingClientRect().top < innerHeight - 120) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.panel.scrollIntoView({ behavior, block: "start" });
  }

  async #panel(picture) {
    const options = await analysisOptions().catch(() => ({}));
    if (picture !== album.selected || !this.panel.isConnected) return;
    const open = [...this.panel.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
    const content = picture.face
      ? facePanel(picture, picture.face, options, this.#acts(picture, picture.face))
      : picturePanel(picture, options, { choose: (face) => this.#choose(face), again: () => again(picture), more: () => change({ mode: "thorough" }) });
    fill(this.panel, content);
    for (const summary of this.panel.querySelectorAll("summary")) {
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    }
  }

  #acts(picture, face) {
    return {
      who: () => this.#who(picture, face),
      compare: () => { this.#comparing = { picture, face }; this.#show(); },
      enrol: () => enrolDialog(picture, face),
      save: () => this.#save(picture, face),
      close: () => select(picture, null),
    };
  }

  /** Searches the chosen collection, or the first there is; without any, says what to do. */
  async #who(picture, face) {
    try {
      const found = await collections();
      const { collection } = settings();
      const wanted = found.find(({ id }) => id === collection) ?? found.find(({ faces }) => faces > 0) ?? found[0];
      if (!wanted) notice("Nobody is enrolled yet. Enrol a face first, then others can be compared with it.");
      else if (wanted.id !== collection) change({ collection: wanted.id });
      else {
        await identify(picture, wanted.id, [face]);
        changed(picture);
      }
    } catch (failure) {
      this.panel.prepend(problemBox(failure));
    }
  }

  async #save(picture, face) {
    const file = await faceFile(picture, face);
    const url = URL.createObjectURL(file);
    h("a", { href: url, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}

/** What stands where the first picture will be. */
function welcome(take) {
  const state = h("div");
  loaded().then(() => null, (failure) => fill(state, problemBox(failure)));
  return h("section", { class: "welcome" },
    h("h1", {}, "See what a picture says of its faces"),
    h("p", { class: "lead" }, canPaste() ? "Drop a picture anywhere, paste it, or choose one: it is analysed at once." : "Choose a picture or take one: it is analysed at once."),
    bringButtons(take), state,
    h("h2", { class: "small-head" }, "Or try one of these"),
    sampleTiles(take),
    h("p", { class: "small quiet-text" }, `Your pictures stay in this browser's memory. The server sees each one while it answers${settings().no_store ? " and keeps nothing of it" : "; what it finds may stay in its memory for up to 24 hours"}. The people on the samples endorse nothing here.`));
}
