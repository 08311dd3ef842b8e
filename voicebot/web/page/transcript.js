// One utterance of a call, with what the bot made of it.
import { h, seconds } from "./dom.js";
import { t } from "./i18n.js";

export function turnItem(one) {
  const stages = Object.entries(one.stages_ms ?? {}).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`).join(", ");
  return h("li", { class: `turn ${one.who === "caller" ? "me" : "bot"}` },
    h("span", { class: "hidden-text", t: one.who === "caller" ? "caller" : "bot" }),
    h("p", { class: "words" }, one.kind === "digits" ? `# ${one.text}` : one.text),
    h("div", { class: "row notes" },
      h("span", { class: "badge figure" }, seconds(one.start_s)),
      one.who === "caller" && one.intent && h("span", { class: "badge" }, one.intent),
      one.hit === true && h("span", { class: "badge good", t: "hit" }),
      one.hit === false && h("span", { class: "badge warn", t: "miss" }),
      stages && h("span", { class: "badge", title: t("stages") }, stages)));
}
