// Text to speech: an engine with its own controls, heard while it is made; two engines side by side.
import { button, field, fill, h, icon, iconButton, problemBox, remember } from "../dom.js";
import { bindText, t } from "../i18n.js";
import { get, post, request } from "../api.js";
import { Track, receive, context } from "../audio.js";
import { player } from "../player.js";
import { note } from "../notices.js";

const SAMPLES = ["안녕하세요, 차집사입니다. 무엇을 도와드릴까요?", "엔진오일 교환은 65,000원이고 40분쯤 걸려요.", "내일 오후 2시 30분에 강남점으로 예약할까요?"];
const HISTORY = 20;

export function build() {
  const results = h("div", { class: "stack results-anchor" });
  const empty = h("div", { class: "empty" }, icon("tts"), h("p", { t: "tts-empty" }));
  const text = h("textarea", { id: "tts-text", maxlength: "20000", rows: "5", "t-placeholder": "tts-placeholder", value: remember("tts.text") ?? SAMPLES[0] });
  const price = h("p", { class: "hint", "aria-live": "polite" });
  const first = chooser("tts", remember("tts.engine"), () => { updatePrice(); });
  const second = chooser("tts2", remember("tts.second"), () => {}, true);
  const isCompared = h("input", { type: "checkbox", checked: false, onchange: () => { second.element.hidden = !isCompared.checked; if (isCompared.checked && !second.chosen()) loaded.then(second.use); } });
  second.element.hidden = true;
  const anew = h("input", { type: "checkbox" });
  const say = button("speak", { kind: "primary grow", image: "play", type: "submit" });
  const history = remember("tts.history") ?? [];

  const form = h("form", { class: "card stack", onsubmit: (event) => { event.preventDefault(); speak(); } },
    h("div", { class: "field" },
      h("label", { for: "tts-text", t: "tts-text" }), text,
      h("div", { class: "row samples" }, SAMPLES.map((sample, n) => h("button", { type: "button", class: "small ghost", onclick: () => { text.value = sample; remembered(); } }, h("span", { t: `tts-sample-${n}` }))))),
    h("div", { class: "row" }, say),
    price,
    first.element,
    h("label", { class: "check" }, isCompared, h("span", { t: "compare" })),
    second.element,
    h("details", {}, h("summary", { t: "more" }), h("label", { class: "check" }, anew, h("span", { t: "no-cache" }))));

  text.addEventListener("input", remembered);
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });

  let timer;
  function remembered() {
    remember("tts.text", text.value);
    clearTimeout(timer);
    timer = setTimeout(updatePrice, 400);
  }

  async function updatePrice() {
    const chosen = first.chosen();
    if (!chosen || !text.value.trim()) return fill(price);
    try {
      const cost = await post("/api/v1/speech/cost", { text: text.value, engine: chosen.engine });
      const known = cost.price_usd === null ? "price-unknown" : cost.price_usd === 0 ? "price-free" : "price";
      bindText(price, "", [known, { n: cost.characters.toLocaleString(), usd: cost.price_usd?.toFixed(4) }]);
    } catch { fill(price); }
  }

  function speak() {
    if (!text.value.trim()) { text.setAttribute("aria-invalid", "true"); text.focus(); return note("tts-nothing", { bad: true }); }
    text.removeAttribute("aria-invalid");
    context();
    const orders = [first.chosen() ?? { engine: remember("tts.engine") }, isCompared.checked && second.chosen()].filter(Boolean);
    const group = h("div", { class: orders.length > 1 ? "pair" : "stack" });
    empty.remove();
    results.prepend(group);
    orders.forEach((chosen, n) => {
      const order = { text: text.value, ...chosen, use_cache: !anew.checked, stream: true };
      group.append(result(order, { isPlayed: n === 0, onremove: () => { if (!group.children.length) group.remove(); } }));
      keep(order);
    });
    if (results.getBoundingClientRect().top > innerHeight * 0.7) results.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  function keep(order) {
    const { reference, ...kept } = order;
    const at = history.findIndex((one) => JSON.stringify(one) === JSON.stringify(kept));
    if (at >= 0) history.splice(at, 1);
    history.unshift(kept);
    history.splice(HISTORY);
    remember("tts.history", history);
    showHistory();
  }

  const past = h("ul", { class: "past" });
  const pastCard = h("section", { class: "card flat" },
    h("div", { class: "row between" }, h("h2", { t: "history" }), button("clear", { kind: "small ghost", onclick: () => { history.length = 0; remember("tts.history", history); showHistory(); } })), past);
  function showHistory() {
    pastCard.hidden = !history.length;
    fill(past, history.map((order) => h("li", {},
      h("button", { type: "button", class: "past-item", onclick: () => { context(); empty.remove(); results.prepend(h("div", { class: "stack" }, result(order, { isPlayed: true }))); } },
        icon("play"), h("span", { class: "grow" }, order.text.slice(0, 80)), h("span", { class: "badge" }, label(order))))));
  }
  showHistory();

  const loaded = first.load();
  loaded.then(updatePrice);
  results.append(empty);
  return {
    element: h("div", {},
      h("div", { class: "head" }, h("div", {}, h("h1", { t: "tts-title" }), h("p", { t: "tts-lead" }))),
      h("div", { class: "columns" }, form, h("div", { class: "stack" }, results, pastCard))),
  };
}

function label(order) {
  return [t(`engine-${order.engine ?? "default"}`), order.voice, order.style && t(`style-${order.style}`)].filter(Boolean).join(" · ");
}

// One order: its request, the sound as it comes, the figures, and what can be done with it.
function result(order, { isPlayed, onremove = () => {} }) {
  const track = new Track();
  const figures = h("div", { class: "row figures" });
  const body = h("div", { class: "stack" }, player(track), figures);
  const badge = h("span", { class: "badge accent" }, label(order));
  const state = h("span", { class: "badge" }, h("span", { class: "spinner" }), h("span", { t: "making" }));
  const cancel = new AbortController();
  const save = iconButton("download", "download", () => {
    const link = h("a", { href: URL.createObjectURL(track.wav()), download: `voicebot-${order.engine}.wav` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }, "small");
  save.disabled = true;
  const again = iconButton("again", "again", () => { card.replaceWith(result(order, { isPlayed: true })); track.pause(); context(); }, "small");
  const remove = iconButton("remove", "trash", () => { cancel.abort(); track.pause(); card.remove(); onremove(); }, "small");
  const card = h("article", { class: "card result", "data-state": "making", "data-started-ms": track.startedAtMs },
    h("div", { class: "row between" }, h("div", { class: "row" }, badge, state), h("div", { class: "row" }, save, again, remove)),
    h("p", { class: "said" }, order.text.length > 220 ? `${order.text.slice(0, 220)}…` : order.text), body);

  const show = () => {
    if (track.firstAudioMs === null) return;
    fill(figures,
      figure("first-audio", `${Math.round(track.firstAudioMs)} ms`),
      figure("length", `${track.duration.toFixed(1)} s`),
      figure("rate", `${track.rate / 1000} kHz`));
    card.dataset.firstAudioMs = Math.round(track.firstAudioMs);
    if (track.heardAfterMs !== null) card.dataset.heardMs = Math.round(track.heardAfterMs);
  };
  track.addEventListener("data", show);
  if (isPlayed) track.play(0);
  (async () => {
    try {
      const response = await request("/api/v1/speech", { json: order, signal: cancel.signal });
      const answer = response.headers.get("X-Voicebot-Text");
      if (answer) card.querySelector(".said").append(h("b", {}, `\n→ ${decodeURIComponent(answer)}`));
      await receive(response, track);
      card.dataset.state = "done";
      state.remove();
      save.disabled = false;
    } catch (problem) {
      if (problem.name === "AbortError") return;
      track.pause();
      card.dataset.state = "failed";
      state.remove();
      if (track.length) { body.append(problemBox({ detail: t("cut"), hint: problem.hint })); save.disabled = false; track.end(); }
      else fill(body, problemBox(problem.detail ? problem : { detail: t("cut") }));
    }
  })();
  return card;
}

function figure(key, value) {
  return h("span", { class: "badge" }, h("span", { t: key }), h("b", { class: "figure" }, value));
}

// The engines as choices, and the chosen one's own controls.
function chooser(name, wanted, onchange, isSecond = false) {
  const choices = h("div", { class: "choices" });
  const controls = h("div", { class: "stack" });
  const element = h("fieldset", { class: "plain stack" }, h("legend", { class: "label", t: isSecond ? "second-engine" : "engine" }), choices, controls);
  let engines = [];
  let read = () => ({});

  const choose = (engine) => {
    remember(isSecond ? "tts.second" : "tts.engine", engine.name);
    read = show(engine, controls, `${name}-${engine.name}`);
    onchange();
  };

  async function load() {
    fill(choices, h("p", { class: "hint", t: "loading" }));
    try {
      use(await get("/api/v1/engines"));
    } catch (problem) { fill(choices, problemBox(problem)); }
    return engines;
  }

  function use(found) {
    engines = found;
    const fallback = isSecond ? engines.find((one) => !one.is_default) : engines.find((one) => one.is_default);
    const chosen = engines.find((one) => one.name === wanted) ?? fallback ?? engines[0];
    fill(choices, engines.map((engine) => {
      const dot = h("span", { class: "dot" });
      const input = h("input", { type: "radio", name, value: engine.name, checked: engine === chosen, onchange: () => choose(engine) });
      const item = h("label", {}, input, h("span", { class: "choice" }, h("b", {}, dot, h("span", { t: `engine-${engine.name}` })), h("small", { t: `engine-${engine.name}-what` })));
      const mark = () => {
        if (!engine.health) return;
        dot.classList.add(engine.health.ok ? "ok" : "no");
        dot.title = engine.health.detail;
      };
      mark();
      document.addEventListener("health", mark);
      if (!isSecond) checkHealth(engine);
      return item;
    }));
    if (chosen) choose(chosen);
  }

  return { element, load, use, chosen: () => { const at = choices.querySelector("input:checked"); return at && { engine: at.value, ...read() }; } };
}

async function checkHealth(engine) {
  try {
    engine.health = engine.is_set_up ? await get(`/api/v1/engines/${engine.name}/health`) : { ok: false, detail: engine.problem };
    document.dispatchEvent(new Event("health"));
  } catch { /* the engine stays without a mark */ }
}

// Shows an engine's controls and returns what reads them.
function show(engine, place, id) {
  const readers = [];
  const parts = [];
  const status = h("p", { class: "hint" });
  const tellHealth = () => {
    if (!engine.health || engine.health.ok) return fill(status);
    status.className = "hint bad";
    status.textContent = engine.health.detail;
  };
  tellHealth();
  document.addEventListener("health", tellHealth);

  const voice = h("select", { id: `${id}-voice` }, h("option", { value: "", t: "voice-own" }));
  get(`/api/v1/engines/${engine.name}/voices`).then((voices) => {
    const korean = voices.filter((one) => one.language.startsWith("ko"));
    const others = voices.filter((one) => !one.language.startsWith("ko"));
    for (const one of [...korean, ...others].slice(0, 300)) voice.append(h("option", { value: one.id }, one.name === one.id ? one.id : `${one.name} (${one.id})`));
  }).catch(() => {});
  readers.push(() => ({ voice: voice.value || null }));
  parts.push(field("voice", voice));

  if (engine.styles.length) {
    const style = h("select", { id: `${id}-style` }, h("option", { value: "", t: "style-none" }), engine.styles.map((one) => h("option", { value: one, t: `style-${one}` })));
    readers.push(() => ({ style: style.value || null }));
    parts.push(field("style", style));
  }
  const speed = slider("speed", `${id}-speed`, engine.speeds[0], engine.speeds[1], 0.05, 1, (n) => `${n.toFixed(2)}×`);
  readers.push(() => ({ speed: speed.value() }));
  parts.push(speed.element);
  if (engine.takes_temperature) {
    const temperature = slider("temperature", `${id}-temperature`, 0, 1, 0.05, engine.name === "fish" ? 0.8 : 0.6, (n) => n.toFixed(2));
    readers.push(() => ({ temperature: temperature.value() }));
    parts.push(temperature.element);
  }
  if (engine.takes_reference) {
    const reference = referenceField(id);
    readers.push(() => ({ reference: reference.value() }));
    parts.push(reference.element);
  }
  if (engine.name === "gpt") {
    const first = h("input", { type: "checkbox" });
    readers.push(() => ({ answer_first: first.checked }));
    parts.push(h("label", { class: "check" }, first, h("span", { t: "answer-first" })));
  }
  fill(place, status, parts);
  return () => Object.assign({}, ...readers.map((reader) => reader()));
}

function slider(key, id, min, max, step, value, words) {
  const input = h("input", { type: "range", id, min, max, step, value });
  const output = h("output", { for: id }, words(value));
  input.addEventListener("input", () => { output.textContent = words(Number(input.value)); input.setAttribute("aria-valuetext", output.textContent); });
  return { element: h("div", { class: "field" }, h("div", { class: "slider-head" }, h("label", { for: id, t: key }), output), input), value: () => Number(input.value) };
}

function referenceField(id) {
  let chosen = null;
  const hint = h("p", { class: "hint", t: "reference-hint", id: `${id}-reference-hint` });
  const input = h("input", { type: "file", id: `${id}-reference`, accept: ".wav,audio/wav", class: "file", "aria-describedby": hint.id });
  const drop = h("div", { class: "drop" }, icon("upload"), h("label", { for: input.id, t: "reference" }), input);
  const take = async (file) => {
    if (!file) return;
    chosen = null;
    const form = new FormData();
    form.append("recording", file);
    hint.className = "hint";
    bindText(hint, "", "checking");
    try {
      const kept = await (await request("/api/v1/references", { form })).json();
      chosen = kept.id;
      hint.className = "hint good";
      bindText(hint, "", ["reference-ok", { s: kept.duration_s.toFixed(1), khz: kept.sample_rate_hz / 1000 }]);
      input.removeAttribute("aria-invalid");
    } catch (problem) {
      hint.className = "hint bad";
      hint.removeAttribute("data-t");
      hint.textContent = `${problem.detail}. ${problem.hint ?? ""}`;
      input.setAttribute("aria-invalid", "true");
      input.value = "";
    }
  };
  input.addEventListener("change", () => take(input.files[0]));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); take(event.dataTransfer.files[0]); });
  return { element: h("div", { class: "field" }, drop, hint), value: () => chosen };
}
