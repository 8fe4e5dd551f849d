// Every page: fields that nobody filled in stay out of addresses; what htmx sends proves whence.
import { csrf } from "./words.js";

document.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) {
    if (value === "") event.formData.delete(name);
  }
});

if (csrf) {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf;
  });
}
