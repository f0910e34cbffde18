// Dialogs, notices, problems: what stands over or beside a page for a while.

import { h, fill, iconButton, button } from "./dom.js";
import { Problem } from "../api/problem.js";

/** A modal dialog; `build(close)` gives its content. The answer is closed when the dialog is. */
export function openDialog(title, build, { wide = false } = {}) {
  const opener = document.activeElement;
  const dialog = h("dialog", { class: wide ? "dialog wide" : "dialog", "aria-label": title });
  const close = () => dialog.close();
  dialog.append(
    h("header", { class: "dialog-head" }, h("h2", {}, title), iconButton("close", "Close", close)),
    h("div", { class: "dialog-body stack" }, build(close)),
  );
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    resolve();
  }));
}

/** Asks before something that cannot be undone. */
export async function confirmed(title, text, verb) {
  let answer = false;
  await openDialog(title, (close) => [
    h("p", {}, text),
    h("div", { class: "row end" }, button("Cancel", close), button(verb, () => { answer = true; close(); }, { class: "danger" })),
  ]);
  return answer;
}

const NOTICE_MS = 5000;

/** Says something that needs no answer; screen readers say it too. */
export function notice(text) {
  const place = document.getElementById("notices");
  const shown = h("p", { class: "notice" }, text);
  place.append(shown);
  setTimeout(() => shown.remove(), NOTICE_MS);
}

/** A problem where its result would be, with what can be done about it. */
export function problemBox(failure, retry = null) {
  if (!(failure instanceof Problem)) console.error(failure);
  const { title, advice } = failure.words ?? { title: "Something went wrong in this page", advice: String(failure.message) };
  return h("div", { class: "problem", role: "alert" },
    h("strong", {}, title), h("p", {}, advice),
    (failure.needsKey || failure.status === 403 || retry) && h("div", { class: "row" },
      (failure.needsKey || failure.status === 403) && button("Enter a key", askForKey),
      retry && button("Try again", retry)),
    failure.requestId && h("p", { class: "small quiet-text" }, `Request ${failure.requestId}`));
}

/** Shows `work()`'s result in `place`, or what went wrong. */
export async function showing(place, work) {
  try {
    fill(place, await work());
  } catch (failure) {
    fill(place, problemBox(failure, () => showing(place, work)));
  }
}

async function askForKey() {
  const { keyDialog } = await import("./key_dialog.js");
  await keyDialog();
}
