// What a reader set, the same on every page. Pictures are no settings: nothing of them is written anywhere.

const NAME = "hexaface-settings";
const DEFAULTS = {
  mode: "",             // the server's own: balanced
  min_score: "",        // the detector's own
  min_size: 0,
  max_faces: 100,
  false_match_rate: 0.001,
  metric: "cosine",
  false_positive_rate: 0.01,
  top_k: 5,
  collection: "",       // whose names stand at faces; empty: nobody's
  no_store: true,
  layers: ["boxes", "labels"],
};

const watchers = new Set();
let current = { ...DEFAULTS, ...read() };

function read() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {};
  } catch {
    return {};  // no storage in this browser, or another's text: the defaults hold
  }
}

/** The settings as they are now. */
export function settings() {
  return current;
}

export function change(some) {
  current = { ...current, ...some };
  try {
    localStorage.setItem(NAME, JSON.stringify(current));
  } catch {
    // no storage: the settings hold until the page is left
  }
  for (const watcher of watchers) watcher(current, Object.keys(some));
}

export function restoreDefaults() {
  change({ ...DEFAULTS, layers: current.layers, collection: current.collection });
}

/** Calls `watcher(settings, names)` after each change; the answer ends that. */
export function onSettings(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The options of the detector that were set, as the API calls them. */
export function detection() {
  const { mode, min_score, min_size, max_faces } = current;
  return {
    ...(mode ? { mode } : {}),
    ...(min_score === "" ? {} : { min_score }),
    ...(min_size > 0 ? { min_size } : {}),
    ...(max_faces === 100 ? {} : { max_faces }),
  };
}
