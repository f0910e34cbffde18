// Many pictures, sent one after another; they stay in the browser like a single one.
export default {
  template: `
    <div class="hf-input" :class="{'hf-over': over}" role="group" :aria-label="label"
         @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="drop">
      <p class="hf-hint">{{ files.length ? files.length + (files.length == 1 ? ' picture' : ' pictures') + ' chosen' : folder ? 'Drop pictures or a folder here, or' : 'Drop pictures here, or' }}</p>
      <div class="hf-row">
        <label class="hf-file"><input type="file" multiple accept="image/*,.tif,.tiff" :aria-label="'Choose pictures: ' + label" @change="chosen" /> Choose pictures</label>
        <label v-if="folder" class="hf-file"><input type="file" webkitdirectory multiple :aria-label="'Choose a folder: ' + label" @change="chosen" /> Choose a folder</label>
      </div>
      <button v-if="samples.length" type="button" class="hf-button" @click="useSamples">Use the sample pictures</button>
    </div>`,
  props: { label: String, samples: { type: Array, default: () => [] }, maxBytes: Number, folder: { type: Boolean, default: true } },
  data: () => ({ files: [], over: false }),
  methods: {
    use(files) {
      this.files = files;
      this.$emit("picked", { names: files.map((entry) => entry.path) });
    },
    chosen(event) {
      this.use([...event.target.files].map((file) => ({ blob: file, path: file.webkitRelativePath || file.name })));
      event.target.value = "";
    },
    async drop(event) {
      this.over = false;
      // Both at once: after the first await the browser takes the items back. Only a real drag of files has entries.
      const items = [...event.dataTransfer.items].map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()]);
      const taken = ([entry, file]) => (entry ? this.walk(entry, "") : file ? [{ blob: file, path: file.name }] : []);
      this.use((await Promise.all(items.map(taken))).flat());
    },
    async walk(entry, parent) {
      const path = parent + entry.name;
      if (entry.isFile) return new Promise((resolve) => entry.file((blob) => resolve([{ blob, path }]), () => resolve([])));
      const [reader, found] = [entry.createReader(), []];
      // A reader hands out a folder in parts of at most 100 entries, and an empty part at the end.
      for (;;) {
        const part = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
        if (!part.length) break;
        found.push(...(await Promise.all(part.map((child) => this.walk(child, path + "/")))).flat());
      }
      return found;
    },
    async useSamples() {
      const load = async (sample) => ({ blob: await (await fetch(sample.url)).blob(), path: sample.url.split("/").pop() });
      this.use(await Promise.all(this.samples.map(load)));
    },
    clear() { this.files = []; },
    async send(target, index) {
      const file = this.files[index];
      return window.hexaface.post(file?.blob, file?.path, target, this.maxBytes);
    },
  },
};
