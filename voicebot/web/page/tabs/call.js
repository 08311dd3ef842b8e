// Call: out to a number or in to the bot; on this machine the person at the page is the other side.
import { button, field, fill, h, icon, problemBox, remember, seconds } from "../dom.js";
import { bindText, own, t } from "../i18n.js";
import { events, get, post, request } from "../api.js";
import { Track, context, receive, record } from "../audio.js";
import { player } from "../player.js";
import { complain, note } from "../notices.js";
import { turnItem } from "../transcript.js";
import { speakButton } from "./chat.js";

const REPLIES = ["네, 괜찮아요", "토요일에도 하나요?", "엔진오일 교환은 얼마예요?", "상담원 연결해 주세요", "#9"];

export function build() {
  const way = (value, isChecked) => h("label", {}, h("input", { type: "radio", name: "call-way", value, checked: isChecked, onchange: showWay }), h("span", { t: `way-${value}` }));
  const ways = h("div", { class: "segments", role: "radiogroup", "t-aria-label": "call-way" }, way("out", true), way("in", false));
  const number = h("input", { type: "tel", autocomplete: "off", "t-placeholder": "number-hint", maxlength: "40", inputmode: "tel" });
  const numberHint = h("p", { class: "hint", "aria-live": "polite", t: "number-help" });
  const name = h("input", { type: "text", autocomplete: "off", maxlength: "40", "t-placeholder": "name-hint" });
  const about = h("input", { type: "text", maxlength: "100", "t-placeholder": "about-hint" });
  const purpose = (value, isChecked) => h("label", {}, h("input", { type: "radio", name: "purpose", value, checked: isChecked, onchange: write }), h("span", { t: `purpose-${value}` }));
  const purposes = h("div", { class: "segments", role: "radiogroup", "aria-labelledby": "purpose-label" }, purpose("service", true), purpose("ad", false));
  const engine = h("select", {});
  const intro = h("textarea", { rows: "5", maxlength: "1000" });
  const lacks = h("ul", { class: "lacks", "aria-live": "polite" });
  const night = h("input", { type: "text", maxlength: "300", autocomplete: "off", "t-placeholder": "night-hint" });
  const nightField = field("night-reason", night);
  nightField.hidden = true;
  const byScenario = h("input", { type: "checkbox" });
  const verdict = h("div", { class: "stack", "aria-live": "polite" });
  const hear = h("span", {});
  const go = button("dial", { kind: "primary grow", image: "call", type: "submit" });
  const latest = h("ul", { class: "latest" });
  let isOwnIntro = false;

  const outFields = h("div", { class: "stack" },
    field("number", number, numberHint),
    h("div", { class: "two" }, field("display-name", name), field("about", about)),
    h("div", { class: "two" },
      h("div", { class: "field" }, h("span", { class: "label", id: "purpose-label", t: "purpose" }), purposes),
      field("call-engine", engine)),
    h("div", { class: "field" }, field("intro", intro), lacks,
      h("div", { class: "row" }, hear, button("write-intro", { kind: "small ghost", image: "again", onclick: () => { isOwnIntro = false; write(); } }))),
    h("label", { class: "check" }, byScenario, h("span", { t: "by-scenario" })),
    verdict, nightField);
  const form = h("form", { class: "card stack", onsubmit: (event) => { event.preventDefault(); start(); } }, ways, outFields, h("p", { class: "hint", t: "in-help", hidden: true }), h("div", { class: "row" }, go));

  const chosen = (group) => form.querySelector(`input[name=${group}]:checked`).value;

  function showWay() {
    const isOut = chosen("call-way") === "out";
    outFields.hidden = !isOut;
    form.querySelector(":scope > .hint").hidden = isOut;
    bindText(go.querySelector("span"), "", isOut ? "dial" : "call-bot");
  }

  const timers = new Map();
  const soon = (work) => { clearTimeout(timers.get(work)); timers.set(work, setTimeout(work, 300)); };

  number.addEventListener("input", () => soon(check));
  name.addEventListener("input", () => soon(write));
  about.addEventListener("input", () => soon(write));
  night.addEventListener("input", () => soon(preview));
  intro.addEventListener("input", () => { isOwnIntro = true; soon(write); });

  async function check() {
    fill(verdict);
    number.removeAttribute("aria-invalid");
    numberHint.className = "hint";
    if (!number.value.trim()) return bindText(numberHint, "", "number-help");
    try {
      const found = await post("/api/v1/numbers/check", { number: number.value });
      if (found.can_be_called) {
        numberHint.className = "hint good";
        bindText(numberHint, "", ["number-ok", { number: found.number }]);
        await preview();
      } else {
        number.setAttribute("aria-invalid", "true");
        numberHint.className = "hint bad";
        numberHint.removeAttribute("data-t");
        numberHint.textContent = own("number-bad", `${found.problem} (${found.hint})`);
      }
    } catch (problem) { complain(problem); }
  }

  async function write() {
    try {
      const order = { name: name.value, purpose: chosen("purpose"), about: about.value.trim() || null };
      if (isOwnIntro) order.text = intro.value;
      const found = await post("/api/v1/intros", order);
      if (!isOwnIntro) intro.value = found.text;
      fill(lacks, found.lacks.map((one) => h("li", {}, icon("cross"), h("span", {}, [own(`lack-${one.rule}`, one.message), own(`lack-${one.rule}-fix`, one.fix)].filter(Boolean).join(" — ")))));
      fill(hear, speakButton(intro.value, false, { engine: engine.value || null }));
    } catch (problem) { fill(lacks, h("li", {}, icon("cross"), h("span", {}, problem.detail))); }
  }

  const order = () => ({
    number: number.value, name: name.value, purpose: chosen("purpose"), engine: engine.value || null, about: about.value.trim() || null, night_reason: night.value.trim(),
    intro: isOwnIntro ? intro.value : null, answered_by: byScenario.checked ? "scenario" : "page",
  });

  async function preview() {
    try {
      const found = await post("/api/v1/calls/preview", order());
      nightField.hidden = chosen("purpose") === "ad" || (!night.value && !found.refusals.some((one) => one.rule === "quiet-hours"));
      fill(verdict, found.refusals.map(refusal), h("p", { class: "hint", t: found.is_open ? "window-open" : "window-closed", title: found.window }), found.warnings.map((one) => h("p", { class: "hint" }, one)));
    } catch { fill(verdict); }
  }

  // A rule about one person has words here only when it is that; for everybody it says why it could not be looked at.
  function refusal(one) {
    const key = `refusal-${one.rule}${one.is_for_all ? "-all" : ""}`;
    const fix = one.rule === "quiet-hours" && chosen("purpose") === "ad" ? "" : own(`${key}-fix`, own(key, null) ? "" : one.hint);
    return h("div", { class: "notice-box warn" }, h("b", {}, own(key, one.message)), fix && h("p", {}, fix));
  }

  const live = liveCall(loadLatest);

  async function start() {
    context();
    if (chosen("call-way") === "in") return live.follow("/api/v1/calls/inbound", {});
    if (!number.value.trim()) { number.setAttribute("aria-invalid", "true"); number.focus(); return note("number-needed", { bad: true }); }
    await live.follow("/api/v1/calls", order());
  }

  async function loadLatest() {
    try {
      const calls = await get("/api/v1/calls");
      fill(latest, calls.slice(0, 8).map((one) => h("li", {}, h("time", {}, new Date(one.placed_at_s * 1000).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" })), h("span", { class: "badge" }, t(`engine-${one.engine || "default"}`)), h("span", { class: "grow" }), h("span", { class: `badge ${one.state === "ended" ? "" : "accent"}`, t: one.outcome ? `outcome-${one.outcome}` : `call-${one.state}` }), one.talk_s !== null && h("span", { class: "badge figure" }, seconds(one.talk_s)))));
      if (!calls.length) latest.append(h("li", { class: "hint", t: "no-calls" }));
    } catch { fill(latest); }
  }

  get("/api/v1/engines").then((engines) => {
    fill(engine, engines.map((one) => h("option", { value: one.name, t: `engine-${one.name}` })));
    engine.value = engines.find((one) => one.is_default)?.name ?? "";
    engine.addEventListener("change", write);
    write();
  }).catch(complain);

  return {
    element: h("div", {},
      h("div", { class: "head" }, h("div", {}, h("h1", { t: "call-title" }), h("p", { t: "call-lead" }))),
      h("div", { class: "columns" }, form, h("div", { class: "stack" }, live.element, h("section", { class: "card flat" }, h("h2", { t: "latest-calls" }), latest)))),
    onshow: loadLatest,
  };
}

// A call that goes on: its state, what is said, the bot's voice as it speaks, and the caller's side of it.
function liveCall(onover) {
  const state = h("span", { class: "badge" }, h("span", { t: "call-idle" }));
  const clock = h("span", { class: "figure" });
  const talk = h("ol", { class: "talk" });
  const box = h("div", { class: "talk-box", tabindex: "0", role: "region", "t-aria-label": "transcript", "aria-live": "polite" }, h("div", { class: "empty" }, icon("call"), h("p", { t: "call-empty" })), talk);
  const after = h("div", { class: "stack" });
  const input = h("input", { type: "text", maxlength: "1000", "t-placeholder": "your-side", "t-aria-label": "your-side" });
  const send = h("button", { type: "submit", class: "primary icon-button", "t-aria-label": "send" }, icon("send"));
  const mic = h("button", { type: "button", class: "icon-button", "t-aria-label": "speak-mic", "t-title": "speak-mic", "aria-pressed": "false", onclick: useMicrophone }, icon("mic"));
  const replies = h("div", { class: "row quick" }, REPLIES.map((one) => h("button", { type: "button", class: "small", onclick: () => say(one) }, one)));
  const composer = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); say(input.value); } }, mic, input, send);
  const hang = button("hang-up", { kind: "danger small", image: "stop", onclick: hangUp });
  const foot = h("div", { hidden: true }, replies, composer);
  const card = h("section", { class: "card live", "data-state": "idle" }, h("div", { class: "row between live-head" }, h("div", { class: "row" }, h("h2", { t: "live" }), state, clock), hang), box, foot);
  hang.hidden = true;
  let run = null;
  let voices = Promise.resolve();
  let current = null;
  let recording = null;
  let ticker = 0;

  function show(key, kind) {
    card.dataset.state = key;
    fill(state, kind === "live" && h("span", { class: "dot on-air" }), h("span", { t: `call-${key}` }));
    state.className = `badge ${{ live: "accent", over: "", bad: "bad" }[kind] ?? ""}`;
  }

  async function follow(path, order) {
    if (run) return note("call-goes-on", { bad: true });
    box.querySelector(".empty")?.remove();
    fill(talk);
    fill(after);
    show("dialling", "live");
    if (card.getBoundingClientRect().top > innerHeight * 0.6) card.scrollIntoView({ block: "start", behavior: "smooth" });
    let isOver = false;
    try {
      const started = await post(path, order);
      run = started.id;
      hang.hidden = false;
      const began = Date.now();
      ticker = setInterval(() => { clock.textContent = seconds((Date.now() - began) / 1000); }, 500);
      for await (const { name, data } of events(started.events)) {
        if (name === "status") show(data.state, "live");
        else if (name === "spoken") heard(data);
        else if (name === "audio") play(started.id, data.file);
        else if (name === "listening") { foot.hidden = false; input.focus({ preventScroll: true }); show("listening", "live"); }
        else if (name === "done") { isOver = true; await over(started.id, data); }
        else if (name === "problem") { isOver = true; show("failed", "bad"); talk.append(h("li", {}, problemBox(data))); }
      }
      if (!isOver) throw Object.assign(new Error(t("cut")), { detail: t("cut") });
    } catch (problem) {
      show("failed", "bad");
      talk.append(h("li", {}, problemBox(problem)));
    } finally {
      run = null;
      clearInterval(ticker);
      foot.hidden = true;
      hang.hidden = true;
      onover();
    }
  }

  function heard(one) {
    if (!one.text) return;
    if (one.who === "caller") talk.querySelector(".turn.waiting")?.remove();
    talk.append(turnItem(one));
    box.scrollTop = box.scrollHeight;
  }

  // The bot's clips are played one after the other, as the caller would hear them.
  function play(id, file) {
    const track = new Track();
    const loaded = request(`/api/v1/runs/${id}/files/${file}`).then((response) => receive(response, track)).catch(() => track.end());
    voices = voices.then(async () => {
      await loaded;
      if (run !== id && card.dataset.state !== "over") return;
      current = track;
      await new Promise((ended) => {
        track.addEventListener("ended", ended, { once: true });
        track.addEventListener("state", () => !track.isPlaying && ended());
        track.play(0);
        setTimeout(ended, track.duration * 1000 + 1500);
      });
    });
  }

  async function say(text) {
    if (!run) return;
    current?.pause();
    voices = Promise.resolve();
    input.value = "";
    if (text.trim()) talk.append(h("li", { class: "turn me waiting" }, h("p", { class: "words" }, text)));
    box.scrollTop = box.scrollHeight;
    try { await post(`/api/v1/runs/${run}/turns`, { text }); } catch (problem) { complain(problem); }
  }

  async function useMicrophone() {
    if (!run) return;
    if (!recording) {
      current?.pause();
      try { recording = await record(); } catch { return note("no-microphone", { bad: true }); }
      mic.setAttribute("aria-pressed", "true");
      mic.classList.add("recording");
      return;
    }
    const mine = recording;
    recording = null;
    mic.setAttribute("aria-pressed", "false");
    mic.classList.remove("recording");
    const form = new FormData();
    form.append("recording", await mine.stop(), "speech.wav");
    try {
      const { text } = await (await request(`/api/v1/runs/${run}/speech`, { form })).json();
      talk.append(h("li", { class: "turn me waiting" }, h("p", { class: "words" }, text)));
    } catch (problem) { complain(problem); }
  }

  async function hangUp() {
    if (!run) return;
    current?.pause();
    voices = Promise.resolve();
    try { await post(`/api/v1/runs/${run}/hang-up`); } catch (problem) { complain(problem); }
  }

  async function over(id, data) {
    show("over", "over");
    const end = data.outcome ? t(`outcome-${data.outcome}`) : data.queue ? t("end-queue", { queue: data.queue }) : t(`end-${data.disconnect_reason}`);
    if (data.transcript) fill(talk, data.transcript.filter((one) => one.text).map(turnItem));
    if (!data.recording) return fill(after, h("section", { class: "card" }, h("h2", {}, end)));
    const track = new Track();
    fill(after, h("section", { class: "card" }, h("div", { class: "row between" }, h("h2", { t: "recording" }), h("span", { class: "badge" }, `${data.duration_s.toFixed(1)} s · ${end}`)), player(track, { isTall: true }), h("p", { class: "lanes" }, h("span", { class: "caller", t: "caller" }), h("span", { t: "bot" }))));
    await receive(await request(`/api/v1/runs/${id}/files/${data.recording}`), track);
  }

  return { element: h("div", { class: "stack" }, card, after), follow };
}
