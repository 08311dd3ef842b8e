// Two languages. Elements bound to a key change their words when the language changes.
import { KO } from "./words-ko.js";
import { EN } from "./words-en.js";

const WORDS = { ko: KO, en: EN };
let current = "ko";

export function language() {
  return current;
}

export function t(key, values = {}) {
  const words = WORDS[current][key] ?? WORDS.ko[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// The words of a key, or those of the server where the page has none of its own.
export function own(key, otherwise) {
  return key in WORDS[current] ? t(key) : otherwise;
}

// `key` is a word's key, or [key, values]. An empty attribute is the element's text.
export function bindText(element, attribute, key) {
  const [name, values] = Array.isArray(key) ? key : [key, undefined];
  element.setAttribute(attribute ? `data-t-${attribute}` : "data-t", values ? JSON.stringify([name, values]) : name);
  say(element, attribute);
}

function say(element, attribute) {
  const bound = element.getAttribute(attribute ? `data-t-${attribute}` : "data-t");
  const [name, values] = bound.startsWith("[") ? JSON.parse(bound) : [bound, {}];
  if (attribute) element.setAttribute(attribute, t(name, values));
  else element.textContent = t(name, values);
}

const ATTRIBUTES = ["aria-label", "title", "placeholder"];

export function setLanguage(code) {
  current = WORDS[code] ? code : "ko";
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) say(element, "");
  for (const attribute of ATTRIBUTES) {
    for (const element of document.querySelectorAll(`[data-t-${attribute}]`)) say(element, attribute);
  }
  document.dispatchEvent(new CustomEvent("language"));
}
