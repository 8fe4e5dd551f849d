// Keeps the inspector's pages for places without a network: newest first, what is kept where the
// network is away or slow. Changes are none of its business.
const CACHE = "trapwatch-my";
const PATIENCE_MS = 4000;
const ANY = { ignoreSearch: true, ignoreVary: true };

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(newest(event.request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(kept(event.request));
});

const isGood = (answer) => answer.ok && !answer.redirected;

async function kept(request) {
  return (await caches.match(request, { ignoreVary: true })) || fetch(request);
}

async function newest(request) {
  const old = await caches.match(request, ANY);
  const asked = fetch(request);
  if (!old) return asked;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, old));
  const answer = await Promise.race([asked.catch(() => old), late]);
  return answer.status >= 500 ? old : answer;
}

// `keep`: addresses. `isAll`: they are all there is to keep; what is done goes.
async function keep({ keep: addresses, isAll }) {
  const cache = await caches.open(CACHE);
  const wanted = new Set(addresses.map((address) => new URL(address, location).href));
  if (isAll) await Promise.all((await cache.keys()).filter(({ url }) => !wanted.has(url)).map((gone) => cache.delete(gone)));
  await Promise.all([...wanted].map(async (url) => {
    const isFile = new URL(url).pathname.startsWith("/static/");
    if (isFile && (await cache.match(url, { ignoreVary: true }))) return;
    try {
      const answer = await fetch(url, { headers: { Accept: isFile ? "*/*" : "text/html" } });
      if (isGood(answer)) await cache.put(url, answer);
      else if (answer.status === 403 || answer.status === 404) await cache.delete(url);
    } catch { /* the next visit keeps it */ }
  }));
}
