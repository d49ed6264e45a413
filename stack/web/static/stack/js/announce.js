// Says something to screen readers through the page's one polite live region.
export function announce(text) {
  const region = document.getElementById("live");
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}
