// Passkeys: a form with [data-passkey="get" or "create"] asks the browser first and sends its answer as `credential`.
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readOptions({ publicKey }) {
  const named = (each) => ({ ...each, id: toBytes(each.id) });
  const options = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (publicKey.user) options.user = named(publicKey.user);
  options.excludeCredentials = publicKey.excludeCredentials?.map(named);
  options.allowCredentials = publicKey.allowCredentials?.map(named);
  return { publicKey: options };
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function loadOptions(form) {
  const url = form.dataset.passkeyOptionsUrl;
  if (!url) return JSON.parse(form.querySelector("script[type='application/json']").textContent);
  const query = form.elements.alone ? `?alone=${form.elements.alone.checked ? "yes" : "no"}` : "";
  const answer = await fetch(url + query, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (body.url) location.assign(body.url);
  if (!answer.ok) throw new Error(body.detail ?? "The server refused");
  return body;
}

async function ask(form) {
  const fault = form.querySelector("[data-passkey-fault]");
  fault.hidden = true;
  try {
    const options = readOptions(await loadOptions(form));
    const credential = await navigator.credentials[form.dataset.passkey](options);
    form.elements.credential.value = writeAnswer(credential);
    form.submit();
  } catch (error) {
    fault.textContent = error.name === "NotAllowedError" ? "Nothing was chosen, or it took too long." : error.message;
    fault.hidden = false;
  }
}

const isOffered = Boolean(window.PublicKeyCredential);
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (isOffered) form.hidden = false;
  else form.querySelector("[data-passkey-absent]")?.removeAttribute("hidden");
}
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-passkey]")) return;
  event.preventDefault();
  if (isOffered) ask(event.target);
});
