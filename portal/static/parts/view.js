// Where a picture lies in its frame: fitted, zoomed, moved.

const MOST = 12;

export class View {
  constructor() {
    Object.assign(this, { width: 0, height: 0, frameWidth: 1, frameHeight: 1, zoom: 1, x: 0, y: 0, margin: 0 });
  }

  /** A picture's size and its frame's, both in pixels; the zoom stays where the picture did. */
  place(width, height, frameWidth, frameHeight, margin) {
    if (width !== this.width || height !== this.height) Object.assign(this, { zoom: 1, x: 0, y: 0 });
    Object.assign(this, { width, height, frameWidth, frameHeight, margin });
    this.#hold();
  }

  /** Pixels of the screen per pixel of the picture. */
  get scale() {
    const room = Math.max(40, this.frameHeight - 2 * this.margin);
    return this.zoom * Math.min(this.frameWidth / this.width, room / this.height);
  }

  get left() {
    return this.frameWidth / 2 - (this.width * this.scale) / 2 + this.x;
  }

  get top() {
    return this.frameHeight / 2 - (this.height * this.scale) / 2 + this.y;
  }

  /** A point of the picture (an integer is the centre of a pixel) on the screen. */
  at(x, y) {
    return [this.left + (x + 0.5) * this.scale, this.top + (y + 0.5) * this.scale];
  }

  box({ x, y, width, height }) {
    const { scale } = this;
    return { x: this.left + x * scale, y: this.top + y * scale, width: width * scale, height: height * scale };
  }

  /** Zooms by a factor about a point of the frame. */
  zoomBy(factor, px = this.frameWidth / 2, py = this.frameHeight / 2) {
    const zoom = Math.min(MOST, Math.max(1, this.zoom * factor));
    const ratio = zoom / this.zoom;
    const [cx, cy] = [this.frameWidth / 2, this.frameHeight / 2];
    this.x = (this.x - (px - cx)) * ratio + (px - cx);
    this.y = (this.y - (py - cy)) * ratio + (py - cy);
    this.zoom = zoom;
    this.#hold();
  }

  moveBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#hold();
  }

  fit() {
    Object.assign(this, { zoom: 1, x: 0, y: 0 });
  }

  /** Brings a box into sight when it is outside. */
  reveal(box) {
    const shown = this.box(box);
    const [cx, cy] = [shown.x + shown.width / 2, shown.y + shown.height / 2];
    if (cx < 0 || cy < 0 || cx > this.frameWidth || cy > this.frameHeight) {
      this.moveBy(this.frameWidth / 2 - cx, this.frameHeight / 2 - cy);
    }
  }

  #hold() {
    const over = (size, frame) => Math.max(0, (size * this.scale - frame) / 2);
    const [ox, oy] = [over(this.width, this.frameWidth), over(this.height, this.frameHeight)];
    this.x = Math.min(ox, Math.max(-ox, this.x));
    this.y = Math.min(oy, Math.max(-oy, this.y));
  }
}
