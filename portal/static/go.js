// Going to a page of the portal, from anywhere in it.

/** Goes to an address as a link would. */
export function go(address) {
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  document.getElementById("main").focus({ preventScroll: true });
}
