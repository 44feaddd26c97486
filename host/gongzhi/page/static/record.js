/** Takes what the data set holds, gives the panel where one label at a time is recorded, looked at and taken back. */

import { el, put, show } from "./dom.js";
import { icon } from "./icons.js";
import { inCharge } from "./seats.js";
import { sentence, t } from "./text.js";

const NEWEST = 8; // recordings in the list

export function record(section, send, look) {
  const title = el("h2");
  const form = el("form", { autocomplete: "off" });
  const label = el("input", { id: "label", maxlength: 40, required: true, list: "labels" });
  const labels = el("datalist", { id: "labels" });
  const person = el("input", { id: "person", type: "number", min: 1, max: 999, value: 1, required: true });
  const seconds = el("select", { id: "seconds" }, ...[3, 6, 12, 30].map((n) => el("option", { value: n, selected: n === 6 })));
  const names = [label, person, seconds].map((input) => el("label", { for: input.id }));
  const agreed = el("div", { class: "agreed" });
  const go = el("button", { class: "yes", type: "submit" });
  const broken = el("button", { type: "button" });
  const counts = el("p", { class: "rule" });
  const balance = el("div", { class: "balance" });
  const list = el("ol", { class: "takes" });
  const back = el("button", { type: "button", class: "undo" });
  form.append(
    el("div", { class: "field" }, names[0], label, labels), el("div", { class: "field" }, names[1], person),
    el("div", { class: "field" }, names[2], seconds), agreed, el("div", { class: "go" }, go, broken),
  );
  section.append(title, form, counts, balance, list, back);
  let known = null;

  const number = () => `p${String(Number(person.value) || 0).padStart(2, "0")}`;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ type: "studio_record", label: label.value.trim(), person: number(), seconds: Number(seconds.value) });
    go.blur();
  });
  broken.addEventListener("click", () => send({ type: "studio_break" }));
  back.addEventListener("click", () => send({ type: "studio_restore" }));

  function update(store) {
    const studio = store.studio;
    put(title, icon("video"), el("span", {}, t("1. Record, one movement at a time")));
    put(names[0], t("Movement"));
    put(names[1], t("Person (a number, no name)"));
    put(names[2], t("How long"));
    label.placeholder = t("such as wave");
    for (const one of seconds.options) one.textContent = t("{n} s", { n: one.value });
    put(labels, ...(studio?.balance ?? []).map((one) => el("option", { value: one.label })));
    const take = studio?.take;
    const consent = studio?.agreed.find((one) => one.person === number());
    put(agreed, ...consentLine(consent, number(), Boolean(studio?.source)));
    put(go, icon("video"), el("span", {}, t("Record")));
    put(broken, icon("cross"), el("span", {}, t("Break off")));
    go.disabled = !store.linked || !studio || Boolean(take) || !consent;
    show(broken, Boolean(take));
    const waits = Boolean(studio?.judges && (studio.golden || !inCharge(store)));
    const waiting = store.schools?.get(studio?.judges)?.waiting.length ?? 0;
    put(counts, studio?.judges ? el("span", {}, waits
      ? t("The project judges by these recordings. A new one goes to quarantine first: measured on the project’s page, and let count by the teacher. Waiting now: {n}.", { n: waiting })
      : t("The project judges by these recordings: what is recorded here counts at once. Taken out, it counts no more.")) : null);
    section.dataset.waits = String(waits);
    put(balance, ...bars(studio));
    put(list, ...(studio?.recordings ?? []).slice(-NEWEST).reverse().map((one) => row(one, look.name())));
    put(back, icon("undo"), el("span", {}, t("Put {name} back", { name: studio?.gone ?? "" })));
    show(back, Boolean(studio?.gone));
    // What has just been kept is shown at once: that is when one sees whether it was good.
    const now = studio?.recordings.map((one) => one.name);
    const fresh = known && now?.filter((name) => !known.includes(name));
    if (fresh?.length === 1) send({ type: "studio_look", name: fresh[0] });
    if (now) known = now;
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) send({ type: button.dataset.act, name: button.dataset.name });
  });
  agreed.addEventListener("click", (event) => {
    const by = event.target.closest("button")?.dataset.by;
    if (by) send({ type: "studio_agree", person: number(), by });
  });
  return { update };
}

/** Who agreed that this person is recorded; without that nothing is recorded. */
function consentLine(consent, person, sensor) {
  const who = { self: t("the person"), parent: t("the parents"), teacher: t("the teacher") };
  if (consent) {
    const said = t("Agreed for {person}: {by}, {date}", { person, by: who[consent.by] ?? consent.by, date: consent.date });
    return [el("p", { class: "yes" }, icon("check"), el("span", {}, said))];
  }
  const buttons = Object.entries(who).map(([by, word]) => el("button", { type: "button", "data-by": by }, sentence(word)));
  return [
    el("p", {}, sensor
      ? t("Only what the sensor feels is kept. Ask first: who agreed that {person} is recorded?", { person })
      : t("Only joints are kept, never a picture. Ask first: who agreed that {person} is recorded?", { person })),
    el("div", { class: "who" }, ...buttons),
  ];
}

function bars(studio) {
  const rows = studio?.balance ?? [];
  if (!rows.length) return [el("p", { class: "quiet" }, t("Nothing recorded yet. Record two movements at least, each three times."))];
  const most = Math.max(...rows.map((one) => one.seconds), 1);
  return rows.map((one) => {
    const bar = el("i");
    bar.style.width = `${(100 * one.seconds) / most}%`;
    const few = one.lacks ? " · " + t("still {n} × {seconds} s", { n: one.lacks, seconds: studio.advised }) : "";
    const said = t("{count} ×, {seconds} s, persons: {persons}", { count: one.recordings, seconds: Math.round(one.seconds), persons: one.persons });
    return el("div", { class: "weigh", "data-few": String(Boolean(few)) }, el("b", {}, one.label), el("span", { class: "meter" }, bar), el("small", {}, said + few));
  });
}

function row(one, shown) {
  const short = one.short ? " · " + t("too short") : "";
  const said = `${one.label} · ${one.person} · ` + t("{n} s", { n: one.seconds }) + short;
  return el(
    "li", { "data-shown": String(one.name === shown) },
    el("button", { type: "button", class: "see", "data-act": "studio_look", "data-name": one.name }, icon("eye"), el("span", {}, said)),
    el("button", { type: "button", class: "away", "data-act": "studio_remove", "data-name": one.name, "aria-label": t("Take {name} out", { name: one.name }) }, icon("cross")),
  );
}
