// Requests to the API under this page's own address.

import { key } from "./key.js";
import { Problem } from "./problem.js";
import { settings } from "./settings.js";

const LONGEST_WAIT_MS = 60_000;  // a rate limit per minute has room again within one
const WAITS = 3;

/** What a request answers. Raises Problem. */
export async function send(method, path, { json, form, query, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (key()) headers["X-API-Key"] = key();
  if (settings().no_store) headers["Cache-Control"] = "no-store";
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path + search(query), {
      method, headers, signal, credentials: "omit", body: json === undefined ? form : JSON.stringify(json),
    });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Problem({ type: "unreachable", title: "The server does not answer", status: 0, detail: "" });
  }
  if (!answer.ok) throw await Problem.of(answer);
  if (answer.status === 204) return null;
  return answer.json();
}

/** As `send`, but waits where the server says when to try again: for work of many requests. */
export async function sendPatiently(method, path, options = {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await send(method, path, options);
    } catch (failure) {
      if (failure.status !== 429 || tries >= WAITS) throw failure;
      await pause(Math.min((failure.retryAfter ?? 1) * 1000, LONGEST_WAIT_MS), options.signal);
    }
  }
}

/** A form of pictures by field and options; lists are written with commas, as the API reads them. */
export function formOf(pictures, options = {}) {
  const form = new FormData();
  for (const [field, files] of Object.entries(pictures)) {
    for (const file of [files].flat()) form.append(field, file, file.name ?? "picture.jpg");
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null && value !== "") form.append(name, String(value));
  }
  return form;
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** A path with its parts encoded: path`/v1/collections/${id}`. */
export function path(texts, ...values) {
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent));
}

function search(query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
