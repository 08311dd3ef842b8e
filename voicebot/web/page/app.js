// The frame of the page: which tab is shown, the language, the theme, and the token when one is needed.
import { fill, h, icon, button, remember, field } from "./dom.js";
import { bindText, language, setLanguage } from "./i18n.js";
import { onUnauthorised, request } from "./api.js";

const TABS = ["call", "tts", "chat", "answers", "flows"];
const shown = new Map();

function buildNav() {
  const nav = document.querySelector(".tabs");
  for (const name of TABS) nav.append(h("a", { href: `#${name}` }, icon(name), h("span", { t: `tab-${name}` })));
}

async function show() {
  const wanted = location.hash.slice(1).split("/")[0];
  const name = TABS.includes(wanted) ? wanted : "tts";
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const main = document.querySelector("main");
  if (!shown.has(name)) shown.set(name, (await import(`./tabs/${name}.js`)).build());
  const tab = shown.get(name);
  if (main.firstElementChild === tab.element) return;
  fill(main, tab.element);
  setLanguage(language());
  tab.onshow?.();
  document.title = `voicebot · ${tab.element.querySelector("h1")?.textContent ?? name}`;
}

const THEMES = ["auto", "light", "dark"];

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const control = document.getElementById("theme");
  fill(control, icon({ auto: "auto", light: "sun", dark: "moon" }[theme]));
  for (const attribute of ["aria-label", "title"]) bindText(control, attribute, `theme-${theme}`);
  remember("theme", theme);
  document.dispatchEvent(new Event("theme"));
}

let asking;
function askForToken() {
  asking ||= new Promise((done) => {
    const token = h("input", { type: "password", autocomplete: "current-password", required: true });
    const hint = h("p", { class: "hint", t: "token-hint" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        await request("/api/v1/session", { method: "POST", headers: { Authorization: `Bearer ${token.value}` } });
      } catch (problem) {
        hint.className = "hint bad";
        hint.textContent = problem.detail;
        token.setAttribute("aria-invalid", "true");
        return;
      }
      dialog.close();
      dialog.remove();
      asking = undefined;
      done();
    };
    const form = h("form", { class: "stack", onsubmit: submit }, h("h2", { t: "token-title" }), field("token", token, hint), button("sign-in", { kind: "primary wide", type: "submit" }));
    const dialog = h("dialog", { "t-aria-label": "token-title", oncancel: (event) => event.preventDefault() }, form);
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}

onUnauthorised(askForToken);
buildNav();
setTheme(remember("theme") ?? "auto");
setLanguage(remember("language") ?? (navigator.language.startsWith("ko") ? "ko" : "en"));
const languageButton = document.getElementById("language");
bindText(languageButton, "", "other-language");
languageButton.addEventListener("click", () => {
  setLanguage(language() === "ko" ? "en" : "ko");
  remember("language", language());
});
document.getElementById("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(remember("theme") ?? "auto") + 1) % THEMES.length]));
function toContent() {
  document.querySelector("main").focus({ preventScroll: true });
  scrollTo(0, 0); // the bar stays above, so a main that is scrolled to would begin under it
}
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // #main is no tab
  toContent();
});
addEventListener("hashchange", async () => { await show(); toContent(); });
show();
