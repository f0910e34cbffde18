// Zooming and moving a view with wheel, mouse and fingers.

const STEP = 1.0016;  // per pixel of a wheel's turn

/** Lets a person move `view` in `element`; `settle()` is called after each change. */
export function movable(element, view, settle) {
  const pointers = new Map();
  let moved = false;

  element.addEventListener("wheel", (event) => {
    const pageScrolls = document.scrollingElement.scrollHeight > innerHeight + 1;
    if (pageScrolls && !event.ctrlKey && view.zoom === 1) return;  // the page's own scrolling comes first
    event.preventDefault();
    const { left, top } = element.getBoundingClientRect();
    view.zoomBy(STEP ** (-event.deltaY * (event.ctrlKey ? 4 : 1)), event.clientX - left, event.clientY - top);
    settle();
  }, { passive: false });

  element.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    moved = false;
  });

  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const others = [...pointers.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
    if (others.length === 1) pinch(before, event, others[0]);
    else if (view.zoom > 1) view.moveBy(event.clientX - before.clientX, event.clientY - before.clientY);
    else return;
    moved ||= Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) > 2;
    pointers.set(event.pointerId, event);
    settle();
  });

  function pinch(before, event, other) {
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    const { left, top } = element.getBoundingClientRect();
    view.zoomBy(apart(event) / apart(before), (event.clientX + other.clientX) / 2 - left, (event.clientY + other.clientY) / 2 - top);
  }

  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    element.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
  // The end of a drag is no click on the face below.
  element.addEventListener("click", (event) => { if (moved) event.stopPropagation(); moved = false; }, true);
  element.addEventListener("dblclick", (event) => {
    const { left, top } = element.getBoundingClientRect();
    if (view.zoom > 1) view.fit();
    else view.zoomBy(3, event.clientX - left, event.clientY - top);
    settle();
  });
}
