// Times: the relative text stays true while the page is open, and focus or the pointer shows the exact moment.
import { placeBeside } from "./place.js";

const steps = [
  [60, 1, "s", "s"],
  [3600, 60, "min", "min"],
  [86400, 3600, "h", "h"],
  [2592000, 86400, "day", "days"],
  [31536000, 2592000, "month", "months"],
  [Infinity, 31536000, "year", "years"],
];

// The same words as stack/web/formats.py, describe_age.
export function describeAge(at, now) {
  const seconds = Math.floor(Math.abs(now - at) / 1000);
  if (seconds < 10) return "just now";
  const [, size, one, many] = steps.find(([limit]) => seconds < limit);
  const amount = Math.floor(seconds / size);
  const text = `${amount} ${amount === 1 ? one : many}`;
  return at <= now ? `${text} ago` : `in ${text}`;
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-live]")) {
    const text = describeAge(Date.parse(time.dateTime), Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}

function describeExactly(time) {
  const moment = new Date(time.dateTime);
  const local = moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC\n${local} (${zone})`;
}

const tip = document.getElementById("tip");

function show(event) {
  const time = event.target.closest?.("time.instant");
  if (!time || !tip) return;
  time.removeAttribute("title");
  time.setAttribute("aria-describedby", "tip");
  tip.textContent = describeExactly(time);
  tip.showPopover();
  placeBeside(tip, time);
}

function hide(event) {
  if (event.target.closest?.("time.instant") && tip) tip.hidePopover();
}

document.addEventListener("focusin", show);
document.addEventListener("pointerover", show);
document.addEventListener("focusout", hide);
document.addEventListener("pointerout", hide);
document.addEventListener("keydown", (event) => event.key === "Escape" && tip?.hidePopover());
setInterval(refresh, 30_000);
