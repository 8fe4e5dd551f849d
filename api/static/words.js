// What the page says, in the reader's language: texts by themselves, codes within a context.
const { lang, texts, words, csrf } = JSON.parse(document.getElementById("words").textContent);

export { lang, csrf };

export function _(text, values = {}) {
  return (texts[text] || text).replace(/%\((\w+)\)s/g, (_whole, name) => values[name]);
}

export const word = (context, code) => words[context]?.[code] || code;

export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return _("%(count)s s", { count: s });
  if (s < 7200) return _("%(count)s min", { count: Math.floor(s / 60) });
  if (s < 172800) return _("%(count)s h", { count: Math.floor(s / 3600) });
  return _("%(count)s d", { count: Math.floor(s / 86400) });
}

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
