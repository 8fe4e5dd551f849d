// Every page: fields that nobody filled in stay out of addresses; what htmx sends proves whence.
import { csrf } from "./words.js";
import { newKey, proofs } from "./write.js";

document.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) {
    if (value === "") event.formData.delete(name);
  }
});

document.getElementById("log-out")?.addEventListener("click", async () => {
  await fetch("/logout", { method: "POST", headers: { "X-CSRF-Token": csrf }, redirect: "manual" });
  // What was kept for places without a network is not for whoever has the phone next.
  if ("caches" in window) for (const name of await caches.keys()) await caches.delete(name);
  location.assign("/login");
});

// A login that has ended: come back here after the next one.
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
});

const keys = new WeakMap();

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { elt, headers, verb } = detail;
  const isChange = verb !== "get";
  if (isChange && !keys.has(elt)) keys.set(elt, newKey());
  Object.assign(headers, proofs(isChange ? { key: keys.get(elt), version: elt.dataset.version } : {}));
});
// Only where no answer came is the next try the same change.
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr.status) keys.delete(detail.elt); });
document.addEventListener("input", ({ target }) => keys.delete(target.form));
