// Faces drawn over their picture, on a canvas in the pixels of the screen: a redraw of sixty faces takes milliseconds.

import { gazeRay, headAxes } from "../faces/directions.js";
import { FONT, HEIGHT, PAD } from "./placing.js";

const LINE = "#ffffffd9", EDGE = "#000000a6", POOR = "#ffffff80", CHOSEN = "#ffd24a", INK = "#14141a";
const POINT = "#ffffff", MESH = "#78e6ff", GAZE = "#ffe14d";
const AXES = ["#ff6b6b", "#69e08a", "#6aa8ff"];  // to the subject's left, up, out of the face

/** Draws `faces` with what `layers` names; `chosen` and `pointed` are the face selected and the one under the pointer. */
export function draw(context, view, { faces, placed, layers, chosen, pointed }) {
  const { frameWidth, frameHeight } = view;
  context.clearRect(0, 0, frameWidth, frameHeight);
  if (chosen && layers.has("boxes")) shade(context, view, chosen);
  for (const face of faces) {
    if (layers.has("mesh")) mesh(context, view, face);
    if (layers.has("landmarks")) landmarks(context, view, face);
    if (layers.has("gaze")) directions(context, view, face);
    if (layers.has("boxes") || face === chosen || face === pointed) box(context, view.box(face.box), face, face === chosen, face === pointed);
  }
  for (const label of placed) {
    if (layers.has("labels") || label.face === chosen || label.face === pointed) text(context, label, label.face === chosen);
  }
}

function shade(context, view, face) {
  const { x, y, width, height } = view.box(face.box);
  context.fillStyle = "#00000047";
  context.beginPath();
  context.rect(0, 0, view.frameWidth, view.frameHeight);
  context.roundRect(x, y, width, height, 5);
  context.fill("evenodd");
}

function box(context, { x, y, width, height }, face, chosen, pointed) {
  const radius = Math.min(6, width / 6);
  context.setLineDash(face.judged.poor ? [4, 3] : []);
  const stroke = (colour, thick) => {
    context.beginPath();
    context.roundRect(x, y, width, height, radius);
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.stroke();
  };
  const thick = chosen ? 2.5 : pointed ? 2.5 : 1.5;
  stroke(EDGE, thick + 1.5);
  stroke(chosen ? CHOSEN : pointed ? POINT : face.judged.poor ? POOR : LINE, thick);
  context.setLineDash([]);
}

function text(context, { text: words, x, y, width }, chosen) {
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = chosen ? CHOSEN : "#000000b3";
  context.beginPath();
  context.roundRect(x, y, width, HEIGHT, 4);
  context.fill();
  context.fillStyle = chosen ? INK : "#ffffff";
  context.fillText(words, x + PAD, y + HEIGHT / 2 + 0.5);
}

function landmarks(context, view, face) {
  const points = Object.values(face.keypoints?.points ?? face.landmarks);
  dots(context, points.map(({ x, y }) => view.at(x, y)), Math.min(3, Math.max(1.2, (face.box.width * view.scale) / 60)));
}

function dots(context, places, radius) {
  context.beginPath();
  for (const [x, y] of places) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.lineWidth = 1.5;
  context.strokeStyle = EDGE;
  context.stroke();
  context.fillStyle = POINT;
  context.fill();
}

/** Squares rather than circles, in one path: 28,000 points stay well within a frame. */
function mesh(context, view, face) {
  const points = face.keypoints?.mesh;
  if (!points) return;
  const { scale, left, top } = view;
  const side = Math.min(2.5, Math.max(0.8, (face.box.width * scale) / 110));
  context.beginPath();
  for (const [x, y] of points) context.rect(left + (x + 0.5) * scale - side / 2, top + (y + 0.5) * scale - side / 2, side, side);
  context.fillStyle = MESH;
  context.fill();
}

function directions(context, view, face) {
  const found = face.keypoints;
  if (!found) return;
  const length = face.box.width * view.scale;
  const nose = view.at(found.points.nose_tip.x, found.points.nose_tip.y);
  headAxes(found.pose).forEach((way, index) => ray(context, nose, way, 0.45 * length, AXES[index]));
  for (const eye of [found.points.left_eye_center, found.points.right_eye_center]) {
    context.globalAlpha = 0.3 + 0.7 * found.gaze.confidence;
    ray(context, view.at(eye.x, eye.y), gazeRay(found.gaze), 0.75 * length, GAZE);
    context.globalAlpha = 1;
  }
}

function ray(context, [x, y], [dx, dy], length, colour) {
  context.lineCap = "round";
  for (const [stroke, thick] of [[EDGE, 4], [colour, 2]]) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx * length, y + dy * length);
    context.strokeStyle = stroke;
    context.lineWidth = thick;
    context.stroke();
  }
}
