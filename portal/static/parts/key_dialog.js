// The dialog that asks for an API key.

import { key, keepKey } from "../api/key.js";
import { button, h } from "./dom.js";
import { notice, openDialog } from "./dialog.js";

export function keyDialog() {
  return openDialog("API key", (close) => {
    const entry = h("input", { type: "password", autocomplete: "off", spellcheck: "false", value: key(), autofocus: true });
    const use = (event) => {
      event.preventDefault();
      keepKey(entry.value.trim());
      close();
      notice(entry.value.trim() ? "The key is kept in this tab until you close it." : "The key is forgotten.");
    };
    return [
      h("p", {}, "It stays in this tab until you close it, and is sent to this HexaFace server only."),
      h("form", { class: "stack", onsubmit: use },
        h("label", { class: "field" }, "Key", entry),
        h("div", { class: "row end" },
          key() && button("Forget the key", () => { keepKey(""); close(); notice("The key is forgotten."); }),
          h("button", { type: "submit", class: "main" }, "Use this key"))),
      h("p", { class: "small quiet-text" }, "An operator makes one with ", h("code", {}, "hexaface keys create"), "."),
    ];
  });
}
