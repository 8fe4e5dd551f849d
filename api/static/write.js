// The one way in which a page changes something: once (Idempotency-Key), at the version that was
// seen (If-Match), and with the proof of coming from our own page.
import { csrf as ofThisPage } from "./words.js";

export function write(path, body, { key, version, type = "application/json", csrf = ofThisPage } = {}) {
  const headers = { "Content-Type": type };
  if (key) headers["Idempotency-Key"] = key;
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  if (csrf) headers["X-CSRF-Token"] = csrf;
  return fetch(path, { method: "POST", headers, body: body instanceof Blob ? body : JSON.stringify(body) });
}

// Once made, a key stays with its act. (randomUUID is only there with TLS.)
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
