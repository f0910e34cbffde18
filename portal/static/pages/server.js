// The server: is everything ready, what is missing and what that costs; its models; the key.

import { key, onKey } from "../api/key.js";
import { forgetModels, loaded } from "../api/offers.js";
import { problemBox } from "../parts/dialog.js";
import { button, fill, h } from "../parts/dom.js";
import { keyDialog } from "../parts/key_dialog.js";
import { code, apiUrl } from "../parts/requests.js";
import { settingsDrawer } from "../parts/settings_drawer.js";

const COSTS = {
  detector: "No face can be found: nothing else works.",
  embedder: "Nobody can be compared, searched or enrolled.",
  attributes: "Age and looks are missing.",
  emotion: "The expression is missing.",
  keypoints: "Keypoints, head, gaze and face muscles are missing.",
  generator: "No faces can be generated.",
  liveness: "Liveness is missing.",
  postgresql: "Nobody can be enrolled or searched, and keys cannot be checked.",
  redis: "The same picture is computed again each time, and limits of requests are not counted.",
};
const DOES = {
  detector: "finds faces", "detector-points": "places eyes, nose and mouth", embedder: "tells people apart", attributes: "age, looks, masks",
  emotion: "expression", keypoints: "keypoints, head, gaze, face muscles", generator: "makes faces", liveness: "person or picture of one",
};
const REFRESH_MS = 10_000;

export const title = "Server";

export function mount(main) {
  const state = h("section", { class: "stack", "aria-label": "State", "aria-live": "polite" });
  const models = h("section", { class: "stack", "aria-label": "Models" });
  const keys = h("section", { class: "card stack", "aria-label": "Key" });
  main.append(h("div", { class: "sheet stack sheet-wide-gap" },
    h("h1", {}, "Server"), state, keys, models, developers()));
  const load = () => Promise.all([showState(state), showModels(models), showKeys(keys)]);
  void load();
  const stop = onKey(() => void load());
  const timer = setInterval(() => { if (!document.hidden) void showState(state); }, REFRESH_MS);
  return () => { stop(); clearInterval(timer); };
}

async function readiness() {
  const answer = await fetch("/readyz", { headers: { Accept: "application/json" }, credentials: "omit" });
  return answer.json();
}

async function showState(place) {
  try {
    const { services = {}, stores = {} } = await readiness();
    const away = Object.entries({ ...services, ...stores }).filter(([, state]) => state !== "ready");
    fill(place, away.length ? lacking(away) : h("p", { class: "state good" }, "Everything is ready."));
  } catch {
    fill(place, h("p", { class: "state bad" }, "The server does not answer. Your pictures are still in this tab."));
  }
}

function lacking(away) {
  return h("div", { class: "stack" },
    h("p", { class: "state bad" }, away.length === 1 ? "One part is away; the rest works." : `${away.length} parts are away; the rest works.`),
    h("ul", { class: "away" }, away.map(([name, state]) => h("li", {}, h("strong", {}, name), `: ${COSTS[name.toLowerCase()] ?? ""} `, h("span", { class: "quiet-text" }, state)))));
}

async function showKeys(place) {
  let open = true;
  try {
    await loaded();
  } catch (failure) {
    open = !failure.needsKey;
  }
  const told = key()
    ? open ? "A key is in use in this tab." : "The key in this tab is not valid: it may be mistyped or revoked."
    : open ? "No key is needed for what this page asks." : "This server needs a key for everything it does.";
  fill(place,
    h("h2", {}, open ? "Key" : "Key needed"), h("p", {}, told),
    !open && h("p", { class: "quiet-text" }, "Ask the server's operator for one; who runs the server makes the first one with: hexaface keys create. It stays in this tab until you close it."),
    h("div", { class: "row" }, button(key() ? "Change the key" : "Enter a key", keyDialog, { class: open ? "" : "main" })));
}

async function showModels(place) {
  forgetModels();
  try {
    const { models, unavailable, not_served: absent } = await loaded();
    fill(place, h("h2", {}, "Models"),
      h("ul", { class: "models" }, models.map(model)),
      unavailable.length > 0 && h("p", { class: "warning" }, `No model answers for: ${unavailable.join(", ")}.`),
      absent?.length > 0 && h("p", { class: "quiet-text" }, `This server has no model for: ${absent.join(", ")}. Its operator left them out, or chose models whose licences allow commercial use.`));
  } catch (failure) {
    fill(place, h("h2", {}, "Models"), problemBox(failure, () => showModels(place)));
  }
}

function model({ task, name, version, provider, device, licence, training_data: data, metrics }) {
  const runs = `${provider.replace("ExecutionProvider", "")}${device === "cpu" ? "" : ` ${device}`}`;
  const measured = Object.entries(metrics).map(([measure, value]) => h("div", {}, h("dt", {}, measure.replaceAll("_", " ")), h("dd", {}, String(value))));
  return h("li", { class: "card model" },
    h("div", {}, h("h3", {}, DOES[task] ? `${task}: ${DOES[task]}` : task), h("p", {}, h("strong", {}, name), ` ${version}`), h("p", { class: "small quiet-text" }, `runs on ${runs}`)),
    h("dl", { class: "plain" },
      h("div", {}, h("dt", {}, "Weights"), h("dd", {}, licence.weights ?? "not stated")),
      h("div", {}, h("dt", {}, "Training data"), h("dd", {}, `${data} (${licence.training_data ?? "terms not stated"})`))),
    h("details", { class: "more" }, h("summary", {}, "Measured accuracy"), h("dl", { class: "facts" }, measured)));
}

function developers() {
  const url = apiUrl();
  return h("section", { class: "stack", "aria-label": "For programs" },
    h("h2", {}, "For programs"),
    code("curl", `curl -F image=@photo.jpg ${url}/v1/analyze`),
    h("div", { class: "row" },
      h("a", { class: "button", href: `${url}/docs` }, "API documentation"),
      button("Settings of this portal", settingsDrawer)));
}
