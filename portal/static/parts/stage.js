// The picture as the stage: faces over it to point at, choose, and move between with the arrow keys.

import { labels, spoken } from "../faces/describe.js";
import { h } from "./dom.js";
import { movable } from "./moving.js";
import { draw } from "./overlay.js";
import { place } from "./placing.js";
import { View } from "./view.js";

const SMALLEST_TARGET = 24;  // pixels a finger or an unsteady hand can hit
const MARGIN = 48;           // above and below a fitted picture, where the switches are
const CROWD = 8;             // faces from which on labels are brief

/** A frame that shows one picture. `onChoose(face)` follows a click, `onOpen(face)` a click or Enter. */
export class Stage {
  #picture = null;
  #layers = new Set();
  #pointed = null;
  #placed = [];
  #frame = 0;

  constructor({ onChoose, onOpen }) {
    this.view = new View();
    this.onChoose = onChoose;
    this.onOpen = onOpen;
    this.image = h("img", { class: "stage-picture", alt: "", decoding: "async", draggable: "false" });
    this.canvas = h("canvas", { class: "stage-overlay", "aria-hidden": "true" });
    this.targets = h("div", { class: "stage-targets", role: "group", "aria-label": "Faces; arrow keys move between them" });
    this.element = h("div", { class: "stage-frame" }, this.image, this.canvas, this.targets);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("pointerleave", () => this.#point(null));
    movable(this.element, this.view, () => this.#settle());
    this.observer = new ResizeObserver(() => this.#settle());
    this.observer.observe(this.element);
  }

  /** Shows a picture, its faces as far as they are known, and what `layers` (a set) names. */
  show(picture, layers) {
    const same = picture === this.#picture && this.targets.childElementCount === picture.faces.length;
    this.#picture = picture;
    this.#layers = layers;
    if (this.image.dataset.url !== (picture.url ?? "")) {
      this.image.dataset.url = picture.url ?? "";
      if (picture.url) this.image.src = picture.url;
      else this.image.removeAttribute("src");
      this.image.alt = picture.name;
    }
    if (!same) this.#fill();
    this.#name();
    this.#settle();
  }

  zoom(factor) {
    this.view.zoomBy(factor);
    this.#settle();
  }

  fit() {
    this.view.fit();
    this.#settle();
  }

  focus(face) {
    this.targets.children[face.index]?.focus({ preventScroll: true });
  }

  stop() {
    this.observer.disconnect();
  }

  #fill() {
    this.#pointed = null;
    this.targets.replaceChildren(...this.#picture.faces.map((face) => h("button", {
      type: "button", class: "stage-target",
      onclick: () => this.#choose(face, true),
      onpointerenter: () => this.#point(face),
      onfocus: () => this.#point(face),
      onblur: () => this.#point(null),
    })));
  }

  #name() {
    const { faces, face: chosen } = this.#picture;
    const reachable = chosen ?? faces[0];
    faces.forEach((face, index) => {
      const target = this.targets.children[index];
      target.title = spoken(face, faces.length);
      target.setAttribute("aria-label", target.title);
      target.setAttribute("aria-pressed", String(face === chosen));
      target.tabIndex = face === reachable ? 0 : -1;
    });
  }

  /** Computes where everything lies, and draws in the next frame. */
  #settle() {
    const picture = this.#picture;
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    if (!picture || !picture.width || !width || !height) return;
    this.view.place(picture.width, picture.height, width, height, MARGIN);
    const { style } = this.image;
    style.width = `${picture.width * this.view.scale}px`;
    style.height = `${picture.height * this.view.scale}px`;
    style.transform = `translate(${this.view.left}px, ${this.view.top}px)`;
    this.element.classList.toggle("zoomed", this.view.zoom > 1);
    const boxed = picture.faces.map((face) => ({ face, box: this.view.box(face.box), texts: labels(face, picture.faces.length > CROWD) }));
    boxed.forEach(({ box }, index) => this.#target(this.targets.children[index].style, box));
    this.#placed = place(this.#context(width, height), boxed, { width, height, edge: MARGIN - 8 });
    this.#redraw();
  }

  #target(style, { x, y, width, height }) {
    const [w, t] = [Math.max(SMALLEST_TARGET, width), Math.max(SMALLEST_TARGET, height)];
    style.transform = `translate(${x + (width - w) / 2}px, ${y + (height - t) / 2}px)`;
    style.width = `${w}px`;
    style.height = `${t}px`;
  }

  #context(width, height) {
    const density = devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    if (this.canvas.width !== Math.round(width * density) || this.canvas.height !== Math.round(height * density)) {
      this.canvas.width = Math.round(width * density);
      this.canvas.height = Math.round(height * density);
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    return context;
  }

  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const { faces, face: chosen } = this.#picture;
      draw(this.canvas.getContext("2d"), this.view, { faces, placed: this.#placed, layers: this.#layers, chosen, pointed: this.#pointed });
    });
  }

  #point(face) {
    if (this.#pointed === face) return;
    this.#pointed = face;
    if (this.#picture) this.#redraw();
  }

  #choose(face, open) {
    this.view.reveal(face.box);
    this.onChoose(face);
    if (open) this.onOpen?.(face);
  }

  #onKey(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const faces = this.#picture?.faces ?? [];
    let next = null;
    if (ways[event.key]) next = neighbour(faces, this.#picture.face ?? faces[0], ways[event.key]);
    else if (event.key === "Home") next = readingOrder(faces)[0];
    else if (event.key === "End") next = readingOrder(faces).at(-1);
    else if (event.key === "+" || event.key === "=") this.zoom(1.5);
    else if (event.key === "-") this.zoom(1 / 1.5);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    if (!next) return;
    this.#choose(next, false);
    this.focus(next);
  }
}

/** The nearest face in a direction; straight ahead counts as nearer than aside. */
export function neighbour(faces, from, [dx, dy]) {
  const centre = ({ box }) => [box.x + box.width / 2, box.y + box.height / 2];
  const [fx, fy] = centre(from);
  const cost = (face) => {
    const [x, y] = centre(face);
    const ahead = (x - fx) * dx + (y - fy) * dy;
    const aside = Math.abs((x - fx) * dy) + Math.abs((y - fy) * dx);
    return ahead > 1 && ahead * 2.5 > aside ? ahead + 2 * aside : Infinity;
  };
  const best = faces.reduce((found, face) => (cost(face) < cost(found) ? face : found), from);
  return cost(best) < Infinity ? best : null;
}

/** Faces row by row, as one reads. */
export function readingOrder(faces) {
  const rowed = [...faces].sort((a, b) => a.box.y - b.box.y);
  const rows = [];
  for (const face of rowed) {
    const row = rows.at(-1);
    if (row && face.box.y < row[0].box.y + 0.8 * row[0].box.height) row.push(face);
    else rows.push([face]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.box.x - b.box.x));
}
