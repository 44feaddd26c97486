/** Takes an English sentence as key, gives it in the reader's language; and picks from a project's own labels. */

const PLACE = "gongzhi.language";
const words = { en: {} };
let current = first();

function first() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = asked || recall() || navigator.language || "zh";
  const found = wanted.toLowerCase().startsWith("en") ? "en" : "zh";
  if (asked) remember(found);
  return found;
}

// A browser may forbid storage; then the language lasts as long as the page.
function recall() {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function remember(which) {
  try {
    localStorage.setItem(PLACE, which);
  } catch {
    // See above.
  }
}

/** "zh" or "en". */
export function language() {
  return current;
}

/** True when the words of the language in force have been fetched. */
export function ready() {
  return Boolean(words[current]);
}

/** Fetch the words of the language in force, if they are not there yet; when that fails, `ready` stays false. */
export async function load() {
  if (ready()) return;
  const which = current;
  try {
    const answer = await fetch(`/api/catalogue?lang=${which}`);
    if (answer.ok) words[which] = await answer.json();
  } catch {
    // The server is gone: net.js says so, and this is called again when it is back.
  }
}

/** Use and remember a language. */
export async function choose(which) {
  current = which;
  remember(which);
  await load();
}

/** The sentence for `key` with its {fields} filled in. The key must be a literal string: a tool collects them. */
export function t(key, fields = {}) {
  const found = words[current]?.[key] || key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? String(fields[name]) : whole));
}

/** One text out of a project's {zh, en} labels: the wanted one, or what there is. */
export function pick(labels, otherwise = "") {
  if (typeof labels === "string") return labels;
  return labels?.[current] || Object.values(labels ?? {})[0] || otherwise;
}

/** The same with a capital letter, for a sentence of its own. */
export function sentence(labels, otherwise = "") {
  const text = pick(labels, otherwise);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
