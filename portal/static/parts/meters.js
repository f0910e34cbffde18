// Shares as bars, an age on its scale, a similarity between its thresholds.

import { percent } from "../faces/describe.js";
import { h } from "./dom.js";

const OLDEST = 100;

/** Bars of the few largest shares; the rest on demand. `entries` are [words, share]. */
export function bars(entries, most = 3, least = 0.05) {
  const sorted = most < entries.length ? [...entries].sort((a, b) => b[1] - a[1]) : entries;
  const shown = sorted.filter(([, share], index) => index < most && (index === 0 || share >= least));
  const rest = sorted.slice(shown.length);
  return [
    h("dl", { class: "bars" }, shown.map(bar)),
    rest.length > 0 && h("details", { class: "more" }, h("summary", {}, `${rest.length} more`), h("dl", { class: "bars" }, rest.map(bar))),
  ];
}

function bar([words, share]) {
  return h("div", { class: "bar" }, h("dt", {}, words), h("dd", {}, gauge(share), h("span", { class: "number" }, percent(share))));
}

/** A bar without words; those stand beside it. */
export function gauge(share) {
  return h("span", { class: "gauge", "aria-hidden": "true" }, h("i", { style: { width: `${100 * Math.max(0, Math.min(1, share))}%` } }));
}

/** An age with its interval on a scale of a hundred years. */
export function ageScale({ years, low, high }) {
  const at = (value) => `${(100 * Math.min(OLDEST, value)) / OLDEST}%`;
  return h("div", { class: "scale", "aria-hidden": "true" },
    h("i", { class: "range", style: { left: at(low), width: at(Math.min(OLDEST, high) - low) } }),
    h("i", { class: "mark", style: { left: at(years) } }));
}

/** A similarity from 0 to 1 with thresholds [[words, value]] as ticks. */
export function similarityScale(value, ticks) {
  const at = (cosine) => `${100 * Math.max(0, Math.min(1, cosine))}%`;
  return h("div", { class: "likeness" },
    h("div", { class: "scale", "aria-hidden": "true" },
      h("i", { class: "range", style: { left: "0%", width: at(value) } }),
      ticks.map(([, tick]) => h("i", { class: "tick", style: { left: at(tick) } })),
      h("i", { class: "mark", style: { left: at(value) } })),
    h("div", { class: "ticks" }, ticks.map(([words, tick]) => h("span", { style: { left: at(tick) } }, words))));
}
