// The webcam's moving picture; `send` posts the present frame.
export default {
  template: `
    <div class="hf-live">
      <video ref="video" autoplay playsinline muted v-show="running" aria-label="Webcam"></video>
      <p v-if="message" role="alert" class="hf-message">{{ message }}</p>
    </div>`,
  data: () => ({ running: false, message: "" }),
  unmounted() { this.stop(); },
  methods: {
    async start() {
      this.message = "";
      try {
        await window.hexaface.camera(this.$refs.video);
        this.running = true;
      } catch (error) {
        this.message = error.message;
      }
      return this.running;
    },
    stop() {
      window.hexaface.stopCamera(this.$refs.video);
      this.running = false;
    },
    async send(target) {
      return window.hexaface.post(this.running ? await window.hexaface.frame(this.$refs.video) : null, "webcam", target);
    },
  },
};
