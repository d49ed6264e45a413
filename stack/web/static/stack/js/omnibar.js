// The omnibar: Ctrl-K comes here, and several lines pasted at once go to the look-up.
const bar = document.querySelector("[data-omnibar]");

document.addEventListener("keydown", (event) => {
  if (bar && event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    bar.elements.q.focus();
    bar.elements.q.select();
  }
});

bar?.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text").trim();
  if (!text.includes("\n")) return;
  event.preventDefault();
  sessionStorage.setItem("stack.pasted", text);
  location.assign("/lookup");
});

const pasted = document.querySelector("textarea[data-takes-paste]");
const kept = pasted && sessionStorage.getItem("stack.pasted");
if (kept) {
  sessionStorage.removeItem("stack.pasted");
  pasted.value = kept;
  pasted.form.requestSubmit();
}
