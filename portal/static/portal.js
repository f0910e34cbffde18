// What every page of the portal shares in the browser: files to save, text to copy, the colour scheme.
window.hexaface ??= {};
window.hexaface.pictures ??= new Map();

window.hexaface.save = (blob, name) => {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

window.hexaface.saveText = (text, name, type) => window.hexaface.save(new Blob([text], { type }), name);

// The video's present frame as JPEG.
window.hexaface.frame = (video) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
};

// Start the webcam in a video element. Raises Error with a sentence for the person.
window.hexaface.camera = async (video) => {
  // Without a secure origin (https or localhost) the browser offers no camera at all.
  if (!navigator.mediaDevices) throw new Error("The browser allows the webcam only on https or localhost.");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "user" } });
    await video.play();
  } catch (error) {
    throw new Error(`The webcam cannot be used: ${error.message}`);
  }
};

window.hexaface.stopCamera = (video) => video?.srcObject?.getTracks().forEach((track) => track.stop());

// Post a picture to the portal. -> {status: "sent" | "none" | "too-large" | "failed", name}
window.hexaface.post = async (blob, name, target, maxBytes = Infinity) => {
  if (!blob) return { status: "none", name };
  if (blob.size > maxBytes) return { status: "too-large", name };
  try {
    const answer = await fetch(target, { method: "POST", body: blob });
    return { status: answer.ok ? "sent" : "failed", name };
  } catch {
    return { status: "failed", name };
  }
};

// The clipboard API exists on secure origins only; a selection works everywhere.
window.hexaface.copy = async (button) => {
  const source = button.closest(".hf-code").querySelector("pre");
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
};

window.hexaface.toggleDark = () => {
  Quasar.Dark.set(!Quasar.Dark.isActive);
  localStorage.setItem("hexaface-dark", Quasar.Dark.isActive);
};

addEventListener("load", () => {
  const chosen = localStorage.getItem("hexaface-dark");
  const apply = () => (document.querySelector(".q-layout") ? Quasar.Dark.set(chosen === "true") : setTimeout(apply, 20));
  if (chosen !== null) apply();
});
