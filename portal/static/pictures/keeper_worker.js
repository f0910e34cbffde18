// Holds the pictures of a tab while it reloads: in memory only. The browser ends an idle worker, and with it all it holds.

const FORGET_MS = 20_000;  // browsers end an idle worker after about 30 s; this comes first
const kept = new Map();

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("message", (event) => {
  const { type, tab, ...held } = event.data;
  if (type === "keep") {
    kept.set(tab, held);
    event.waitUntil(new Promise((resolve) => setTimeout(() => { kept.delete(tab); resolve(); }, FORGET_MS)));
  } else if (type === "give") {
    event.ports[0].postMessage(kept.get(tab) ?? null);
    kept.delete(tab);
  }
});
