"use strict";
// Lists the operations of /openapi.json; no package from anywhere else.
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
fetch("/openapi.json").then((answer) => answer.json()).then((document_) => {
  const groups = new Map();
  for (const [path, operations] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = (operation.tags || ["other"])[0];
      const parameters = (operation.parameters || []).map((parameter) => parameter.name).join(", ");
      const row = element("div", "operation", element("code", "", `${method.toUpperCase()} ${path}`),
        element("div", "", operation.description || operation.summary || ""),
        element("div", "note", `${operation.operationId}${parameters ? ` (${parameters})` : ""}`));
      groups.set(tag, [...(groups.get(tag) || []), row]);
    }
  }
  document.getElementById("operations").replaceChildren(...[...groups].map(([tag, rows]) =>
    element("section", "", element("h2", "", tag), ...rows)));
});
