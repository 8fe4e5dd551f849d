// A button that does what the browser's own menu does.
document.querySelector("[data-print]")?.addEventListener("click", () => print());
