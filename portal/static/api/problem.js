// What went wrong, in words that say what to do here.

/** An answer that is an error, by the names of RFC 9457; `words` says it to a person. */
export class Problem extends Error {
  constructor({ type, title, status, detail, errors = [], request_id: requestId = "", retryAfter = null }) {
    super(`${title}: ${detail}`);
    Object.assign(this, { type, title, status, detail, errors, requestId, retryAfter });
  }

  static async of(answer) {
    let told = {};
    try {
      told = await answer.json();
    } catch {
      // a proxy between us may answer with anything
    }
    const retryAfter = Number(answer.headers.get("retry-after")) || null;
    const fallback = { type: "unknown", title: `The server answered ${answer.status}`, status: answer.status, detail: answer.statusText };
    return new Problem({ ...fallback, ...told, retryAfter });
  }

  get needsKey() {
    return this.status === 401;
  }

  get words() {
    const say = WORDS[this.type] ?? WORDS[this.status];
    return say ? say(this) : { title: this.title, advice: this.detail };
  }
}

const soon = (problem) => (problem.retryAfter ? `Try again in ${Math.ceil(problem.retryAfter)} s.` : "Try again in a moment.");

const WORDS = {
  unreachable: () => ({
    title: "The server does not answer",
    advice: "It may be stopped, or this device may be offline. Your pictures are still here; try again when it is back.",
  }),
  unauthenticated: () => ({
    title: "This server needs a key",
    advice: "Enter one that its operator gave you. If you had one, it may have been revoked.",
  }),
  forbidden: () => ({ title: "Your key does not allow this", advice: "Ask the operator for a key that may, or enter another one." }),
  "not-found": (problem) => ({ title: "It is not there any more", advice: problem.detail }),
  conflict: (problem) => ({ title: "That name is taken", advice: problem.detail }),
  "model-mismatch": () => ({
    title: "This collection belongs to another model",
    advice: "Its faces were stored by another embedding model than the one that runs now, and the two cannot be compared.",
  }),
  "too-large": () => ({ title: "The picture is too large for this server", advice: "Scale it down and try again." }),
  "unsupported-image": () => ({
    title: "This is not a picture that can be read",
    advice: "Use JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF.",
  }),
  "undecodable-image": () => ({ title: "The picture is damaged", advice: "It ends too early or cannot be decoded. Try to save it again." }),
  "too-many-pixels": () => ({ title: "The picture has too many pixels", advice: "Scale it down to 40 megapixels or fewer." }),
  "no-face": () => ({ title: "No face was found", advice: "Try the thorough mode in the settings, or a picture that shows the face larger." }),
  "several-faces": () => ({ title: "There are several faces", advice: "Open the picture in the Studio and click the one you mean." }),
  "low-quality": (problem) => ({
    title: "This face is too poor to be enrolled",
    advice: `${problem.errors.map((error) => error.reason).join("; ") || problem.detail.split(";")[0]}. A sharper, larger, more frontal picture works better.`,
  }),
  overloaded: (problem) => ({ title: "The server is busy", advice: soon(problem) }),
  "rate-limited": (problem) => ({ title: "Your key's limit of requests is reached", advice: soon(problem) }),
  "not-served": (problem) => ({ title: "This server does not do that", advice: `${sentence(problem.detail)} The Server page lists what it has models for.` }),
  unavailable: (problem) => ({ title: "A part of the server is away", advice: `${sentence(problem.detail)} ${soon(problem)}` }),
  deadline: () => ({ title: "The server took too long", advice: "It is busy or the picture shows very many faces. Try again." }),
};

function sentence(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.`.replace("..", ".") : "";
}
