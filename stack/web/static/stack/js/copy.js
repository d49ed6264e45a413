// Copies a value defanged, as it is, or as JSON; [data-copy-text] copies the text of the element that it names.
import { announce } from "./announce.js";
import { placeBeside } from "./place.js";

const forms = {
  defanged: (data) => data.defanged,
  fanged: (data) => data.fanged,
  json: (data) => JSON.stringify({ kind: data.kind, value: data.fanged }),
};
let chosen = null;

async function writeText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain HTTP on another host has no clipboard object; a selected text area still works there.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function copyText(text, button, what) {
  try {
    await writeText(text);
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 1500);
    announce(`Copied ${what}`);
  } catch {
    announce("The browser refused to copy");
  }
}

function openMenu(button) {
  const menu = document.getElementById("copy-menu");
  chosen = button;
  menu.showPopover();
  placeBeside(menu, button);
  menu.querySelector("button").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-menu], [data-copy-text], #copy-menu [data-form]");
  if (!button) return;
  if ("copyMenu" in button.dataset) return openMenu(button);
  if (button.dataset.copyText) {
    return copyText(document.getElementById(button.dataset.copyText).textContent, button, "the text");
  }
  const form = button.dataset.copy ?? button.dataset.form;
  const source = button.dataset.copy ? button : chosen;
  document.getElementById("copy-menu").hidePopover();
  copyText(forms[form](source.closest("[data-fanged]").dataset), source, `the value, ${form}`);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.('[role="menu"]');
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  items[(items.indexOf(event.target) + step + items.length) % items.length].focus();
});
