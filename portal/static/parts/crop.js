// A face cut out of its picture.

import { h } from "./dom.js";

const DENSITY = 2;

/** A canvas of `side` pixels with the face, or an empty tile where the browser cannot show the picture. */
export function crop(face, side, label = "") {
  const canvas = h("canvas", { class: "crop", width: side * DENSITY, height: side * DENSITY, style: { width: `${side}px`, height: `${side}px` } });
  if (label) Object.entries({ role: "img", "aria-label": label }).forEach(([name, value]) => canvas.setAttribute(name, value));
  else canvas.setAttribute("aria-hidden", "true");
  if (face.crop) {
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(face.crop, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
