// Opens dialogs and drawers by [data-open="id"], closes them by [data-close] or a press beside them, dismisses toasts.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault(); // a link that opens a dialog leads to the same form where there is no script
    return document.getElementById(opener.dataset.open).showModal();
  }
  if (event.target.closest("[data-close]") || event.target.matches("dialog[open]")) {
    return event.target.closest("dialog").close();
  }
  event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove();
});

// What is loaded into a dialog replaces what it showed before; until then that must not be filled in.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.matches("dialog *")) event.detail.target.textContent = "Loading …";
});

const LINGER = 6000;

// What succeeded goes by itself; what failed stays until it is dismissed.
for (const toast of document.querySelectorAll("[data-toast]:is([data-toast=good], [data-toast=info])")) {
  if (toast.closest("#toasts")) setTimeout(() => toast.remove(), LINGER);
}
