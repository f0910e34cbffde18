// What this server offers: its models, its state, and which routes and options its API has.

import { send } from "./calls.js";
import { onKey } from "./key.js";

let api = null;
let models = null;

onKey(() => { models = null; });

/** The API's own description; fetched once. Raises Problem. */
export function description() {
  api ??= send("GET", "/openapi.json").catch((failure) => { api = null; throw failure; });
  return api;
}

/** The models that are loaded, and the tasks that none answers for. Raises Problem. */
export function loaded() {
  models ??= send("GET", "/v1/models").catch((failure) => { models = null; throw failure; });
  return models;
}

export function forgetModels() {
  models = null;
}

/** Whether the API has a route: offers("post", "/v1/compare"). */
export async function offersRoute(method, path) {
  return Boolean((await description()).paths[path]?.[method]);
}

/** The names that a route reads: options of its body and of its query. */
export async function optionsOf(method, path) {
  const { paths } = await description();
  const route = paths[path]?.[method];
  if (!route) return {};
  const found = Object.fromEntries((route.parameters ?? []).map((parameter) => [parameter.name, parameter.schema ?? {}]));
  for (const content of Object.values(route.requestBody?.content ?? {})) Object.assign(found, content.schema?.properties ?? {});
  return found;
}

/** The features that analyse offers and this server has a model for: attributes, emotion, keypoints, embedding, and what comes later. */
export async function features() {
  const { not_served: absent = [] } = await loaded().catch(() => ({}));
  return (await named()).filter((name) => !absent.includes(name === "embedding" ? "embedder" : name));
}

async function named() {
  const options = await optionsOf("post", "/v1/analyze").catch(() => ({}));  // what is away says so when it is asked
  const listed = JSON.stringify(options.features ?? {}).match(/"enum":\[([^\]]*)\]/)?.[1] ?? "";
  return listed ? JSON.parse(`[${listed}]`) : ["attributes", "emotion", "keypoints", "embedding"];
}
