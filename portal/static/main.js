// The portal's frame: the places to go, the page that is open, what is said beside it.

import { loaded } from "./api/offers.js";
import { onKey } from "./api/key.js";
import { send } from "./api/calls.js";
import { add, album } from "./pictures/album.js";
import { keepPictures } from "./pictures/keeper.js";
import { listenForFiles, onFiles } from "./parts/choosing.js";
import { go } from "./go.js";
import { notice } from "./parts/dialog.js";
import { fill, h, icon } from "./parts/dom.js";
import * as studio from "./pages/studio.js";
import * as people from "./pages/people.js";
import * as folder from "./pages/folder.js";
import * as live from "./pages/live.js";
import * as generate from "./pages/generate.js";
import * as server from "./pages/server.js";
import * as missing from "./pages/missing.js";

const PAGES = { "/": studio, "/people": people, "/folder": folder, "/live": live, "/generate": generate, "/server": server };
const PLACES = [
  ["/", "studio", "Studio"], ["/people", "people", "People"], ["/folder", "folder", "Folder"], ["/live", "live", "Live"],
  ["/generate", "generate", "Generate"],
  ["/server", "server", "Server"],
];

let unmount = null;
const main = h("main", { id: "main", tabindex: "-1" });
const links = PLACES.map(([path, name, words]) => h("a", { href: path, class: "place", "data-name": name }, icon(name), h("span", {}, words)));

function open() {
  unmount?.();
  const page = PAGES[location.pathname] ?? missing;
  document.title = page.title === "Studio" ? "HexaFace" : `${page.title} - HexaFace`;
  for (const link of links) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.className = "";
  fill(main);
  scrollTo(0, 0);
  const stopFiles = onFiles(async (files) => {  // pages that take files themselves say so when they are built
    await add(files);
    for (const reason of album.refused) notice(reason);
    go("/");
  });
  const taken = page.mount(main);
  unmount = () => { taken?.(); stopFiles(); };
}

addEventListener("popstate", open);
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const elsewhere = !link || link.origin !== location.origin || !(link.pathname in PAGES) || link.hasAttribute("download");
  if (elsewhere || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.pathname + link.search);
});

/** The dot beside "Server": everything is ready, or something is missing. */
async function showState() {
  const place = links.at(-1);
  let state = "ready";
  try {
    await loaded();
    const answer = await send("GET", "/readyz");
    state = answer.degraded ? "lacking" : "ready";
  } catch (failure) {
    state = failure.needsKey ? "closed" : "lacking";
  }
  place.dataset.state = state;
  place.querySelector("span").textContent = { ready: "Server", lacking: "Server", closed: "Key needed" }[state];
  place.title = { ready: "Everything is ready", lacking: "Something is missing", closed: "This server needs a key" }[state];
}

function build() {
  document.documentElement.dataset.theme = localStorage.getItem("hexaface-theme") ?? "";
  document.body.append(
    h("nav", { class: "places", "aria-label": "Pages" }, h("a", { href: "/", class: "logo", "aria-label": "HexaFace" }, icon("mark")), links),
    main,
    h("div", { id: "notices", role: "status" }),
  );
  listenForFiles();
  open();
  void showState();
  void keepPictures();
  onKey(() => void showState());
}

build();
