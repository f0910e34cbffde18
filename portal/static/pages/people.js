// People: who is on this picture, and everybody in a collection.

import { collections, createCollection, createPerson, enrolFace, eraseCollection, idOf, peoplePage } from "../api/people.js";
import { onKey } from "../api/key.js";
import { change, settings } from "../api/settings.js";
import { take } from "../pictures/intake.js";
import { asking } from "../parts/asking.js";
import { chooseFiles, onFiles } from "../parts/choosing.js";
import { collectionDialog, collectionForm } from "../parts/collection_dialog.js";
import { conflictsDialog } from "../parts/conflicts_dialog.js";
import { notice, openDialog, problemBox } from "../parts/dialog.js";
import { button, fill, h } from "../parts/dom.js";
import { importDialog } from "../parts/import_dialog.js";
import { PeopleList, shownName } from "../parts/people_list.js";
import { showPerson } from "../parts/person_panel.js";

export const title = "People";

export function mount(main) {
  const page = new People(main);
  void page.load();
  return () => page.stop();
}

class People {
  #collection = null;
  #people = [];
  #run = 0;

  constructor(main) {
    main.classList.add("people");
    this.main = main;
    this.list = new PeopleList((person) => this.open(person.id));
    this.panel = h("aside", { class: "panel person", "aria-label": "Person", hidden: true });
    this.filter = h("input", { type: "search", placeholder: "Name, id or metadata", "aria-label": "Filter people", oninput: () => this.show() });
    this.said = h("p", { class: "small quiet-text", role: "status" });
    this.ask = asking(() => this.#collection.id, (id) => this.open(id));
    this.head = h("div", { class: "people-head" });
    this.content = h("div", { class: "people-content stack" });
    main.append(this.content, this.panel);
    this.stops = [onKey(() => void this.load()), onFiles((files) => (this.#collection ? this.ask.take(files) : null))];
  }

  stop() {
    this.#run += 1;
    this.list.stop();
    for (const stop of this.stops) stop();
    this.main.classList.remove("people");
  }

  async load() {
    try {
      const found = await collections();
      const wanted = new URLSearchParams(location.search).get("collection") || settings().collection;
      const chosen = found.find(({ id }) => id === wanted) ?? found[0];
      if (!chosen) fill(this.content, empty((name, keepChips) => this.#make(name, keepChips)));
      else this.#choose(chosen, found);
    } catch (failure) {
      fill(this.content, h("div", { class: "sheet" }, problemBox(failure, () => this.load())));
    }
  }

  #choose(chosen, found) {
    this.#collection = chosen;
    const select = h("select", { "aria-label": "Collection", onchange: () => { this.#address({ collection: select.value }); this.close(); void this.load(); } },
      found.map(({ id }) => h("option", { value: id }, id)));
    select.value = chosen.id;
    fill(this.head,
      h("div", { class: "row grow" }, h("div", { class: "collection-choice" }, select), this.said),
      h("div", { class: "row" }, this.filter,
        button("Add a person", () => this.#add()),
        button("Needs a look", () => conflictsDialog(chosen.id, chosen.subjects, (id) => this.#nameFor(id), (id) => this.open(id), () => this.#loadPeople(chosen))),
        button("Import a folder", () => importDialog(chosen.id, () => this.load())),
        button("More", () => this.#more(chosen))));
    fill(this.content, this.ask.element, this.head, this.list.element);
    if (settings().collection !== chosen.id) change({ collection: chosen.id });
    const person = new URLSearchParams(location.search).get("person");
    void this.#loadPeople(chosen);
    if (person) this.open(person);
  }

  /** Page after page, shown as they come; another collection or page of the portal ends it. */
  async #loadPeople(chosen) {
    this.#run += 1;
    const run = this.#run;
    this.#people = [];
    try {
      for (let after = ""; after !== null && run === this.#run;) {
        const page = await peoplePage(chosen.id, after);
        if (run !== this.#run) return;
        this.#people.push(...page.subjects.map((person) => ({ ...person, text: textOf(person) })));
        after = page.next ?? null;
        this.show(after !== null);
      }
    } catch (failure) {
      if (run === this.#run) this.list.element.before(problemBox(failure, () => this.load()));
    }
  }

  show(loading = false) {
    const wanted = this.filter.value.trim().toLowerCase();
    const shown = wanted ? this.#people.filter(({ text }) => text.includes(wanted)) : this.#people;
    const faces = this.#people.reduce((sum, person) => sum + person.faces, 0);
    const all = `${this.#people.length.toLocaleString("en")} ${this.#people.length === 1 ? "person" : "people"}, ${faces.toLocaleString("en")} ${faces === 1 ? "face" : "faces"}`;
    this.said.textContent = `${wanted ? `${shown.length.toLocaleString("en")} of ` : ""}${all}${loading ? ", more are coming" : ""}`;
    this.list.show(shown, new URLSearchParams(location.search).get("person"), this.#collection.keep_chips ? this.#collection.id : null);
  }

  open(id) {
    this.#address({ collection: this.#collection.id, person: id });
    this.panel.hidden = false;
    this.show();
    this.list.reveal(id);
    void showPerson(this.panel, this.#collection.id, id, {
      close: () => this.close(),
      changed: () => this.#loadPeople(this.#collection),
      gone: () => { this.close(); void this.load(); },
      add: () => this.#addFace(id),
      open: (other) => this.open(other),
      people: () => this.#people,
      chips: this.#collection.keep_chips,
    });
    if (innerWidth < 1000) this.panel.scrollIntoView({ block: "start" });
  }

  #nameFor(id) {
    const found = this.#people.find((person) => person.id === id);
    return found ? shownName(found) : id;
  }

  close() {
    this.panel.hidden = true;
    this.#address({ person: null });
    if (this.#collection) this.show();
  }

  #address(changes) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const address = `${location.pathname}${query.size ? `?${query}` : ""}`;
    // Back closes a person, as a person expects who has a phone.
    const opens = query.has("person") && !new URLSearchParams(location.search).has("person");
    history[opens ? "pushState" : "replaceState"](null, "", address);
  }

  async #make(name, keepChips) {
    const made = await createCollection(idOf(name), keepChips);
    this.#address({ collection: made.id });
    await this.load();
  }

  #add() {
    return openDialog("Add a person", (close) => {
      const name = h("input", { type: "text", required: true, maxlength: 200, autofocus: true });
      const problems = h("div");
      return [h("form", { class: "stack", onsubmit: async (event) => {
        event.preventDefault();
        try {
          const person = await createPerson(this.#collection.id, idOf(name.value), name.value.trim());
          close();
          await this.#loadPeople(this.#collection);
          this.open(person.id);
        } catch (failure) {
          const advice = `Somebody with the id ${idOf(name.value)} is here already. Open them to add a face, or write the name so that the two can be told apart.`;
          fill(problems, problemBox(failure.status === 409 ? { words: { title: "That name is taken", advice } } : failure));
        }
      } },
      h("label", { class: "field" }, "Name", name),
      h("p", { class: "small quiet-text" }, "Then add a face. To enrol a face from a group picture, click it in the Studio."), problems,
      h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "main" }, "Add")))];
    });
  }

  async #addFace(id) {
    const files = await chooseFiles();
    for (const file of files) {
      try {
        const { blob } = await take(file);
        await enrolFace(this.#collection.id, id, blob);
        notice(`A face of ${file.name} is enrolled.`);
      } catch (failure) {
        await openDialog(file.name, () => [problemBox(failure.words ? failure : { words: { title: "Not taken", advice: failure.message } })]);
      }
    }
    if (files.length) {
      await this.#loadPeople(this.#collection);
      this.open(id);
    }
  }

  #more(chosen) {
    return collectionDialog(chosen, {
      make: (name, keepChips) => this.#make(name, keepChips),
      erase: async () => {
        await eraseCollection(chosen.id);
        change({ collection: "" });
        this.#address({ collection: null, person: null });
        this.close();
        await this.load();
      },
    });
  }
}

const textOf = (person) => `${shownName(person)} ${person.id} ${Object.keys(person.metadata).length ? JSON.stringify(person.metadata) : ""}`.toLowerCase();

function empty(make) {
  return h("div", { class: "sheet stack" },
    h("h1", {}, "People"),
    h("p", { class: "lead" }, "Nobody is enrolled yet. A collection holds the people that you want to find again."),
    collectionForm(make, "people"),
    h("p", { class: "quiet-text" }, "Or click a face in the Studio and choose Enrol."));
}
