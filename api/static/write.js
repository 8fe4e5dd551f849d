// What every change of a page carries: that it is done once (Idempotency-Key), the version that was
// seen (If-Match), and the proof of coming from our own page.
import { csrf as ofThisPage } from "./words.js";

export function proofs({ key, version, csrf = ofThisPage }) {
  const headers = {};
  if (key) headers["Idempotency-Key"] = key;
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  if (csrf) headers["X-CSRF-Token"] = csrf;
  return headers;
}

export function write(path, body, { type = "application/json", ...what } = {}) {
  const headers = { "Content-Type": type, ...proofs(what) };
  return fetch(path, { method: "POST", headers, body: body instanceof Blob ? body : JSON.stringify(body) });
}

// Once made, a key stays with its act. (randomUUID is only there with TLS.)
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
