"use strict";
// The end of a login. A change by cookie carries the token that only our own pages can read.
document.getElementById("log-out")?.addEventListener("click", async () => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  await fetch("/logout", { method: "POST", headers: { "X-CSRF-Token": token }, redirect: "manual" });
  location.assign("/login");
});
