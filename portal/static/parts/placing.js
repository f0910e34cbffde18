// Where labels go: above their box, else below, else nowhere; never over a face, another label or the edge.

const GAP = 3;
const HEIGHT = 16;
const PAD = 5;
const FONT = "600 11px system-ui, sans-serif";

export { FONT, HEIGHT, PAD };

/** [{face, text, x, y, width}] for faces with their boxes on the screen; large faces choose first. `frame` is the width and height, and the `edge` above and below that is taken. */
export function place(context, boxed, frame) {
  context.font = FONT;
  const taken = boxed.map(({ box }) => box);
  const placed = [];
  const bySize = [...boxed].sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  for (const { face, box, texts } of bySize) {
    const found = firstFree(context, box, texts, taken, frame);
    if (!found) continue;
    taken.push(found);
    placed.push({ face, ...found });
  }
  return placed;
}

function firstFree(context, box, texts, taken, { edge = 0, ...frame }) {
  for (const text of texts) {
    const width = Math.ceil(context.measureText(text).width) + 2 * PAD;
    const x = Math.min(Math.max(0, box.x + box.width / 2 - width / 2), frame.width - width);
    for (const y of [box.y - HEIGHT - GAP, box.y + box.height + GAP]) {
      const label = { text, x, y, width, height: HEIGHT };
      const inside = y >= edge && y + HEIGHT <= frame.height - edge && x >= 0;
      if (inside && !taken.some((other) => other !== box && touching(label, other))) return label;
    }
  }
  return null;
}

function touching(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
