// The strip below the stage: the pictures of this visit, and the faces of the one that is shown.

import { album, remove, select } from "../pictures/album.js";
import { spoken } from "../faces/describe.js";
import { crop } from "./crop.js";
import { fill, h, icon } from "./dom.js";
import { readingOrder } from "./stage.js";

const SIDE = 56;

/** An element that follows the album; `onFace(face)` and `onAdd()` are what a click asks for. */
export class Strip {
  constructor({ onFace, onAdd }) {
    this.onFace = onFace;
    this.add = h("button", { type: "button", class: "strip-add", onclick: onAdd }, icon("plus"), h("span", {}, "Picture"));
    this.pictures = h("div", { class: "strip-list", role: "group", "aria-label": "Pictures" });
    this.faces = h("div", { class: "strip-list", role: "group", "aria-label": "Faces of this picture" });
    this.element = h("footer", { class: "strip" }, this.add, this.pictures, this.faces);
    this.shown = null;
  }

  update() {
    this.pictures.hidden = album.pictures.length < 2;
    if (!this.pictures.hidden) fill(this.pictures, album.pictures.map((picture) => this.#picture(picture)));
    const faces = album.selected?.faces ?? [];
    const state = [album.selected?.id, faces.length, faces.filter((face) => face.crop).length, ...faces.map((face) => face.identity?.candidates[0]?.subject)].join();
    if (state !== this.shown) {
      this.shown = state;
      this.tiles = new Map(readingOrder(faces).map((face) => [face, this.#face(face, faces.length)]));
      fill(this.faces, [...this.tiles.values()]);
    }
    for (const [face, tile] of this.tiles ?? []) {
      const chosen = face === album.selected?.face;
      if (chosen && tile.getAttribute("aria-pressed") !== "true") tile.scrollIntoView({ block: "nearest", inline: "nearest" });
      tile.setAttribute("aria-pressed", String(chosen));
    }
  }

  #picture(picture) {
    const said = { waiting: "waiting", busy: "being analysed", failed: "failed", done: `${picture.faces.length} faces` }[picture.state];
    return h("div", { class: "strip-picture" },
      h("button", {
        type: "button", class: `strip-tile ${picture.state}`, "aria-pressed": String(picture === album.selected),
        "aria-label": `${picture.name}, ${said}`, title: picture.name, onclick: () => select(picture),
      }, picture.url ? h("img", { src: picture.url, alt: "", width: SIDE, height: SIDE, decoding: "async" }) : h("span", { class: "strip-blank" }, picture.name.slice(-4))),
      h("button", { type: "button", class: "strip-remove", "aria-label": `Remove ${picture.name}`, onclick: () => remove(picture) }, icon("close")));
  }

  #face(face, of) {
    const age = face.attributes && !face.judged.poor ? Math.round(face.attributes.age.years) : "";
    return h("button", {
      type: "button", class: "strip-tile", "aria-pressed": "false", "aria-label": spoken(face, of), onclick: () => this.onFace(face),
    }, crop(face, SIDE), age !== "" && h("span", { class: "strip-age", "aria-hidden": "true" }, age));
  }
}
