// Pictures outlive a reload in the memory of a service worker, which forgets them within a minute after the last tab.

import { album, restore } from "./album.js";

const ADDRESS = "/_portal/keeper.js";
const PATIENCE_MS = 1500;
const MOST_BYTES = 200 * 2 ** 20;

let worker = null;

/** Takes back what this tab had before a reload, and hands over what it has when it is left. */
export async function keepPictures() {
  if (!("serviceWorker" in navigator)) return;  // plain http on another host than this one: a reload starts anew
  try {
    const registration = await navigator.serviceWorker.register(ADDRESS, { scope: "/_portal/", updateViaCache: "none" });
    worker = registration.active ?? (await activated(registration));
  } catch {
    return;  // a browser that forbids workers: a reload starts anew
  }
  addEventListener("pagehide", hand);
  if (document.visibilityState && wasReloaded()) {
    const kept = await ask({ type: "give", tab: tab() });
    if (kept?.pictures.length) restore(kept);
  }
}

function wasReloaded() {
  return performance.getEntriesByType("navigation")[0]?.type !== "navigate" || sessionStorage.getItem("hexaface-left");
}

function tab() {
  let name = sessionStorage.getItem("hexaface-tab");
  if (!name) {
    name = crypto.randomUUID();
    sessionStorage.setItem("hexaface-tab", name);
  }
  return name;
}

function hand() {
  const pictures = [];
  let bytes = 0;
  for (const { blob, width, height, view, name, answer, faces } of album.pictures) {
    bytes += blob.size;
    if (bytes > MOST_BYTES) break;
    const plain = faces.map(({ crop, ...face }) => face);
    pictures.push({ blob, width, height, view, name, answer: answer && { ...answer, faces: plain } });
  }
  sessionStorage.setItem("hexaface-left", "1");
  const selected = album.pictures.indexOf(album.selected);
  worker.postMessage({ type: "keep", tab: tab(), pictures, selected, face: album.selected?.face?.index ?? null });
}

function ask(message) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    setTimeout(() => resolve(null), PATIENCE_MS);
    worker.postMessage(message, [port2]);
  });
}

function activated(registration) {
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve, reject) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated") resolve(coming);
      if (coming.state === "redundant") reject(new Error("the worker was replaced"));
    });
  });
}
