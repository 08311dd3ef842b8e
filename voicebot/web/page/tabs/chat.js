// Chat: what the bot answers, why, and whether a caller would hear an approved answer.
import { button, fill, h, icon, newId, remember, field, problemBox } from "../dom.js";
import { t } from "../i18n.js";
import { events, get, request } from "../api.js";
import { Track, context, receive } from "../audio.js";
import { complain } from "../notices.js";

const QUESTIONS = ["엔진오일 교환하는 데 얼마예요?", "토요일에도 하나요?", "내일 세 시에 예약하고 싶어요", "상담원 연결해 주세요"];

export function build() {
  let session = remember("chat.session") ?? remember("chat.session", newId());
  let isBusy = false;
  const list = h("ol", { class: "talk", "aria-live": "polite", "t-aria-label": "conversation" });
  const engine = (name, isChecked) => h("label", {}, h("input", { type: "radio", name: "chat-engine", value: name, checked: isChecked }), h("span", { t: `chat-${name}` }));
  const engines = h("div", { class: "segments", role: "radiogroup", "t-aria-label": "chat-engine" }, engine("chajipsa", true), engine("gpt", false));
  const aloud = h("input", { type: "checkbox", checked: remember("chat.aloud") ?? false, onchange: () => { remember("chat.aloud", aloud.checked); if (aloud.checked) context(); } });
  const input = h("textarea", { id: "chat-message", rows: "1", maxlength: "2000", "t-placeholder": "chat-placeholder" });
  const send = h("button", { type: "submit", class: "primary icon-button", "t-aria-label": "send" }, icon("send"));
  const form = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); ask(input.value); } }, h("label", { for: input.id, class: "hidden-text", t: "message" }), input, send);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  input.addEventListener("input", () => { input.style.height = "auto"; input.style.height = `${Math.min(input.scrollHeight + 2, 180)}px`; });

  const hello = () => h("li", { class: "hello" }, h("p", { t: "chat-hello" }), h("div", { class: "row" }, QUESTIONS.map((one) => h("button", { type: "button", class: "small", onclick: () => ask(one) }, one))));
  const box = h("div", { class: "talk-box", tabindex: "0", role: "region", "t-aria-label": "conversation" }, list);

  function say(who, text) {
    const words = h("p", { class: "words" }, text);
    const notes = h("div", { class: "row notes" });
    const item = h("li", { class: `turn ${who}` }, h("span", { class: "hidden-text", t: who === "me" ? "you" : "bot" }), words, notes);
    list.querySelector(".hello")?.remove();
    list.append(item);
    box.scrollTop = box.scrollHeight;
    return { item, words, notes };
  }

  async function ask(message) {
    message = message.trim();
    if (!message || isBusy) return;
    isBusy = true;
    send.disabled = true;
    input.value = "";
    input.style.height = "auto";
    say("me", message);
    const reply = say("bot", "");
    reply.words.append(h("span", { class: "spinner" }));
    const name = engines.querySelector("input:checked").value;
    let text = "";
    try {
      for await (const one of events("/api/v1/chat/stream", { json: { message, engine: name, session } })) {
        if (one.name === "piece") {
          text += one.data.text;
          reply.words.textContent = text;
        } else if (one.name === "answer") {
          reply.words.textContent = one.data.text;
          fill(reply.notes, badges(one.data), speakButton(one.data.text, aloud.checked));
        } else if (one.name === "problem") {
          reply.notes.append(problemBox(one.data));
        }
        box.scrollTop = box.scrollHeight;
      }
    } catch (problem) {
      reply.words.remove();
      reply.item.append(problemBox(problem));
      if (!input.value) input.value = message;
    } finally {
      isBusy = false;
      send.disabled = false;
      box.scrollTop = box.scrollHeight;
      input.focus({ preventScroll: true });
    }
  }

  async function load() {
    fill(list);
    try {
      const { exchanges } = await get(`/api/v1/chat/sessions/${session}`);
      for (const one of exchanges) {
        say("me", one.said);
        fill(say("bot", one.replied).notes, speakButton(one.replied, false));
      }
      if (!exchanges.length) list.append(hello());
    } catch (problem) { complain(problem); }
  }

  async function restart() {
    try { await request(`/api/v1/chat/sessions/${session}`, { method: "DELETE" }); } catch (problem) { return complain(problem); }
    session = remember("chat.session", newId());
    fill(list, hello());
    input.focus();
  }

  load();
  return {
    element: h("div", { class: "chat" },
      h("div", { class: "head" }, h("div", {}, h("h1", { t: "chat-title" }), h("p", { t: "chat-lead" })),
        h("div", { class: "row" }, engines, h("label", { class: "check" }, aloud, h("span", { t: "speak-aloud" })), button("new-talk", { image: "plus", kind: "small", onclick: restart }))),
      h("div", { class: "card talk-card" }, box, form)),
    onshow: () => { box.scrollTop = box.scrollHeight; },
  };
}

function badges(answer) {
  const sure = answer.confidence === null ? "" : ` ${Math.round(answer.confidence * 100)}%`;
  return [
    h("span", { class: "badge accent", t: `chat-${answer.engine}` }),
    answer.confidence !== null && h("span", { class: "badge", title: t("intent") }, `${answer.intent || t("not-understood")}${sure}`),
    answer.cache.hit
      ? h("span", { class: "badge good", t: ["cache-hit", { how: t(`hit-${answer.cache.reason}`) }] })
      : h("span", { class: "badge warn", t: ["cache-miss", { why: t(`guard-${answer.cache.reason}`) }] }),
    answer.hand_over && h("span", { class: "badge bad", t: `to-${answer.hand_over}` }),
    h("span", { class: "badge figure" }, `${Math.round(answer.milliseconds)} ms`),
  ];
}

export function speakButton(text, isNow, body = {}) {
  let track = null;
  const control = button("speak-it", { image: "play", kind: "small ghost", onclick: () => play() });
  async function play() {
    if (track?.isPlaying) return track.pause();
    if (track?.isWhole) return track.play(0);
    track = new Track();
    track.addEventListener("state", () => { control.querySelector("svg").replaceWith(icon(track.isPlaying ? "pause" : "play")); });
    track.play(0);
    try {
      await receive(await request("/api/v1/speech", { json: { text, stream: true, ...body } }), track);
    } catch (problem) { track.pause(); track = null; complain(problem); }
  }
  if (isNow) play();
  return control;
}
