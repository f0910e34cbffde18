// A processed picture with its overlay (SVG in the pixels of the upright picture), zoom and download.
const LINE = 2; // width of an overlay line in pixels of the screen

export default {
  template: `
    <figure class="hf-view" v-show="width">
      <div class="hf-scroller" ref="scroller" tabindex="0" role="group" :aria-label="label">
        <div class="hf-stage" ref="stage" :style="{width: 100 * zoom + '%', aspectRatio: width + '/' + height}"
             @pointerover="hint" @pointerout="tip = null" @focusin="hint" @focusout="tip = null">
          <img v-if="url" v-show="shown" :src="url" :alt="label" @error="shown = false" />
          <svg v-if="width" ref="svg" xmlns="http://www.w3.org/2000/svg" :viewBox="'-0.5 -0.5 ' + width + ' ' + height" :style="{'--hf-stroke': stroke + 'px'}" v-html="overlay"></svg>
          <div v-if="tip" class="hf-tip" :style="{left: tip.left + 'px', top: tip.top + 'px'}">{{ tip.text }}</div>
        </div>
      </div>
      <figcaption class="hf-row">
        <button type="button" class="hf-icon-button" aria-label="Zoom out" :disabled="zoom <= 1" @click="scale(1 / 1.5)"><span aria-hidden="true">−</span></button>
        <span aria-live="polite" class="hf-zoom">{{ Math.round(zoom * 100) }} %</span>
        <button type="button" class="hf-icon-button" aria-label="Zoom in" :disabled="zoom >= 12" @click="scale(1.5)"><span aria-hidden="true">+</span></button>
        <button type="button" class="hf-button" @click="download">Download the annotated picture</button>
      </figcaption>
    </figure>`,
  props: { label: String, overlay: String, width: Number, height: Number },
  data: () => ({ url: null, name: "", zoom: 1, tip: null, shown: true, screen: 800 }),
  computed: { stroke() { return (LINE * this.width) / this.screen / Math.sqrt(this.zoom); } },
  mounted() {
    this.observer = new ResizeObserver(([entry]) => { if (entry.contentRect.width) this.screen = entry.contentRect.width; });
    this.observer.observe(this.$refs.scroller);
  },
  unmounted() {
    this.observer.disconnect();
    if (this.url) URL.revokeObjectURL(this.url);
  },
  methods: {
    show(key) {
      const picture = window.hexaface.pictures.get(key);
      if (!picture) return;
      if (this.url) URL.revokeObjectURL(this.url);
      [this.url, this.name, this.zoom, this.shown] = [URL.createObjectURL(picture.blob), picture.name, 1, true];
    },
    scale(factor) {
      const scroller = this.$refs.scroller;
      const centre = [
        (scroller.scrollLeft + scroller.clientWidth / 2) / scroller.scrollWidth,
        (scroller.scrollTop + scroller.clientHeight / 2) / scroller.scrollHeight,
      ];
      this.zoom = Math.min(12, Math.max(1, this.zoom * factor));
      this.$nextTick(() => this.centre(...centre));
    },
    // Fill the view with a box given in pixels of the picture.
    focus(x, y, width, height) {
      const stage = this.$refs.scroller.clientWidth / this.width;
      // As high as the view may become (portal.css), for it grows with the zoom.
      const high = Math.min(0.7 * innerHeight, 704);
      const fit = Math.min(this.$refs.scroller.clientWidth / (width * stage), high / (height * stage));
      this.zoom = Math.min(12, Math.max(1, 0.8 * fit));
      this.$nextTick(() => this.centre((x + width / 2) / this.width, (y + height / 2) / this.height));
    },
    centre(x, y) {
      const scroller = this.$refs.scroller;
      scroller.scrollTo(x * scroller.scrollWidth - scroller.clientWidth / 2, y * scroller.scrollHeight - scroller.clientHeight / 2);
    },
    hint(event) {
      const target = event.target.closest?.("[data-tip]");
      if (!target) return;
      const [face, stage] = [target.getBoundingClientRect(), this.$refs.stage.getBoundingClientRect()];
      this.tip = { text: target.dataset.tip, left: Math.max(0, face.left - stage.left), top: Math.max(0, face.top - stage.top) };
    },
    async download() {
      const canvas = Object.assign(document.createElement("canvas"), { width: this.width, height: this.height });
      const context = canvas.getContext("2d");
      if (this.shown) context.drawImage(this.$el.querySelector("img"), 0, 0, this.width, this.height);
      const copy = this.$refs.svg.cloneNode(true);
      copy.style.setProperty("--hf-stroke", `${(LINE * this.width) / 800}px`);
      for (const [name, value] of Object.entries({ width: this.width, height: this.height }))
        copy.setAttribute(name, value);
      const drawn = new Image();
      drawn.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
      await drawn.decode();
      context.drawImage(drawn, 0, 0, this.width, this.height);
      window.hexaface.save(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), this.name.replace(/\.\w+$/, "") + "-annotated.png");
    },
  },
};
