// Work on many things, a few at a time, that can be paused, gone on with and stopped.

export class Queue {
  #next = 0;
  #paused = false;
  #stopped = false;
  #wake = null;

  /** Calls `work(item)` for each item, at most `atOnce` at a time; a failure of one is that item's own. */
  constructor(items, atOnce, work) {
    this.items = items;
    this.work = work;
    this.finished = Promise.all(Array.from({ length: atOnce }, () => this.#run()));
  }

  /** Pauses, or goes on; true when it is paused now. What is under way is finished. */
  toggle() {
    this.#paused = !this.#paused;
    if (!this.#paused) this.#wake?.();
    return this.#paused;
  }

  stop() {
    this.#stopped = true;
    this.#wake?.();
  }

  async #run() {
    for (;;) {
      while (this.#paused && !this.#stopped) await this.#woken();
      if (this.#stopped || this.#next >= this.items.length) return;
      const item = this.items[this.#next];
      this.#next += 1;
      await this.work(item);
    }
  }

  #woken() {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => { before?.(); resolve(); };
    });
  }
}
