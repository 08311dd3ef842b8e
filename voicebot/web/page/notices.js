// Short notes at the foot of the page, one of which can take something back.
import { h, button } from "./dom.js";

export function note(key, { bad = false, undo, text } = {}) {
  const place = document.querySelector(".notices");
  const box = h("div", { class: bad ? "notice bad" : "notice" });
  box.append(text === undefined ? h("span", { t: key }) : h("span", {}, text));
  const remove = () => box.remove();
  if (undo) box.append(button("undo", { onclick: () => { remove(); undo(); } }));
  const timer = setTimeout(remove, undo ? 12000 : 6000);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("focusin", () => clearTimeout(timer));
  place.append(box);
  while (place.children.length > 3) place.firstChild.remove();
}

export function complain(problem) {
  note("", { bad: true, text: problem.hint ? `${problem.detail} — ${problem.hint}` : problem.detail ?? String(problem) });
}
