// Live: the camera's faces with boxes and labels, at the rate that the machine gives.

import { collections } from "../api/people.js";
import { features } from "../api/offers.js";
import { change, settings } from "../api/settings.js";
import { analyse, identify } from "../faces/analysis.js";
import { labels, percent, spoken, worded } from "../faces/describe.js";
import { closeCamera, frameOf, openCamera } from "../parts/camera.js";
import { LineChart } from "../parts/chart.js";
import { problemBox } from "../parts/dialog.js";
import { button, fill, h, iconButton } from "../parts/dom.js";
import { draw } from "../parts/overlay.js";
import { place } from "../parts/placing.js";
import { View } from "../parts/view.js";

const SIDE = 640;          // pixels of a frame: enough for a face before a camera, quick to send
const CHART_SECONDS = 60;
const WHO_EVERY_MS = 2000; // a name changes less often than an expression
const PAUSE_MS = 1000;     // after a problem

export const title = "Live";

export function mount(main) {
  const page = new Live(main);
  return () => page.leave();
}

class Live {
  #stream = null;
  #run = 0;
  #facing = "user";
  #names = [];

  constructor(main) {
    main.classList.add("live");
    this.main = main;
    this.view = new View();
    this.video = h("video", { class: "live-video", autoplay: true, playsinline: true, muted: true, "aria-label": "Camera" });
    this.canvas = h("canvas", { class: "live-overlay", "aria-hidden": "true" });
    this.said = h("p", { class: "live-said", role: "status" });
    this.problems = h("div");
    this.startButton = button("Start the camera", () => this.start(), { class: "main" });
    this.welcome = h("div", { class: "live-welcome" }, h("p", {}, "See faces, ages and expressions before the camera as they change."), this.startButton);
    this.frame = h("div", { class: "live-frame" }, this.video, this.canvas, this.welcome);
    this.stopButton = button("Stop", () => this.stop(), { class: "danger", hidden: true });
    this.turn = iconButton("camera", "Other camera", () => { this.#facing = this.#facing === "user" ? "environment" : "user"; this.stop(); void this.start(); }, { hidden: true });
    this.who = h("select", { "aria-label": "Who is this: names from", onchange: () => change({ collection: this.who.value }) });
    this.chart = h("div");
    this.face = h("div", { class: "stack" });
    fill(main,
      h("section", { class: "live-stage", "aria-label": "Camera" }, this.frame,
        h("div", { class: "live-bar" }, this.said, h("div", { class: "row" }, this.turn, this.stopButton))),
      h("aside", { class: "panel", "aria-label": "Live" },
        h("h1", {}, "Live"), this.problems,
        h("label", { class: "field" }, "Who is this", this.who),
        this.face, this.chart,
        h("p", { class: "small quiet-text" }, "One frame at a time goes to the server, which forgets it; frames that would have to wait are dropped.")));
    void this.#offerCollections();
    this.onHide = () => { if (document.hidden) this.stop(); };
    document.addEventListener("visibilitychange", this.onHide);
  }

  leave() {
    this.stop();
    document.removeEventListener("visibilitychange", this.onHide);
    this.main.classList.remove("live");
  }

  async start() {
    fill(this.problems);
    this.said.textContent = "Waiting for the camera ...";
    const run = ++this.#run;
    try {
      const stream = await openCamera(this.#facing);
      if (run !== this.#run) {
        closeCamera(stream);
        return;
      }
      this.#stream = stream;
    } catch (failure) {
      this.said.textContent = "";
      fill(this.problems, h("p", { class: "problem", role: "alert" }, failure.message));
      return;
    }
    this.video.srcObject = this.#stream;
    await new Promise((resolve) => this.video.addEventListener("loadeddata", resolve, { once: true }));
    this.frame.classList.toggle("mirrored", this.#facing === "user");
    this.#running(true);
    this.lines = new LineChart(CHART_SECONDS, "Expression over the last minute");
    fill(this.chart, h("section", { class: "fact" }, h("h3", {}, "Expression, the last minute"), this.lines.element));
    await this.#loop(run);
  }

  stop() {
    this.#run += 1;
    closeCamera(this.#stream);
    this.#stream = null;
    this.video.srcObject = null;
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.said.textContent = "";
    this.#running(false);
  }

  #running(on) {
    this.welcome.hidden = on;
    this.stopButton.hidden = !on;
    this.turn.hidden = !on;
    if (on) this.stopButton.focus();
  }

  /** One frame after another: the next is taken when the last is answered, so nothing queues. */
  async #loop(run) {
    const options = { features: (await features().catch(() => ["attributes", "emotion", "keypoints"])).filter((name) => name !== "embedding").join(","), max_faces: 20 };
    const canvas = document.createElement("canvas");
    const started = performance.now();
    const times = [];
    let asked = 0;
    while (run === this.#run) {
      try {
        const blob = await frameOf(this.video, SIDE, canvas);
        const answer = await analyse(blob, options);
        if (run !== this.#run) return;
        if (settings().collection && performance.now() - asked > WHO_EVERY_MS && answer.faces.length) {
          asked = performance.now();
          await this.#name(blob, answer);
        }
        this.#keepNames(answer);
        times.push(performance.now());
        if (times.length > 10) times.shift();
        this.#show(answer, rate(times), (performance.now() - started) / 1000);
      } catch (failure) {
        if (run !== this.#run) return;
        fill(this.problems, problemBox(failure));
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  async #name(blob, answer) {
    const picture = { blob, faces: answer.faces };
    await identify(picture, settings().collection);
    this.#names = answer.faces.filter((face) => face.identity).map(({ box, identity }) => ({ box, identity }));
  }

  /** A face keeps the name that was found near its place until it is looked for again. */
  #keepNames({ faces }) {
    if (!settings().collection) this.#names = [];
    for (const face of faces) {
      const near = this.#names.find(({ box }) => Math.abs(box.x - face.box.x) < face.box.width / 2 && Math.abs(box.y - face.box.y) < face.box.height / 2);
      face.identity ??= near?.identity ?? null;
      if (near) near.box = face.box;
    }
  }

  #show(answer, perSecond, seconds) {
    fill(this.problems, answer.problems.length > 0 && h("p", { class: "warning" }, `Without ${answer.problems.map(({ feature }) => feature).join(", ")}: a part of the server does not answer.`));
    const { faces, image } = answer;
    this.said.textContent = `${faces.length === 1 ? "1 face" : `${faces.length} faces`} · ${perSecond.toFixed(1)} a second`;
    this.#draw(faces, image);
    const [first] = [...faces].sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
    if (first?.emotion) this.lines.add(seconds, first.emotion.scores);
    fill(this.face, first ? summary(first, faces.length) : h("p", { class: "quiet-text" }, "No face in view."));
  }

  #draw(faces, image) {
    const [width, height] = [this.frame.clientWidth, this.frame.clientHeight];
    const density = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    const context = this.canvas.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    this.view.place(image.width, image.height, width, height, 0);
    const mirrored = this.#facing === "user" ? faces.map((face) => mirror(face, image.width)) : faces;
    const boxed = mirrored.map((face) => ({ face, box: this.view.box(face.box), texts: labels(face) }));
    const placed = place(context, boxed, { width, height });
    draw(context, this.view, { faces: mirrored, placed, layers: new Set(settings().layers.filter((layer) => layer !== "mesh")), chosen: null, pointed: null });
  }

  async #offerCollections() {
    const found = await collections().catch(() => []);
    fill(this.who, h("option", { value: "" }, "No names"), found.map(({ id }) => h("option", { value: id }, `Look in ${id}`)));
    this.who.value = found.some(({ id }) => id === settings().collection) ? settings().collection : "";
  }
}

/** The face as in a mirror, for drawing: a person before a camera expects one. */
function mirror(face, width) {
  const turned = ({ x, y }) => ({ x: width - 1 - x, y });
  const points = (some) => Object.fromEntries(Object.entries(some).map(([name, point]) => [name, turned(point)]));
  const { keypoints } = face;
  return {
    ...face,
    box: { ...face.box, x: width - face.box.x - face.box.width },
    landmarks: points(face.landmarks),
    keypoints: keypoints && {
      ...keypoints, points: points(keypoints.points), mesh: null,
      pose: { ...keypoints.pose, yaw: -keypoints.pose.yaw, roll: -keypoints.pose.roll },
      gaze: { ...keypoints.gaze, yaw: -keypoints.gaze.yaw },
    },
  };
}

function rate(times) {
  return times.length < 2 ? 0 : ((times.length - 1) * 1000) / (times.at(-1) - times[0]);
}

function summary(face, of) {
  const { attributes, emotion, liveness, judged } = face;
  return [
    h("p", { class: "live-face" }, spoken(face, of)),
    judged.warnings.length > 0 && h("p", { class: "warning" }, judged.warnings[0]),
    h("dl", { class: "facts" }, [
      attributes && ["Age", `${Math.round(attributes.age.years)} (${Math.round(attributes.age.low)} to ${Math.round(attributes.age.high)})`],
      emotion && ["Expression", `${worded(emotion.label)}, ${percent(emotion.scores[emotion.label])}`],
      liveness && ["Liveness", liveness.label === "real" ? "a person" : "a picture or screen"],
    ].filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  ];
}
