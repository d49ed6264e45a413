// Suggestions under the omnibar: a combobox by the ARIA pattern. The server says what there is; nothing is sent
// for fewer than two characters, nor while a value is being pasted line by line.
const WAIT = 120;
const SHORTEST = 2;
const bar = document.querySelector("[data-omnibar]");
const input = bar?.elements.q;
const list = bar?.querySelector("[role=listbox]");
let timer = 0;
let asking = null;
let active = -1;

const options = () => [...list.querySelectorAll("[role=option]")];

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = true;
  list.replaceChildren();
  choose(-1);
  input.setAttribute("aria-expanded", "false");
}

function choose(number) {
  const rows = options();
  active = number;
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === number)));
  if (number < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", rows[number].id);
  rows[number].scrollIntoView({ block: "nearest" });
}

async function ask() {
  const text = input.value.trim();
  if (text.length < SHORTEST) return close();
  asking?.abort();
  asking = new AbortController();
  try {
    const response = await fetch(`/suggest?${new URLSearchParams({ q: text })}`, {
      headers: { "HX-Request": "true" },
      signal: asking.signal,
    });
    if (!response.ok || response.redirected || response.status !== 200) return close();
    show(await response.text());
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function show(html) {
  if (document.activeElement !== input) return close();
  list.innerHTML = html;
  const number = options().length;
  choose(-1);
  list.hidden = !number;
  input.setAttribute("aria-expanded", String(Boolean(number)));
}

function step(by) {
  const number = options().length;
  if (!number) return ask();
  // One place more than there are options: the text itself.
  choose(((active + 1 + by + number + 1) % (number + 1)) - 1);
}

if (list) {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < SHORTEST) return close();
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      options()[active].click();
    }
  });
  // A press must not take the focus away before the click arrives.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("blur", close);
  bar.addEventListener("submit", close);
}
