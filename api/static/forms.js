// Changes go to the API as JSON, by htmx: what each control holds by its kind, of a PATCH only what
// was changed. Each answer that refuses (RFC 9457) is said at the controls that it names.
import { _ } from "./words.js";

const OFFSET = "+08:00";

function value(control) {
  const text = control.value.trim();
  switch (control.dataset.kind) {
    case "flag": return control.checked;
    case "switch": return text === "" ? null : text === "true";
    case "number": case "integer": return text === "" ? null : Number(text);
    case "instant": return text === "" ? null : `${text.length === 16 ? `${text}:00` : text}${OFFSET}`;
    case "list": return text === "" ? [] : text.split("\n").map((line) => line.trim()).filter(Boolean);
    case "numbers": return text === "" ? [] : text.split("\n").map(Number);
    case "json": return text === "" ? null : JSON.parse(text);
    default: return text === "" ? null : text;
  }
}

function isChanged(control) {
  if (control.type === "hidden") return true;
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.tagName === "SELECT") return [...control.options].some((one) => one.selected !== one.defaultSelected && (one.selected || one.defaultSelected));
  return control.value !== control.defaultValue;
}

function body(form) {
  const isPatch = form.hasAttribute("hx-patch");
  const made = {};
  for (const control of form.querySelectorAll("[name]")) {
    if (isPatch && !isChanged(control)) continue;
    const found = value(control);
    if (found === null && !isPatch) continue;
    if (Array.isArray(found) && !found.length && control.name.startsWith("detail.")) continue;
    const path = control.name.split(".");
    const last = path.pop();
    let place = made;
    for (const part of path) place = place[part] ??= {};
    place[last] = found;
  }
  // An action on a ticket carries its contents even where there are none.
  return JSON.stringify(made);
}

function say(form, control, text) {
  const place = control && form.querySelector(`#${CSS.escape(control.id)}-problem`);
  if (!place) return false;
  place.textContent = text;
  control.setAttribute("aria-invalid", "true");
  return true;
}

function clear(form) {
  form.querySelectorAll(".problem").forEach((place) => { place.textContent = ""; });
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
}

function controlOf(form, pointer) {
  const path = (pointer || "").replace(/^#\//, "").split("/").join(".");
  return [...form.querySelectorAll("[name]")].find(({ name, type }) => type !== "hidden" && (name === path || name.endsWith(`.${path}`) || path.startsWith(`${name}.`)));
}

function refuse(form, xhr) {
  let problem = {};
  try { problem = JSON.parse(xhr.responseText); } catch { /* no answer, or none of ours */ }
  const unsaid = [];
  for (const { pointer, detail } of problem.errors || []) {
    if (!say(form, controlOf(form, pointer), detail)) unsaid.push(detail);
  }
  // Some refusals name their member in words: "reason: some text expected".
  const named = /^(?:\w+ must carry )?(\w+)(?::|$)/.exec(problem.detail || "");
  if (!problem.errors && named) say(form, controlOf(form, `#/${named[1]}`), problem.detail);
  const whole = xhr.status === 412 ? _("Somebody changed it meanwhile: load the page again.")
    : xhr.status ? problem.detail || _("That did not work.") : _("No connection: nothing is known to have changed.");
  form.querySelector("p.problem").textContent = [whole, ...unsaid].join(" ");
  (form.querySelector("[aria-invalid]") || form.querySelector("button")).focus();
}

htmx.defineExtension("api", {
  onEvent(name, { detail, target }) {
    const form = target.closest?.("form.change");
    if (!form) return true;
    if (name === "htmx:configRequest") {
      clear(form);
      detail.headers["Content-Type"] = "application/json";
    }
    if (name === "htmx:afterRequest") {
      form.querySelector("button").disabled = false;
      if (!detail.successful) refuse(form, detail.xhr);
      else if (form.dataset.then) location.assign(form.dataset.then);
      else location.reload();
    }
    if (name === "htmx:beforeSend") form.querySelector("button").disabled = true;
    return true;
  },
  encodeParameters(_xhr, _parameters, form) { return body(form); },
});

// What JSON a person typed is looked at before anything is sent.
document.addEventListener("htmx:confirm", (event) => {
  const form = event.target.closest("form.change");
  if (!form) return;
  clear(form);
  for (const control of form.querySelectorAll("[data-kind=json]")) {
    try { value(control); } catch {
      event.preventDefault();
      say(form, control, _("This is no JSON."));
      control.focus();
      return;
    }
  }
});

