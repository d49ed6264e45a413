// The review desk: n p step through the finds, a accepts, r rejects, t ticks; what is marked in the text can be added.
const KEY = "stack.single-keys";

const rows = () => [...document.querySelectorAll("[data-find]")];
const current = () => document.querySelector("[data-find][data-current]") ?? document.activeElement?.closest?.("[data-find]");

function show(row, { focus = true } = {}) {
  for (const each of document.querySelectorAll("[data-current]")) delete each.dataset.current;
  if (!row) return;
  row.dataset.current = "";
  if (focus) row.querySelector("input, button, a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  const mark = document.querySelector(`[data-mark="${CSS.escape(row.dataset.find)}"]`);
  if (!mark) return;
  mark.dataset.current = "";
  mark.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  show(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))]);
}

const actions = {
  n: () => step(1),
  p: () => step(-1),
  a: () => current()?.querySelector("[data-accept]")?.click(),
  r: () => current()?.querySelector("[data-reject]")?.click(),
  t: () => current()?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (localStorage.getItem(KEY) === "off" || !Object.hasOwn(actions, event.key)) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || event.target.closest("dialog[open]")) return;
  event.preventDefault();
  actions[event.key]();
});

document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-mark]");
  if (!mark) return;
  const row = document.getElementById(`find-${mark.dataset.mark}`);
  if (!row) return;
  event.preventDefault();
  show(row);
});

// After a decision the next find takes the place of the one that left the list.
let place = 0;
document.addEventListener("htmx:beforeRequest", () => (place = rows().indexOf(current())));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "review" && place >= 0) show(rows()[Math.min(place, rows().length - 1)]);
});

// Places are counted in characters, as the server does: one outside the basic plane is one.
const length = (text) => [...text].length;

document.addEventListener("selectionchange", () => {
  const form = document.getElementById("missed");
  const text = document.querySelector("[data-document]");
  const selection = document.getSelection();
  if (!form || !text || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const chosen = range.toString();
  const start = length(before.toString());
  form.elements.start.value = start;
  form.elements.end.value = start + length(chosen);
  form.elements.value.value = chosen.trim();
});

// What is typed instead of marked has its place looked up by the server.
document.addEventListener("input", (event) => {
  if (event.target.id !== "missed-value") return;
  event.target.form.elements.start.value = event.target.form.elements.end.value = "";
});
