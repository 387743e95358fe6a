// Hubbub's service worker: opens the client without a network, and lets it load but once.
//
// Pages of rooms come from the network as long as it answers; the shell, which says nothing of
// anybody, stands in for them. The client's files are named by their content and never change.
// Everything else (sockets, forms, pages of the server's own) is none of its business.

const VERSION = "{version}";
const SHELL = "/shell";
const FILES = {files};

// A network that takes longer than this is as good as none.
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  const keep = async () => (await caches.open(VERSION)).addAll([SHELL, ...FILES]);
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const takeOver = async () => {
    const former = (await caches.keys()).filter((name) => name !== VERSION);
    await Promise.all(former.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && (pathname === "/" || pathname.startsWith("/r/"))) {
    event.respondWith(page(request));
  } else if (pathname.startsWith("/pkg/")) {
    event.respondWith(file(request));
  }
});

async function page(request) {
  const answer = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const shell = () => caches.match(SHELL);
  try {
    return (await Promise.race([answer, late.then(shell)])) ?? (await answer);
  } catch {
    return (await shell()) ?? Response.error();
  }
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}
