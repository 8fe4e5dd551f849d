// Every page: fields that nobody filled in stay out of addresses; what htmx sends proves whence.
import { csrf } from "./words.js";

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

if (csrf) {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf;
  });
}
