// How alike two faces are, and what the embedder's calibration says of it: as gateway/identities/calibration.py.

/** An embedding as the API sends it (base64 of float32, little-endian) -> Float32Array. */
export function decode(base64) {
  const text = atob(base64);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** The cosine of two unit vectors. */
export function similarity(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return Math.max(-1, Math.min(1, sum));
}

/** The distance of two unit vectors of a cosine. */
export const euclidean = (cosine) => Math.sqrt(Math.max(0, 2 - 2 * cosine));

/** Measured thresholds of an embedder. Between and beyond them log10(rate) is linear in the cosine. */
export class Calibration {
  /** From /v1/models; null when the model has none. */
  static of(models) {
    const found = models.models.find((model) => model.task === "embedder" && model.calibration?.thresholds?.length > 1);
    return found ? new Calibration(found.calibration) : null;
  }

  constructor({ thresholds, probability }) {
    this.points = thresholds.map((entry) => [entry.false_match_rate, entry.cosine]).sort((a, b) => b[0] - a[0]);
    this.missed = Object.fromEntries(thresholds.map((entry) => [entry.false_match_rate, 1 - entry.true_match_rate]));
    this.logistic = probability ?? null;
  }

  /** The cosine that a share `rate` of pairs of different people reaches. */
  threshold(rate) {
    const [[r0, c0], [r1, c1]] = this.#segment((point) => point[0] > rate);
    return Math.min(1, c0 + (Math.log10(rate / r0) / Math.log10(r1 / r0)) * (c1 - c0));
  }

  /** The share of pairs of different people that reach a cosine. */
  rate(cosine) {
    const [[r0, c0], [r1, c1]] = this.#segment((point) => point[1] < cosine);
    return Math.min(1, 10 ** (Math.log10(r0) + ((cosine - c0) / (c1 - c0)) * Math.log10(r1 / r0)));
  }

  /** The probability of the same person, when both answers are equally likely beforehand; null without one. */
  probability(cosine) {
    return this.logistic && 1 / (1 + Math.exp(-(this.logistic.slope * cosine + this.logistic.intercept)));
  }

  #segment(before) {
    const first = Math.min(Math.max(this.points.filter(before).length - 1, 0), this.points.length - 2);
    return [this.points[first], this.points[first + 1]];
  }
}
