// An address that nothing stands at.

import { h } from "../parts/dom.js";

export const title = "Not found";

export function mount(main) {
  main.append(h("div", { class: "sheet stack" },
    h("h1", {}, "There is no such page"),
    h("p", {}, "The address may be mistyped, or from an older version of the portal."),
    h("p", {}, h("a", { href: "/" }, "Go to the Studio"))));
  return null;
}
