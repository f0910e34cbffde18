// The API key: in this tab until it is closed, sent to this server only.

const NAME = "hexaface-key";
const watchers = new Set();

export function key() {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

export function keepKey(value) {
  if (value) sessionStorage.setItem(NAME, value);
  else sessionStorage.removeItem(NAME);
  for (const watcher of watchers) watcher();
}

/** Calls `watcher()` whenever the key changed; the answer ends that. */
export function onKey(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
