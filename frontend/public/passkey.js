// Passkeys for the forms that the server draws. Where a browser has none (no HTTPS, an IP address),
// what needs them stays as `hidden` as it is in the page:
//
//   <form method="post" action="…" data-passkey="create" data-begin="…" data-passkey-only hidden>
//     <p data-passkey-error role="alert" hidden></p> <button>Add a passkey</button>
//   </form>
//
// Also "get", which an input with autocomplete="username webauthn" offers as well. A POST to
// `data-begin` answers {"ticket", "options"}; the form is sent with `ticket` and `response`.

// A question is good for five minutes. One that waits in a field is asked anew before, for an hour.
const RENEW_MS = 4 * 60 * 1000;
const RENEWALS_MAX = 15;

const PARTS = "clientDataJSON attestationObject authenticatorData signature userHandle".split(" ");

const SENTENCES = {
  InvalidStateError: "This device has a passkey for your account already.",
  NotSupportedError: "This device cannot keep a passkey. Try another one.",
  SecurityError: "Passkeys do not work at this address.",
  TypeError: "Hubbub cannot be reached. Try again in a moment.",
  create: "No passkey was made. Try again.",
  get: "No passkey was used. Try again, or sign in another way.",
};

// What waits in a field. A browser does one thing at a time, so a button ends it.
let offered = null;

const isAddress = /^[\d.]+$|^\[/.test(location.hostname);
if (isSecureContext && !isAddress && window.PublicKeyCredential) start();

function start() {
  for (const element of document.querySelectorAll("[data-passkey-only]")) element.hidden = false;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.hasAttribute("aria-busy")) press(form);
    });
  }
  offer();
}

async function press(form) {
  form.setAttribute("aria-busy", "true");
  say(form, "");
  offered?.abort();
  await ask(form, {}).catch((error) => {
    say(form, error.sentence ?? SENTENCES[error.name] ?? SENTENCES[form.dataset.passkey]);
    offer();
  });
  form.removeAttribute("aria-busy");
}

async function offer(renewals = RENEWALS_MAX) {
  const form = document.querySelector('form[data-passkey="get"]');
  const field = document.querySelector('input[autocomplete~="webauthn"]');
  if (!form || !field || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const waiting = (offered = new AbortController());
  const timer = setTimeout(() => {
    waiting.abort();
    if (renewals > 0) offer(renewals - 1);
  }, RENEW_MS);
  // Nobody asked for it, so nobody is told what went wrong.
  await ask(form, { mediation: "conditional", signal: waiting.signal }).catch(() => {});
  clearTimeout(timer);
}

async function ask(form, how) {
  const { ticket, options } = await begin(form);
  const wanted = { publicKey: decoded(options.publicKey), ...how };
  const passkey = await navigator.credentials[form.dataset.passkey](wanted);
  put(form, "ticket", ticket);
  put(form, "response", JSON.stringify(encoded(passkey)));
  form.submit();
}

async function begin(form) {
  const answer = await fetch(form.dataset.begin, { method: "POST" });
  const kind = answer.headers.get("content-type") ?? "";
  if (answer.ok && kind.startsWith("application/json")) return answer.json();
  const told = kind.startsWith("text/plain") && (await answer.text()).trim();
  throw { sentence: told || "That did not work. Reload the page and try again." };
}

function say(form, text) {
  const place = form.querySelector("[data-passkey-error]");
  if (place) Object.assign(place, { textContent: text, hidden: !text });
}

function put(form, name, value) {
  const field = form.elements.namedItem(name) ?? form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name, value });
}

// By hand: not every browser has `parseCreationOptionsFromJSON` and `toJSON`, and what password
// managers put in their place often has not.
function decoded(options) {
  const { user = [], excludeCredentials = [], allowCredentials = [] } = options;
  const named = [user, excludeCredentials, allowCredentials].flat();
  for (const thing of named) thing.id = bytes(thing.id);
  return { ...options, challenge: bytes(options.challenge) };
}

function encoded({ id, type, response: answer }) {
  const response = { transports: answer.getTransports?.() };
  for (const part of PARTS) if (answer[part]) response[part] = base64url(answer[part]);
  return { id, rawId: id, type, response };
}

function bytes(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function base64url(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
