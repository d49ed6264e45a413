// Gives the focus back after htmx has swapped a region, and says what the region now shows.
import { announce } from "./announce.js";

let held = null;

function keyOf(element) {
  if (element?.id) return `#${CSS.escape(element.id)}`;
  const key = element?.closest?.("[data-focus]")?.dataset.focus;
  return key ? `[data-focus="${CSS.escape(key)}"]` : null;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  held = event.detail.target.contains(active) ? keyOf(active) ?? "" : null;
  // A dialog that was opened for something says itself why it cannot be had.
  if (event.detail.xhr.status >= 400 && event.detail.target.closest("dialog")) event.detail.shouldSwap = true;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const region = document.getElementById(event.detail.target?.id) ?? event.detail.elt;
  if (held !== null && !region.contains(document.activeElement)) {
    const again = (held && region.querySelector(held)) || region.querySelector("[data-focus-first]") || region;
    if (again === region) region.tabIndex = -1;
    again.focus({ preventScroll: again === region });
  }
  held = null;
  const said = region.querySelector("[data-announce]")?.dataset.announce;
  if (said) announce(said);
});

document.addEventListener("htmx:responseError", (event) => {
  announce(`The server answered ${event.detail.xhr.status}. Reload the page to see why.`);
});

document.addEventListener("htmx:sendError", (event) => {
  const unreachable = "The server cannot be reached.";
  announce(unreachable);
  const target = event.detail.target;
  if (target?.closest("dialog")) target.textContent = unreachable;
});
