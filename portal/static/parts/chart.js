// Charts as SVG in the page's colours: shares over time, counts per batch.

import { h, svg } from "./dom.js";

// After Okabe & Ito, "Color Universal Design", 2008: colours that stay apart for every kind of colour vision.
export const COLOURS = ["#d55e00", "#009e73", "#cc79a7", "#b58900", "#3f7fd0", "#56b4e9", "#8a90a5"];
const [HEIGHT, LEFT, BOTTOM, TOP] = [190, 44, 24, 10];
const NARROW = 332;  // a panel's width, so that letters there have their own size
const WIDE = 960;

/** Lines of shares from 0 to 1 over the last seconds; `add(seconds, scores)` draws one more point. */
export class LineChart {
  #points = [];

  constructor(seconds, label) {
    this.seconds = seconds;
    this.lines = svg("g", { fill: "none", "stroke-width": 2, "stroke-linejoin": "round" });
    this.legend = h("div", { class: "legend" });
    this.element = h("figure", { class: "chart" },
      svg("svg", { viewBox: `0 0 ${NARROW} ${HEIGHT}`, role: "img", "aria-label": label }, grid(NARROW, [[0, "0 %"], [0.5, "50 %"], [1, "100 %"]]), this.lines),
      this.legend);
  }

  add(at, scores) {
    this.#points.push([at, scores]);
    while (this.#points[0][0] < at - this.seconds) this.#points.shift();
    const names = Object.keys(scores);
    if (this.legend.childElementCount !== names.length) this.#begin(names);
    const x = (time) => LEFT + (NARROW - LEFT) * (1 - (at - time) / this.seconds);
    names.forEach((name, index) => {
      const way = this.#points.map(([time, one]) => `${x(time).toFixed(1)},${y(one[name] ?? 0).toFixed(1)}`).join(" ");
      this.lines.children[index].setAttribute("points", way);
    });
  }

  #begin(names) {
    this.lines.replaceChildren(...names.map((_, index) => svg("polyline", { stroke: COLOURS[index % COLOURS.length] })));
    this.legend.replaceChildren(...legend(names));
  }
}

/** Stacked bars: `places` below, `counts` {name: [count per place]}, up to `most` high. */
export function stackedBars(places, counts, most, label) {
  const names = Object.keys(counts);
  const width = Math.min(WIDE, Math.max(NARROW, innerWidth - 96));
  const step = (width - LEFT) / Math.max(places.length, 1);
  const bars = places.map((place, at) => {
    let below = 0;
    return svg("g", {}, names.map((name, index) => {
      const count = counts[name][at];
      const [top, bottom] = [y((below + count) / most), y(below / most)];
      below += count;
      const [x, thick] = [LEFT + at * step + step * 0.15, step * 0.7];
      return count ? [
        svg("rect", { x, y: top, width: thick, height: bottom - top, fill: COLOURS[index % COLOURS.length] }),
        bottom - top > 14 && svg("text", { x: x + thick / 2, y: (top + bottom) / 2 + 4, "text-anchor": "middle", class: "on-bar" }, String(count)),
      ] : null;
    }), svg("text", { x: LEFT + (at + 0.5) * step, y: HEIGHT - 6, "text-anchor": "middle" }, place));
  });
  return h("figure", { class: "chart" },
    svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label }, grid(width, [[0, "0"], [0.5, String(most / 2)], [1, String(most)]]), bars),
    h("div", { class: "legend" }, legend(names)));
}

const y = (share) => TOP + (HEIGHT - BOTTOM - TOP) * (1 - share);

function grid(width, ticks) {
  return svg("g", { class: "grid" }, ticks.map(([share, words]) => [
    svg("line", { x1: LEFT, x2: width, y1: y(share), y2: y(share) }),
    svg("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, words),
  ]));
}

function legend(names) {
  return names.map((name, index) => h("span", {}, h("i", { style: { background: COLOURS[index % COLOURS.length] } }), name));
}
