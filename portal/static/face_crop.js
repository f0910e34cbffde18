// One face cut out of a picture that the browser holds.
export default {
  template: `<div class="hf-crop" :style="{aspectRatio: 1}"><img v-if="url" :src="url" :alt="label" :style="place" /></div>`,
  props: { pictureKey: String, label: String, box: Array, size: Array },
  data: () => ({ url: null }),
  computed: {
    place() {
      const [x, y, width, height] = this.box;
      const side = 1.3 * Math.max(width, height);
      const [left, top] = [x + width / 2 - side / 2, y + height / 2 - side / 2];
      return { width: `${(100 * this.size[0]) / side}%`, left: `${(-100 * left) / side}%`, top: `${(-100 * top) / side}%` };
    },
  },
  mounted() {
    const picture = window.hexaface.pictures.get(this.pictureKey);
    if (picture) this.url = URL.createObjectURL(picture.blob);
  },
  unmounted() { if (this.url) URL.revokeObjectURL(this.url); },
};
