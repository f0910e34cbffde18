// The request behind a result, to copy as curl and as Python, and its answer.

import { button, h } from "./dom.js";
import { notice } from "./dialog.js";

/** The API's address for the reader's own programs. */
export function apiUrl() {
  return document.querySelector("meta[name=hexaface-api]").content || location.origin;
}

/**
 * Two folds: {path, method, files: {field: name}, options, body, python} as a request, and `answer` as JSON. `body` is
 * sent as JSON; `python` is the method of the client with what comes before its options: ["analyze", "face.jpg"].
 */
export function requestFolds(request, answer) {
  return h("details", { class: "fold" }, h("summary", {}, "Request and answer"),
    h("div", { class: "stack" },
      code("curl", curl(request)),
      request.python && code("Python", program(request)),
      h("p", { class: "small quiet-text" }, 'With a key: -H "X-API-Key: ..." for curl, api_key="..." for Client.'),
      answer && code("Answer", JSON.stringify(answer, shorten, 2).replace(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, " ")}]`))));
}

/** The curl line alone, to copy at once. */
export function curl({ method = "POST", path, files = {}, options = {}, body }) {
  const parts = [method === "POST" ? "curl" : `curl -X ${method}`];
  for (const [field, name] of Object.entries(files)) parts.push(`-F ${quoted(`${field}=@${name}`)}`);
  for (const [name, value] of given(options)) parts.push(`-F ${name}=${quoted(String(value))}`);
  if (body) parts.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`);
  return [...parts, quoted(apiUrl() + path)].join(" \\\n  ");
}

function program({ python: [name, ...before], options = {}, body = {} }) {
  const listed = given({ ...body, ...options }).map(([option, value]) => `${option}=${pythonic(option, value)}`);
  const places = before.map((value) => JSON.stringify(value));
  return [
    "from hexaface import Client", "", `with Client(${JSON.stringify(apiUrl())}) as client:`,
    `    answer = client.${name}(${[...places, ...listed].join(", ")})`,
    "print(answer.model_dump_json(indent=2, exclude_none=True))",
  ].join("\n");
}

function pythonic(name, value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (name === "features") return JSON.stringify(String(value).split(","));
  return JSON.stringify(value);
}

const given = (options) => Object.entries(options).filter(([, value]) => value !== null && value !== undefined && value !== "");

/** A text to copy, with a button that does it. */
export function code(title, content) {
  return h("figure", { class: "code" },
    h("figcaption", { class: "row between" }, title, button("Copy", () => copy(content, title), { class: "small-button", "aria-label": `Copy the ${title}` })),
    h("pre", { tabindex: "0", role: "region", "aria-label": title }, content));
}

export async function copy(content, title) {
  try {
    await navigator.clipboard.writeText(content);
    notice(`${title} copied.`);
  } catch {
    notice("This browser does not let a page copy here; select the text instead.");
  }
}

function shorten(name, value) {
  if (name === "values" && typeof value === "string") return `${value.slice(0, 24)}... (${value.length} characters)`;
  if (name === "mesh") return `... ${value.length} points`;
  return value;
}

const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
