// The drop zone: takes files by drop, paste or choice, sends them one by one and shows how far each is.
import { announce } from "./announce.js";

function send(form, file, progress) {
  return new Promise((resolve, reject) => {
    const body = new FormData(form);
    body.set("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => {
      if (request.status < 300) return resolve(request.response);
      reject(new Error(request.response?.detail ?? `The server answered ${request.status}.`));
    };
    request.onerror = () => reject(new Error("The server cannot be reached."));
    request.send(body);
  });
}

function addRow(list, file) {
  const row = list.appendChild(list.querySelector("template").content.firstElementChild.cloneNode(true));
  row.querySelector("[data-name]").textContent = file.name;
  const bar = row.querySelector("progress");
  const state = row.querySelector("[data-state]");
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  return {
    progress(done, total) {
      // Sent is not yet accepted: the bar is full only when the server has said so.
      bar.value = Math.min(99, Math.floor((100 * done) / total));
      state.textContent = done < total ? `${bar.value} %` : "the server is storing it";
    },
    done(answer) {
      bar.remove();
      state.textContent = "queued";
      const link = row.querySelector("a");
      link.href = answer.url;
      link.hidden = false;
    },
    fail(error) {
      bar.remove();
      state.textContent = error.message;
      row.dataset.failed = "";
    },
  };
}

async function sendAll(form, files) {
  if (!files.length) return;
  const list = document.getElementById(form.dataset.upload);
  list.hidden = false;
  const answers = [];
  for (const file of files) {
    const row = addRow(list, file);
    try {
      const answer = await send(form, file, row.progress);
      row.done(answer);
      answers.push(answer);
    } catch (error) {
      row.fail(error);
      announce(`${file.name}: ${error.message}`);
    }
  }
  if (files.length === 1 && answers.length === 1) location.assign(answers[0].url);
  else announce(`${answers.length} of ${files.length} files were taken`);
}

// Files may be dropped anywhere on a page that has the zone; without this the browser would open them.
const form = document.querySelector("form[data-upload]");
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
const mark = (on) => form.querySelector(".drop").toggleAttribute("data-over", on);

if (form) {
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(false);
    sendAll(form, [...event.dataTransfer.files]);
  });
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    sendAll(form, [...input.files]);
    input.value = "";
  });
}
