// Single keys: / g ? j k. They are off while typing, and a switch in the list of shortcuts turns them off for good.
const KEY = "stack.single-keys";
const WAIT = 1200;
let going = 0;

const isOn = () => localStorage.getItem(KEY) !== "off";

function isTyping(target) {
  return target.isContentEditable || target.matches("input, textarea, select") || target.closest("dialog[open]");
}

function step(by) {
  const rows = [...document.querySelectorAll("main [data-row]")].filter((row) => row.checkVisibility());
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by));
  rows[next].focus();
}

const actions = {
  "/": () => document.querySelector("[data-omnibar] input")?.focus(),
  "?": () => document.getElementById("shortcuts").showModal(),
  j: () => step(1),
  k: () => step(-1),
  g: () => (going = Date.now()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!isOn() || isTyping(event.target)) return;
  const place = Date.now() - going < WAIT && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  going = 0;
  if (place) return place.click();
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

const toggle = document.querySelector("[data-single-keys]");
if (toggle) {
  toggle.checked = isOn();
  toggle.addEventListener("change", () => localStorage.setItem(KEY, toggle.checked ? "on" : "off"));
}
