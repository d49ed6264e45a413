// The page of an analysis: parts are replaced while answers come in, and what was open or in focus stays so.
import { announce } from "./announce.js";

let held = null;

function keyOf(element) {
  if (element?.id) return `#${CSS.escape(element.id)}`;
  const key = element?.closest?.("[data-focus]")?.dataset.focus;
  return key ? `[data-focus="${CSS.escape(key)}"]` : null;
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  for (const opened of target.querySelectorAll("details[open][id]")) {
    const same = fragment.querySelector(`#${CSS.escape(opened.id)}`);
    if (!same) continue;
    // What was loaded into it stays: the answer as it came does not change by itself.
    same.replaceWith(opened);
  }
  if (target.contains(document.activeElement)) held = { part: target.id, key: keyOf(document.activeElement) };
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const part = document.getElementById(event.detail.target.id);
  if (held && part?.id === held.part) {
    const again = (held.key && part.querySelector(held.key)) || part;
    if (again === part) part.tabIndex = -1;
    if (!part.contains(document.activeElement)) again.focus({ preventScroll: true });
    held = null;
  }
  if (part?.dataset.said) announce(part.dataset.said);
});
