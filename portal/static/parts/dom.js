// Elements in one call, and the icons.

const SVG = "http://www.w3.org/2000/svg";

/** h("button", {class: "main", onclick, disabled: false}, "Text", child): null children and false attributes are left out. */
export function h(tag, props = {}, ...children) {
  return dress(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), props, children);
}

function dress(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [rule, set] of Object.entries(value)) element.style.setProperty(rule, set);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what is in `place`. */
export function fill(place, ...children) {
  place.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return place;
}

const PATHS = {
  mark: "M12 2.5l8 4.6v9.8l-8 4.6-8-4.6V7.1z M9.4 10.6h.01 M14.6 10.6h.01 M8.8 14.2c1.6 1.8 4.8 1.8 6.4 0",
  studio: "M7 4h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z M15 11a3 3 0 1 1-6 0 3 3 0 0 1 6 0z M7 19.5c1-4.5 9-4.5 10 0",
  people: "M12 9a3 3 0 1 1-6 0 3 3 0 0 1 6 0z M19.4 10a2.4 2.4 0 1 1-4.8 0 2.4 2.4 0 0 1 4.8 0z M3 19c1-5 11-5 12 0 M15.5 15.2c2.2-.9 5 .2 5.5 3.3",
  folder: "M3 7h6l2 2h10v10H3z",
  live: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z",
  generate: "M12 3l2 6 6 2-6 2-2 6-2-6-6-2 6-2z",
  server: "M4 5h16v6H4z M4 13h16v6H4z M7.5 8h.01 M7.5 16h.01",
  settings: "M4 7h9 M17 7h3 M4 17h3 M11 17h9 M17 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0z M11 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0z",
  close: "M6 6l12 12 M18 6L6 18",
  plus: "M12 5v14 M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5",
  camera: "M4 8h4l2-3h4l2 3h4v11H4z M15.5 13a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0z",
  search: "M16 10.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z M15 15l5 5",
  trash: "M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13",
  warn: "M12 4l9 16H3z M12 10v4 M12 17h.01",
  download: "M12 4v11 M7 11l5 5 5-5 M5 20h14",
  theme: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
};

/** A line icon; its meaning stands in the text or label beside it. */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}

/** A button with an icon only: `label` is what it is called. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", class: "quiet square", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** A plain button. */
export function button(text, onclick, props = {}) {
  return h("button", { type: "button", onclick, ...props }, text);
}
