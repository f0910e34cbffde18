// A picture to process: chosen, dropped, pasted, taken with the webcam, or one of the samples.
// The picture stays in the browser (window.hexaface.pictures); `send` posts it for one request only.
const pictures = window.hexaface.pictures;

export default {
  template: `
    <div class="hf-input" :class="{'hf-over': over}" role="group" :aria-label="label"
         @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="drop" @pointerenter="activate" @focusin="activate">
      <div v-if="url" class="hf-chosen">
        <img v-if="shown" :src="url" :alt="'Thumbnail of ' + name" @error="shown = false" />
        <span v-else class="hf-unshown">This browser cannot show this format; it can be processed all the same.</span>
        <span class="hf-name">{{ name }}<small>{{ size }}</small></span>
        <button type="button" class="hf-icon-button" :aria-label="'Remove ' + name" @click="clear"><span aria-hidden="true">✕</span></button>
      </div>
      <p v-else class="hf-hint">Drop a picture here, paste one with Ctrl+V, or</p>
      <div class="hf-row">
        <label class="hf-file"><input type="file" :accept="accept" :aria-label="'Choose a picture: ' + label" @change="chosen" />
          {{ url ? 'Choose another' : 'Choose a picture' }}</label>
        <button v-if="webcam" type="button" class="hf-button" @click="openCamera">Webcam</button>
      </div>
      <div v-if="samples.length" class="hf-samples" role="group" aria-label="Sample pictures">
        <span>Samples</span>
        <button v-for="sample in samples" type="button" :key="sample.url" :aria-label="'Use the sample ' + sample.name" :title="sample.name" @click="useSample(sample)">
          <img :src="sample.url" alt="" /></button>
      </div>
      <p v-if="message" role="alert" class="hf-message">{{ message }}</p>
      <dialog ref="camera" class="hf-camera" aria-label="Webcam" @close="stopCamera">
        <video ref="video" autoplay playsinline muted></video>
        <div class="hf-row">
          <button type="button" class="hf-button hf-main" @click="shoot">Take the picture</button>
          <button type="button" class="hf-button" @click="$refs.camera.close()">Close</button>
        </div>
      </dialog>
    </div>`,
  props: { label: String, pictureKey: String, samples: Array, maxBytes: Number, webcam: { type: Boolean, default: true } },
  data: () => ({ url: null, name: "", size: "", shown: true, over: false, message: "" }),
  computed: { accept: () => "image/*,.tif,.tiff,.bmp,.webp" },
  mounted() {
    window.hexaface.activeInput ??= this;
    this.onPaste = (event) => {
      const item = [...(event.clipboardData?.items ?? [])].find((entry) => entry.kind === "file");
      if (item && window.hexaface.activeInput === this) this.use(item.getAsFile());
    };
    document.addEventListener("paste", this.onPaste);
  },
  unmounted() {
    document.removeEventListener("paste", this.onPaste);
    if (window.hexaface.activeInput === this) window.hexaface.activeInput = undefined;
    this.stopCamera();
    this.forget();
  },
  methods: {
    activate() { window.hexaface.activeInput = this; },
    drop(event) {
      this.over = false;
      if (event.dataTransfer.files.length) this.use(event.dataTransfer.files[0]);
    },
    chosen(event) {
      if (event.target.files.length) this.use(event.target.files[0]);
      event.target.value = "";
    },
    async useSample(sample) {
      const answer = await fetch(sample.url);
      this.use(await answer.blob(), sample.url.split("/").pop());
    },
    use(blob, name = blob.name) {
      this.forget();
      [this.name, this.shown, this.message] = [name || "picture", true, ""];
      this.size = blob.size < 1e6 ? `${Math.max(1, Math.round(blob.size / 1e3))} kB` : `${(blob.size / 1e6).toFixed(1)} MB`;
      this.url = URL.createObjectURL(blob);
      pictures.set(this.pictureKey, { blob, name: this.name });
      this.$emit("picked", { name: this.name });
    },
    clear() {
      this.forget();
      this.$emit("picked", { name: null });
    },
    forget() {
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = null;
      pictures.delete(this.pictureKey);
    },
    async send(target) {
      const picture = pictures.get(this.pictureKey);
      return window.hexaface.post(picture?.blob, picture?.name, target, this.maxBytes);
    },
    async openCamera() {
      try {
        await window.hexaface.camera(this.$refs.video);
        this.$refs.camera.showModal();
      } catch (error) {
        this.message = error.message;
      }
    },
    stopCamera() { window.hexaface.stopCamera(this.$refs.video); },
    async shoot() {
      const blob = await window.hexaface.frame(this.$refs.video);
      this.$refs.camera.close();
      this.use(blob, "webcam.jpg");
    },
  },
};
