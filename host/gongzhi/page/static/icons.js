/** Takes an icon's name, gives it as inline SVG: each state has a shape of its own, not a colour alone. */

import { svg } from "./dom.js";

// 24 x 24, stroked with the text's colour. Drawn for this page.
const PATHS = {
  eye: "M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  chip: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4M10.4 11v1.6M13.6 11v1.6",
  person: "M12 3.5a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6zM4.5 21c.4-4.6 3.4-7 7.5-7s7.1 2.4 7.5 7",
  gear: "M12 8.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1",
  check: "M4 12.6l5.2 5.4L20 6.5",
  done: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM7.6 12.4l3.1 3.2 5.8-6.3",
  cross: "M5.5 5.5l13 13M18.5 5.5l-13 13",
  hourglass: "M6 3h12M6 21h12M7.5 3v3.5L12 12l4.5-5.5V3M7.5 21v-3.5L12 12l4.5 5.5V21",
  question: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM9.3 9.3a2.8 2.8 0 1 1 4 2.6c-.9.5-1.3 1-1.3 2M12 17v.2",
  stop: "M8.3 2.8h7.4l5.5 5.5v7.4l-5.5 5.5H8.3l-5.5-5.5V8.3zM9 9h6v6H9z",
  undo: "M8.5 4.5L4 9l4.5 4.5M4 9h10a5.5 5.5 0 0 1 0 11H8",
  link: "M3 9.5a13.5 13.5 0 0 1 18 0M6.2 13a8.8 8.8 0 0 1 11.6 0M9.3 16.4a4.2 4.2 0 0 1 5.4 0M12 19.8v.2",
  unlink: "M3 9.5a13.5 13.5 0 0 1 6-3.2M21 9.5a13.5 13.5 0 0 0-8-3.4M9.3 16.4a4.2 4.2 0 0 1 5.4 0M12 19.8v.2M4 3l16 18",
  warn: "M12 3.5L2.5 20h19zM12 10v4.5M12 17.3v.2",
  info: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM12 11v6M12 7.3v.2",
  error: "M12 2.5L21.5 12 12 21.5 2.5 12zM12 7.5v5.5M12 16v.2",
  swap: "M4 8h14l-4-4M20 16H6l4 4",
  pen: "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
  back: "M20 12H5M11 6l-6 6 6 6",
  globe: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM2.8 12h18.4M12 2.8c-5 5.5-5 13 0 18.4M12 2.8c5 5.5 5 13 0 18.4",
  broken: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM7.5 12h9",
  video: "M3 6.5h12v11H3zM15 10.5l6-3.5v10l-6-3.5",
  hand: "M8 12V5.5a1.5 1.5 0 0 1 3 0V11M11 10.5V4a1.5 1.5 0 0 1 3 0v7M14 10.5V5.5a1.5 1.5 0 0 1 3 0V14c0 4-2.2 7-6 7-3 0-4.6-1.6-6-4.300L3.6 13.8c-.8-1.6 1.2-2.700 2.2-1.300L8 15.5",
  again: "M19.5 12a7.5 7.5 0 1 1-2.2-5.300M19.5 3v4.5H15",
  say: "M3.5 4.5h17v11.5H11l-4.5 4v-4h-3z",
  sound: "M3.5 9.5h4L13 5v14l-5.5-4.5h-4zM16.5 9a4.2 4.2 0 0 1 0 6M19 6.5a7.8 7.8 0 0 1 0 11",
  silent: "M3.5 9.5h4L13 5v14l-5.5-4.5h-4zM16.5 9.5l5 5M21.5 9.5l-5 5",
  play: "M7 4.5v15L19.5 12z",
  dial: "M4.5 18a9 9 0 1 1 15 0M12 14l4-5.5M12 12.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z",
  mat: "M7 6h10l4.500 12h-19zM7.500 11.500h9",
  clock: "M12 2.8a9.2 9.2 0 1 0 0 18.4 9.2 9.2 0 0 0 0-18.4zM12 7v5.2l3.4 2",
};

/** The icon `name`; it says nothing to a screen reader, for a word always stands beside it. */
export function icon(name) {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", "data-icon": name }, path);
}
