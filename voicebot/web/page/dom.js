// Elements from plain calls. Text is always set as text, so nothing that a person typed can become markup.
import { bindText } from "./i18n.js";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  append(element, children);
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "t") bindText(element, "", value);
  else if (name.startsWith("t-")) bindText(element, name.slice(2), value);
  else if (name === "value" || name === "checked") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child);
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

const PATHS = {
  call: "M6.6 10.8a15 15 0 0 0 6.600 6.600l2.200-2.200a1 1 0 0 1 1-.25 11.400 11.400 0 0 0 3.600.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.500a1 1 0 0 1 1 1c0 1.250.2 2.450.57 3.570a1 1 0 0 1-.25 1z",
  tts: "M4 10v4M8 6.500v11M12 3.500v17M16 7.500v9M20 10.500v3",
  chat: "M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z",
  answers: "M4 13h4l1.500 3h5L16 13h4M4 13v6h16v-6M4 13l3-8h10l3 8",
  flows: "M5 4h6v5H5zM13 15h6v5h-6zM8 9v4.500h8V15",
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5.500v13M16 5.500v13",
  stop: "M6.500 6.500h11v11h-11z",
  download: "M12 4v11M7.500 11 12 15.500 16.500 11M5 20h14",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 13h8l1-13",
  check: "M5 12.500 10 17.500 19.500 7",
  cross: "M6 6l12 12M18 6 6 18",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  mic: "M12 3.500a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  auto: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 3.500v17",
  again: "M5 12a7 7 0 1 1 2.200 5.100M5 20v-4h4",
  send: "M4 12 20 4.500 15 20l-3.500-6.500z",
  undo: "M5 9h9a5 5 0 0 1 0 10H9M5 9l4-4M5 9l4 4",
  plus: "M12 5v14M5 12h14",
  upload: "M12 16V5M7.500 9.500 12 5l4.500 4.500M5 20h14",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.9", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null) element.setAttribute(name, value);
  append(element, children);
  return element;
}

export function button(key, { kind = "", image, onclick, ...rest } = {}) {
  return h("button", { type: "button", class: kind, onclick, ...rest }, image && icon(image), h("span", { t: key }));
}

export function iconButton(key, image, onclick, kind = "") {
  return h("button", { type: "button", class: `icon-button ${kind}`, "t-aria-label": key, "t-title": key, onclick }, icon(image));
}

let ids = 0;
export function field(key, control, hint) {
  control.id ||= `f${++ids}`;
  if (hint) {
    hint.id ||= `${control.id}-hint`;
    control.setAttribute("aria-describedby", hint.id);
  }
  return h("div", { class: "field" }, h("label", { for: control.id, t: key }), control, hint);
}

export function problemBox(problem) {
  return h("div", { class: "notice-box", role: "alert" }, h("b", {}, problem.detail), problem.hint && h("p", {}, problem.hint));
}

export function seconds(value) {
  const whole = Math.max(0, value);
  return `${Math.floor(whole / 60)}:${String(Math.floor(whole % 60)).padStart(2, "0")}`;
}

// Ids, and what only this browser remembers. A browser that keeps nothing still works.
export function remember(name, value) {
  try {
    if (value === undefined) return JSON.parse(localStorage.getItem(`voicebot.${name}`));
    localStorage.setItem(`voicebot.${name}`, JSON.stringify(value));
  } catch { /* private windows may refuse */ }
  return value;
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
