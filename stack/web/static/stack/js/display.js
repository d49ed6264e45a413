// Theme, density and navigation: kept in cookies, so that the server's first paint is already right.
import { announce } from "./announce.js";

const root = document.documentElement;

function keep(name, value) {
  document.cookie = `stack_${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

function apply(name, value) {
  if (name === "theme" && value === "system") delete root.dataset.theme;
  else root.dataset[name] = value;
  keep(name, value);
  for (const button of document.querySelectorAll(`[data-set="${name}"][data-value]`)) {
    button.setAttribute("aria-pressed", String(button.dataset.value === value));
  }
  document.dispatchEvent(new CustomEvent("stack:display"));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set]");
  if (!button) return;
  const { set: name, value, values } = button.dataset;
  if (value) {
    apply(name, value);
    announce(`${name}: ${value}`);
    return;
  }
  const [open, closed] = values.split(" ");
  const next = root.dataset[name] === open ? closed : open;
  apply(name, next);
  button.setAttribute("aria-expanded", String(next === open));
});
