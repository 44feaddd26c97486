/** Takes what the models are taught, gives the corner where people teach: label, quarantine, lesson, way back. */

import { effects } from "./effect.js";
import { el, put, say, show } from "./dom.js";
import { icon } from "./icons.js";
import { inCharge } from "./seats.js";
import { skeletons } from "./skeletons.js";
import { pick, sentence, t } from "./text.js";
import { labelOf, toldWord } from "./words.js";

const ABOUT = "gongzhi-teach"; // what a card's button says: teach what led to this decision

/** The button of a card: go to the corner, and teach what led to this decision. */
export function taught() {
  let about = null;
  const node = el("button", {
    type: "button", class: "teach", hidden: true,
    onclick: () => document.dispatchEvent(new CustomEvent(ABOUT, { detail: about })),
  });
  return {
    node,
    update(store, decision) {
      about = decision;
      show(node, Boolean(decision && store.schools.has(decision.model) && !store.schools.get(decision.model).exhibition));
      put(node, icon("teach"), el("span", {}, t("Teach it")));
    },
  };
}

export function teach(section, send) {
  const corners = new Map(); // model -> its corner
  document.addEventListener(ABOUT, ({ detail }) => corners.get(detail.model)?.about(detail));

  function update(store) {
    show(section, store.schools.size > 0);
    for (const [model, one] of corners) if (!store.schools.has(model)) corners.delete(model), one.node.remove();
    for (const [model, school] of store.schools) {
      if (!corners.has(model)) {
        corners.set(model, corner(model, send));
        section.append(corners.get(model).node);
      }
      corners.get(model).update(store, school);
    }
  }

  return { update };
}

function corner(model, send) {
  const title = el("h2");
  const strange = el("p", { class: "strange", role: "status" });
  const form = labelForm(model, send);
  const corrections = el("ul", { class: "corrections" });
  const waiting = skeletons((sample) => send({ type: "forget", model, sample }));
  const lesson = lessons(model, send);
  const told = el("p", { class: "told", role: "status" });
  const node = el("article", { class: "corner", "data-model": model },
    title, el("div", { class: "say" }, strange, form.node, told, corrections), waiting.node, lesson.node);

  function update(store, school) {
    put(title, icon("teach"), el("span", {}, t("Teach it")), el("small", {}, `${model} · ${school.version.slice(0, 8)}`));
    const offers = store.strange.includes(model) && !school.exhibition;
    say(strange, school.exhibition ? t("It is shown to visitors: nothing is taught now.") : offers ? t("I have not learnt this. Will you teach me?") : "");
    form.update(store, school);
    show(form.node, !school.exhibition);
    const { id, verb, code, until } = store.told ?? {};
    const mine = ["teach", "forget", "promote", "rollback"].includes(verb) && performance.now() < until;
    say(told, mine && (id === model || store.decisions.has(id)) ? toldWord(code) : "");
    put(corrections, ...school.candidates.map((each) => correction(each, school, store)));
    waiting.update(store, school);
    lesson.update(store, school);
  }

  function correction(each, school, store) {
    const its = { what: pick(each.what) };
    const words = {
      edited: t("You changed: {what}", its), rejected: t("You said no to: {what}", its),
      told: t("I took it for: {what}", its), doubted: t("Like {what}, and not quite", its),
    }[each.state];
    const pressed = () => (each.label ? form.send(each.label, each.id) : form.about(each));
    const what = each.label ? t("Teach: it was “{label}”", { label: labelOf(store, school, each.label) }) : t("Teach what it was…");
    return el("li", {}, el("span", {}, words), el("button", { type: "button", class: "small", "data-about": each.id, onclick: pressed }, what));
  }

  return {
    node, update,
    about(decision) {
      form.about(decision);
      node.scrollIntoView({ block: "center" });
    },
  };
}

/** Which label, whose movement, and off it goes; about a decision, or about what is done now. */
function labelForm(model, send) {
  let about = null;
  const input = el("input", { type: "text", maxlength: 40, id: `label-${model}`, autocomplete: "off", oninput: () => (button.disabled = !input.value.trim()) });
  const known = el("div", { class: "labels", role: "group" });
  const person = el("select", {});
  const whose = el("label", { class: "whose" });
  const button = el("button", { type: "submit", class: "go" });
  const other = el("button", { type: "button", class: "small", onclick: () => ((about = null), draw()) });
  const what = el("p", { class: "what" });
  const agree = consent(model, send);
  const node = el("form", { class: "lesson-form", onsubmit: (event) => { event.preventDefault(); go(input.value, about?.id ?? ""); } },
    what, known, el("div", { class: "row" }, input, button, other), whose, agree.node);
  let last = null;

  function go(label, id) {
    if (!label.trim()) return;
    if (send({ type: "teach", model, label: label.trim(), id, person: person.value })) {
      input.value = "";
      about = null;
      draw();
    }
  }

  function draw() {
    if (last) update(...last);
  }

  function update(store, school) {
    last = [store, school];
    const now = t("What have I just done?");
    say(what, about ? t("What led to “{what}” was:", { what: pick(about.what) }) : now);
    put(button, icon("teach"), el("span", {}, t("Teach")));
    button.disabled = !store.linked || !input.value.trim();
    show(other, Boolean(about));
    say(other, t("rather what I just did"));
    input.placeholder = t("a new label");
    input.setAttribute("aria-label", t("Label"));
    known.setAttribute("aria-label", t("Labels"));
    const all = [...new Set([...school.labels, ...Object.keys(school.names)])];
    put(known, ...all.map((label) => el("button", { type: "button", class: "small", "data-label": label, onclick: () => go(label, about?.id ?? "") }, labelOf(store, school, label))));
    const people = school.people;
    if (person.dataset.all !== people.join()) {
      person.dataset.all = people.join();
      person.replaceChildren(...people.map((each) => el("option", { value: each }, each)));
    }
    const { sensor } = school;
    const drawn = sensor ? [...store.worlds.values()].some((one) => one.ch.split(".")[0] === sensor) : store.hello?.pose === "truth";
    show(whose, !drawn && people.length > 0);
    put(whose, el("span", {}, t("Who moves (number):")), person);
    agree.update(store, drawn, people.length, sensor);
  }

  return { node, update, send: go, about(decision) { about = decision; draw(); input.focus(); } };
}

/** Whoever is in a sample has agreed: a number, never a name, and who said yes. */
function consent(model, send) {
  const number = el("input", { type: "text", maxlength: 20, pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]*", class: "number" });
  const who = el("div", { class: "row" });
  const word = el("summary");
  const asked = el("span");
  const hint = el("p", { class: "quiet" });
  const node = el("details", { class: "consent" }, word, hint, el("div", { class: "row" }, number, asked), who);

  function note(by) {
    if (!number.value.trim() || !number.checkValidity()) return;
    if (send({ type: "agreed", model, person: number.value.trim(), by })) number.value = "";
  }

  function update(store, drawn, many, sensor) {
    show(node, !drawn && store.role !== "visitor");
    say(word, many ? t("Somebody else agrees") : t("First: whoever is in it has to agree"));
    say(hint, sensor ? t("A number, no name. Only what the sensor tells is kept.") : t("A number, no name. Only where the joints are is kept, never a picture."));
    number.placeholder = "p01";
    number.setAttribute("aria-label", t("Number of the person"));
    say(asked, t("Who agreed?"));
    const words = { self: t("the person"), parent: t("the parents"), teacher: t("the teacher") };
    if (!who.children.length)
      put(who, ...Object.keys(words).map((by) => el("button", { type: "button", class: "small", onclick: () => note(by) })));
    Object.values(words).forEach((text, at) => {
      say(who.children[at], sentence(text));
      who.children[at].disabled = !store.linked;
    });
  }

  return { node, update };
}

/** The lesson: golden set, measuring, what it has changed, coming into force, and the way back. */
function lessons(model, send) {
  const golden = el("p", { class: "golden" });
  const set = el("button", { type: "button", class: "small", "data-do": "golden", onclick: () => send({ type: "golden", model }) });
  const measure = el("button", { type: "button", class: "go", "data-do": "measure", onclick: () => send({ type: "measure", model }) });
  const bar = el("progress", { max: 1 });
  const fault = el("p", { class: "fault", role: "alert" });
  const found = effects();
  const promote = el("button", { type: "button", class: "go promote", "data-do": "promote" });
  const waits = el("p", { class: "quiet" });
  const back = el("button", { type: "button", class: "small", "data-do": "rollback", onclick: () => send({ type: "rollback", model }) });
  const node = el("div", { class: "lesson" }, el("div", { class: "row" }, golden, set), el("div", { class: "row" }, measure, bar),
    fault, found.node, waits, el("div", { class: "row" }, promote, back));
  promote.addEventListener("click", () => send({ type: "promote", model, version: promote.dataset.version }));

  function update(store, school) {
    const { lesson, busy, waiting } = school;
    say(golden, school.golden ? t("Golden set: {n} recordings, to measure by and never to learn from.", { n: school.golden }) : t("No golden set yet: without one nothing can be measured."));
    const [visitor, boss] = [store.role === "visitor", inCharge(store)];
    show(set, school.golden === 0 && !visitor && !school.exhibition);
    say(set, t("Set one apart"));
    say(measure, busy ? t("Measuring…") : t("Measure what it would change"));
    measure.disabled = set.disabled = !store.linked || Boolean(busy);
    show(measure, (waiting.length > 0 || Boolean(busy)) && !visitor && !school.exhibition);
    measure.disabled ||= school.golden === 0;
    show(bar, Boolean(busy));
    if (busy && busy[1]) bar.value = busy[0] / busy[1];
    else bar.removeAttribute("value");
    bar.setAttribute("aria-label", t("Measuring…"));
    say(fault, pick(school.fault));
    found.update(store, school);
    const good = Boolean(lesson?.ok && lesson.current && !busy && !school.exhibition);
    show(promote, good && boss);
    say(waits, good && !boss ? t("The teacher’s seat lets it count. Show what it would change.") : "");
    promote.dataset.version = lesson?.version ?? "";
    put(promote, icon("check"), el("span", {}, t("Let it count (teacher)")));
    show(back, Boolean(school.back) && !visitor);
    put(back, icon("undo"), el("span", {}, t("Back to the version before")));
    promote.disabled = back.disabled = !store.linked;
  }

  return { node, update };
}
