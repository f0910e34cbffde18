// The same unknown person on several pictures: faces grouped by their embeddings, in the page.

import { similarity } from "./recognition.js";

// Below this many pixels embeddings of different people come close (the best wrong pair of two group portraits
// with faces of 40 to 60 pixels had .62): such faces are not grouped.
const SMALLEST = 60;

/**
 * Groups of faces that are one person at `threshold`: each a list, largest first. `pictureOf(face)` tells pictures
 * apart: two faces of one picture are two people. A face joins the group to whose faces it is most alike on average
 * (average linkage), clear faces first.
 */
export function grouped(faces, threshold, pictureOf) {
  const usable = faces.filter((face) => face.vector && !face.judged.poor && Math.min(face.box.width, face.box.height) >= SMALLEST);
  usable.sort((a, b) => clarity(b) - clarity(a));
  const groups = [];
  for (const face of usable) {
    const one = new Group(face, pictureOf(face));
    const best = mostAlike(groups, one, threshold);
    if (best) best.take(one);
    else groups.push(one);
  }
  return joined(groups, threshold).map((group) => group.faces).filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
}

class Group {
  constructor(face, picture) {
    this.faces = [face];
    this.pictures = new Set([picture]);
    this.mean = Float32Array.from(face.vector);
  }

  take(other) {
    const [mine, theirs] = [this.faces.length, other.faces.length];
    this.mean = this.mean.map((value, index) => (value * mine + other.mean[index] * theirs) / (mine + theirs));
    this.faces.push(...other.faces);
    for (const picture of other.pictures) this.pictures.add(picture);
  }

  /** The mean of all similarities between the two groups' faces; none when they stand on one picture. */
  alike(other) {
    for (const picture of other.pictures) if (this.pictures.has(picture)) return -1;
    return similarity(this.mean, other.mean);
  }
}

const clarity = (face) => face.score * Math.min(1, Math.min(face.box.width, face.box.height) / 120);

function mostAlike(groups, one, threshold) {
  let best = null;
  let most = threshold;
  for (const group of groups) {
    const alike = group.alike(one);
    if (alike >= most) [best, most] = [group, alike];
  }
  return best;
}

function joined(groups, threshold) {
  const kept = [];
  for (const group of [...groups].sort((a, b) => b.faces.length - a.faces.length)) {
    const near = mostAlike(kept, group, threshold);
    if (near) near.take(group);
    else kept.push(group);
  }
  return kept;
}
