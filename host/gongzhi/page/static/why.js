/** Takes a decision, gives a button "Why?" that opens what the journal says of it: one sentence, then every value. */

import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { pick, t } from "./text.js";

/** {node, update(store, decision)}; `decision` may be another one each time, null for none: then nothing is shown. */
export function why(send) {
  const button = el("button", { type: "button", class: "why", "aria-expanded": "false", onclick: () => turn(!open) });
  const first = el("p", { class: "sentence" });
  const word = el("summary");
  const rest = el("div", { class: "rest" });
  const more = el("details", {}, word, rest);
  const lines = el("div", { class: "lines", hidden: true }, first, more);
  const node = el("div", { class: "explain" }, button, lines);
  let open = false;
  let shown = ""; // the id that is open: another decision in its place begins closed
  let asked = ""; // for which state, on which connection the journal was asked last
  let seen = null; // [store, decision] of the last update, for a click at once

  function turn(to) {
    open = to;
    if (!open) asked = "";
    if (seen) update(...seen);
  }

  function update(store, decision) {
    seen = [store, decision];
    show(node, Boolean(decision));
    if (!decision) return;
    if (decision.id !== shown) {
      shown = decision.id;
      asked = "";
      open = more.open = false;
    }
    const wanted = `${decision.id} ${decision.state} ${store.round}`;
    // What it says is of one moment: when the decision has gone on, the journal is asked anew.
    if (open && store.linked && asked !== wanted && send({ type: "explain", id: decision.id })) asked = wanted;
    put(button, icon("question"), el("span", {}, t("Why?")));
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-label", t("Why: {what}", { what: pick(decision.what, pick(decision.label)) }));
    show(lines, open);
    if (!open) return;
    const found = store.explained.get(decision.id);
    const text = found && [pick(found)].flat();
    say(first, found === null ? t("The journal knows nothing of it.") : (text?.[0] ?? t("Looking it up…")));
    show(more, Boolean(text && text.length > 1));
    say(word, t("Everything that was written down"));
    put(rest, ...(text ?? []).slice(1).map((line) => el("p", {}, line)));
  }

  return { node, update };
}
