// The webcam: opened, shown, read as JPEG frames, closed.

import { openDialog } from "./dialog.js";
import { button, h } from "./dom.js";

/** Opens the camera; raises an Error whose message is for a person. */
export async function openCamera(facing = "user") {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error("Browsers lend the camera only to pages over https or on this computer itself.");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: { ideal: 1280 } }, audio: false });
  } catch (failure) {
    const denied = failure.name === "NotAllowedError";
    throw new Error(denied ? "The camera is not allowed for this page. Allow it in the browser's address bar." : "No camera was found, or another program uses it.");
  }
}

export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** What a video shows now, as a JPEG no wider than `side` pixels. */
export async function frameOf(video, side, canvas = document.createElement("canvas")) {
  const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

/** Lets a person take one picture; null when they did not. */
export async function shoot() {
  let taken = null;
  let stream = null;
  await openDialog("Take a picture", (close) => {
    const video = h("video", { class: "camera", autoplay: true, playsinline: true, muted: true });
    const said = h("p", { role: "status" }, "Waiting for the camera ...");
    const take = button("Take the picture", async () => {
      taken = new File([await frameOf(video, 2048)], `camera-${new Date().toISOString().slice(11, 19).replaceAll(":", "")}.jpg`, { type: "image/jpeg" });
      close();
    }, { class: "main", disabled: true });
    openCamera().then((opened) => {
      stream = opened;
      video.srcObject = opened;
      video.addEventListener("loadeddata", () => { take.disabled = false; said.textContent = ""; take.focus(); });
      if (!video.isConnected) closeCamera(opened);
    }, (failure) => { said.textContent = failure.message; });
    return [video, said, h("div", { class: "row end" }, button("Cancel", close), take)];
  });
  closeCamera(stream);
  return taken;
}
