// A list of people that stays quick with ten thousand: only the rows in sight exist.

import { chipsOf } from "../api/chips.js";
import { crop } from "./crop.js";
import { fill, h } from "./dom.js";

const ROW = 52;
const AVATAR = 36;
const SPARE = 6;
const SETTLED_MS = 250;  // rows that fly by are not fetched

/** Initials for a person without a face to show. */
export function initials(name) {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

export const shownName = (person) => person.name || person.id;

export function avatar(person, side = 36) {
  return h("span", { class: "avatar", "aria-hidden": "true", style: { width: `${side}px`, height: `${side}px`, "font-size": `${Math.round(side * 0.38)}px` } }, initials(shownName(person)));
}

export class PeopleList {
  #people = [];
  #chosen = null;
  #chips = null;
  #timer = null;

  constructor(onChoose) {
    this.onChoose = onChoose;
    this.rows = h("div", { class: "people-rows" });
    this.element = h("div", { class: "people-list", role: "listbox", tabindex: "0", "aria-label": "People" }, this.rows);
    this.element.addEventListener("scroll", () => this.#draw(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.observer = new ResizeObserver(() => this.#draw());
    this.observer.observe(this.element);
  }

  /** Shows people; `chosen` is the id of the one who is open, `chips` the collection where it keeps faces to show. */
  show(people, chosen, chips = null) {
    this.#chips = chips;
    this.#people = people;
    this.#chosen = chosen;
    this.rows.style.height = `${people.length * ROW}px`;
    this.#draw();
  }

  reveal(id) {
    const at = this.#people.findIndex((person) => person.id === id);
    if (at < 0) return;
    const top = at * ROW;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
  }

  stop() {
    this.observer.disconnect();
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE);
    const last = Math.min(this.#people.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + SPARE);
    fill(this.rows, this.#people.slice(first, last).map((person, index) => this.#row(person, first + index)));
    const chosen = this.rows.querySelector("[aria-selected=true]");
    if (chosen) this.element.setAttribute("aria-activedescendant", chosen.id);
    else this.element.removeAttribute("aria-activedescendant");
    clearTimeout(this.#timer);
    if (this.#chips) this.#timer = setTimeout(() => this.#showChips(first, last), SETTLED_MS);
  }

  /** Faces in place of initials for the rows in sight. */
  #showChips(first, last) {
    const collection = this.#chips;
    this.#people.slice(first, last).filter(({ faces }) => faces > 0).forEach(async (person) => {
      const [chip] = await chipsOf(collection, person).catch(() => []);  // a key that may not export sees initials
      const place = this.rows.querySelector(`#person-${this.#people.indexOf(person)} .avatar`);
      if (chip && place) place.replaceWith(crop({ crop: chip }, AVATAR));
    });
  }

  #row(person, at) {
    return h("div", {
      class: "person-row", role: "option", id: `person-${at}`, "aria-selected": String(person.id === this.#chosen),
      "aria-setsize": this.#people.length, "aria-posinset": at + 1, style: { transform: `translateY(${at * ROW}px)` },
      onclick: () => this.onChoose(person),
    },
    avatar(person, AVATAR),
    h("span", { class: "person-name" }, h("span", {}, shownName(person)), person.name && h("span", { class: "small quiet-text" }, person.id)),
    h("span", { class: "person-faces quiet-text" }, `${person.faces} ${person.faces === 1 ? "face" : "faces"}`),
    person.note && h("span", { class: "warning" }, person.note));
  }

  #onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || !this.#people.length) return;
    event.preventDefault();
    const at = this.#people.findIndex((person) => person.id === this.#chosen);
    const next = Math.min(this.#people.length - 1, Math.max(0, (at < 0 ? -1 : at) + steps[event.key]));
    this.onChoose(this.#people[next]);
    this.reveal(this.#people[next].id);
  }
}
