/** Takes a kind of part that knows two states only, gives the words for them and for what brings each about. */

import { t } from "./text.js";

/** {rest, active, begin, end}: how it is, and what somebody does to change it; null for every other kind. */
export function contact(kind) {
  switch (kind) {
    case "switch": return { rest: t("open"), active: t("closed"), begin: t("close it"), end: t("open it") };
    case "pir": return { rest: t("nobody moves"), active: t("somebody moves"), begin: t("walk by"), end: t("walk away") };
    case "hall": return { rest: t("no magnet"), active: t("a magnet is near"), begin: t("bring a magnet"), end: t("take the magnet away") };
    case "metal": return { rest: t("no metal"), active: t("metal is there"), begin: t("bring metal"), end: t("take the metal away") };
    case "mat": return { rest: t("nobody on it"), active: t("somebody on it"), begin: t("step on it"), end: t("step off") };
    case "touchpad": return { rest: t("not touched"), active: t("touched"), begin: t("touch it"), end: t("let go") };
    case "relay": return { rest: t("switched off"), active: t("switched on"), begin: "", end: "" };
    default: return null;
  }
}
