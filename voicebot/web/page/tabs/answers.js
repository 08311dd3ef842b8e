// Answers: the inbox with undo, and how much of what callers ask has an approved answer.
import { button, field, fill, h, icon, iconButton, problemBox } from "../dom.js";
import { t } from "../i18n.js";
import { events, get, post, request } from "../api.js";
import { Track, receive, context } from "../audio.js";
import { complain, note } from "../notices.js";
import { speakButton } from "./chat.js";
import { curve } from "../chart.js";

const STATES = ["pending", "synthesised", "failed", "approved", "rejected", "dead"];
const PAGE = 30;

export function build() {
  let state = "pending";
  let limit = PAGE;
  let asked = 0;
  const filters = h("div", { class: "segments", role: "radiogroup", "t-aria-label": "state" });
  const words = h("input", { type: "search", "t-placeholder": "search-inbox", "t-aria-label": "search-inbox" });
  const list = h("ul", { class: "stack inbox" });
  const more = button("show-more", { kind: "wide", onclick: () => { limit += PAGE; load(); } });
  const misses = h("ol", { class: "misses" });
  const totals = h("div", { class: "totals" });
  more.hidden = true;

  STATES.forEach((name) => filters.append(h("label", {}, h("input", { type: "radio", name: "inbox-state", value: name, checked: name === state, onchange: () => { state = name; limit = PAGE; load(); } }), h("span", {}, h("span", { t: `state-${name}` }), h("b", { class: "figure", "data-count": name })))));
  let timer;
  words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { limit = PAGE; load(); }, 250); });

  async function load() {
    const mine = ++asked;
    try {
      const found = await get(`/api/v1/inbox?${new URLSearchParams({ state, words: words.value.trim(), limit })}`);
      if (mine !== asked) return;
      tell(found);
      fill(list, found.items.map((item) => card(item, changed)));
      if (!found.items.length) list.append(h("li", { class: "empty" }, icon("answers"), h("p", { t: words.value ? "nothing-found" : `empty-${state}` })));
      more.hidden = found.items.length < limit;
    } catch (problem) { fill(list, h("li", {}, problemBox(problem))); }
  }

  function tell({ counts, answers }) {
    for (const name of STATES) filters.querySelector(`[data-count=${name}]`).textContent = counts[name] ?? 0;
    fill(totals, total("total-answers", answers), total("total-waiting", counts.pending + counts.synthesised + counts.failed));
  }

  async function loadMisses() {
    try {
      const { items } = await get("/api/v1/inbox?state=pending&limit=200");
      const top = items.filter((item) => item.source === "call" || item.source === "chat").slice(0, 6);
      const most = Math.max(1, ...top.map((item) => item.count));
      fill(misses, top.map((item) => {
        const bar = h("i", {});
        bar.style.setProperty("--part", `${(item.count / most) * 100}%`);
        return h("li", {}, h("button", { type: "button", class: "past-item small", onclick: () => { words.value = item.utterance; load(); } }, h("span", { class: "grow" }, item.utterance), h("b", { class: "figure" }, `×${item.count}`)), h("div", { class: "meter thin" }, bar));
      }));
      if (!top.length) misses.append(h("li", { class: "hint", t: "no-misses" }));
    } catch { fill(misses); }
  }

  // What was done stays on the screen until the next look, so that the eye does not lose its place.
  function changed(item, key, node) {
    note(key, { undo: item.can_undo ? () => undo(item, node) : undefined });
    refreshCounts();
  }

  async function undo(item, node) {
    try {
      const back = await post(`/api/v1/inbox/${item.id}/undo`);
      const again = card(back, changed);
      if (node.isConnected) node.replaceWith(again);
      else list.prepend(again);
      refreshCounts();
    } catch (problem) { complain(problem); }
  }

  async function refreshCounts() {
    try { tell(await get("/api/v1/inbox?limit=1")); } catch { /* the next load tells */ }
  }

  return {
    element: h("div", {},
      h("div", { class: "head" }, h("div", {}, h("h1", { t: "answers-title" }), h("p", { t: "answers-lead" })), totals),
      h("div", { class: "columns wide" },
        h("div", { class: "stack" }, h("div", { class: "row between" }, filters, h("div", { class: "grow search" }, words)), list, more),
        h("div", { class: "stack" }, addCard(() => load()), h("section", { class: "card" }, h("h2", { t: "top-misses" }), misses), coverageCard()))),
    onshow: () => { load(); loadMisses(); },
  };
}

function total(key, count) {
  return h("div", { class: "total" }, h("b", {}, count.toLocaleString()), h("span", { t: key }));
}

function card(item, changed) {
  const node = h("li", { class: `card item ${item.state}`, "data-item": item.id });
  const actions = h("div", { class: "row actions" });
  const body = h("div", { class: "stack small-gap" });

  const act = async (what, key, json = {}) => {
    context();
    actions.querySelectorAll("button").forEach((one) => { one.disabled = true; });
    actions.append(h("span", { class: "spinner" }));
    try {
      const now = await post(`/api/v1/inbox/${item.id}/${what}`, json);
      const fresh = card(now, changed);
      const hadFocus = node.contains(document.activeElement);
      node.replaceWith(fresh);
      if (hadFocus) (fresh.querySelector("button") ?? document.querySelector("main")).focus();
      changed(now, key, fresh);
    } catch (problem) {
      complain(problem);
      show();
    }
  };

  function show() {
    fill(body,
      h("p", { class: "question" }, item.utterance),
      item.text ? h("p", { class: "answer" }, item.text) : h("p", { class: "hint", t: "no-answer-yet" }),
      item.problem && h("p", { class: "hint bad" }, item.problem));
    const isOpen = ["pending", "failed", "synthesised", "dead"].includes(item.state);
    fill(actions,
      item.has_audio ? playButton(item) : item.text && speakButton(item.text, false),
      h("span", { class: "grow" }),
      isOpen && button("edit", { image: "edit", kind: "small", onclick: edit }),
      isOpen && button("reject", { image: "cross", kind: "small danger", onclick: () => act("reject", "rejected-note") }),
      isOpen && item.answer && button("approve", { image: "check", kind: "small good", onclick: () => act("approve", "approved-note") }),
      !isOpen && item.can_undo && button("undo", { image: "undo", kind: "small", onclick: () => act("undo", "undone-note") }),
      item.state === "rejected" && !item.can_undo && button("edit", { image: "edit", kind: "small", onclick: edit }));
  }

  function edit() {
    const answer = h("textarea", { rows: "3", maxlength: "2000", value: item.answer });
    const hint = h("p", { class: "hint", t: "answer-hint" });
    const form = h("form", { class: "stack small-gap", onsubmit: async (event) => {
      event.preventDefault();
      try {
        const now = await (await request(`/api/v1/inbox/${item.id}`, { method: "PUT", json: { answer: answer.value } })).json();
        const fresh = card(now, changed);
        node.replaceWith(fresh);
        changed(now, "saved-note", fresh);
      } catch (problem) { hint.className = "hint bad"; hint.removeAttribute("data-t"); hint.textContent = `${problem.detail}. ${problem.hint ?? ""}`; answer.setAttribute("aria-invalid", "true"); }
    } }, h("p", { class: "question" }, item.utterance), field("answer", answer, hint),
    h("div", { class: "row" }, button("save", { kind: "primary small", type: "submit" }), button("cancel", { kind: "small", onclick: show })));
    fill(body, form);
    fill(actions);
    answer.focus();
  }

  show();
  node.append(
    h("div", { class: "row item-head" },
      h("span", { class: `badge ${{ approved: "good", failed: "bad", dead: "bad", synthesised: "warn" }[item.state] ?? ""}`, t: `state-${item.state}` }),
      item.intent && h("span", { class: "badge" }, item.intent),
      h("span", { class: "badge", t: `source-${item.source}` }),
      item.count > 1 && h("span", { class: "badge accent", t: ["asked", { n: item.count }] }),
      item.confidence > 0 && item.confidence < 1 && h("span", { class: "badge figure" }, `${Math.round(item.confidence * 100)}%`)),
    body, actions);
  return node;
}

function playButton(item) {
  let track = null;
  const control = button("listen-approved", { image: "play", kind: "small", onclick: async () => {
    if (track?.isPlaying) return track.pause();
    track = new Track();
    track.addEventListener("state", () => control.querySelector("svg").replaceWith(icon(track.isPlaying ? "pause" : "play")));
    track.play(0);
    try { await receive(await request(`/api/v1/inbox/${item.id}/audio`), track); } catch (problem) { track.pause(); complain(problem); }
  } });
  return control;
}

function addCard(onadded) {
  const question = h("input", { type: "text", maxlength: "500", "t-placeholder": "add-question-hint" });
  const answer = h("textarea", { rows: "2", maxlength: "2000", "t-placeholder": "add-answer-hint" });
  const wrong = h("p", { class: "hint bad", role: "alert" });
  return h("section", { class: "card" }, h("details", {}, h("summary", { t: "add-title" }),
    h("form", { class: "stack add", onsubmit: async (event) => {
      event.preventDefault();
      try {
        await post("/api/v1/inbox", { utterance: question.value, answer: answer.value });
        question.value = answer.value = wrong.textContent = "";
        note("added-note");
        onadded();
      } catch (problem) { wrong.textContent = problem.detail; }
    } }, field("question", question), field("answer", answer), wrong, button("add", { image: "plus", kind: "primary", type: "submit" }))));
}

function coverageCard() {
  const file = h("input", { type: "file", class: "file", accept: ".csv,text/csv", id: "coverage-file" });
  const place = h("div", { class: "stack" });
  file.addEventListener("change", () => file.files[0] && measure(file.files[0]));

  async function measure(chosen) {
    const bar = h("i", {});
    const words = h("p", { class: "hint", t: "measuring" });
    fill(place, h("div", { class: "meter" }, bar), words);
    const form = new FormData();
    form.append("queries", chosen);
    try {
      const started = await (await request("/api/v1/coverage", { form })).json();
      for await (const { name, data } of events(started.events)) {
        if (name === "progress") bar.style.setProperty("--part", `${(data.done / data.total) * 100}%`);
        else if (name === "done") report(data);
        else if (name === "problem") fill(place, problemBox(data));
      }
    } catch (problem) { fill(place, problemBox(problem)); }
    file.value = "";
  }

  const percent = (rate) => (rate === null ? "–" : `${(rate * 100).toFixed(1)}%`);

  function report(found) {
    fill(place,
      h("div", { class: "totals" }, rate("hit-rate", percent(found.hit_rate)), rate("false-hit-rate", percent(found.false_hit_rate))),
      h("p", { class: "hint", t: ["coverage-of", { n: found.queries.toLocaleString(), lines: found.cached_lines.toLocaleString(), threshold: found.threshold.toFixed(2) }] }),
      found.curve.length > 1 && curve(found.curve, found.threshold, t("curve")),
      examples("worst-false-hits", found.worst_false_hits),
      examples("worst-misses", found.worst_misses));
  }

  const rate = (key, value) => h("div", { class: "total" }, h("b", {}, value), h("span", { t: key }));
  const examples = (key, list) => list.length > 0 && h("details", {}, h("summary", {}, `${t(key)} (${list.length})`), h("ul", { class: "examples" }, list.slice(0, 10).map((one) => h("li", {}, h("b", {}, one.utterance), h("span", { class: "hint" }, `${one.cached || "–"} · ${Math.round(one.score * 100)}%${one.guard ? ` · ${t(`guard-${one.guard}`)}` : ""}`)))));

  return h("section", { class: "card stack" }, h("h2", { t: "coverage" }), h("p", { class: "hint", t: "coverage-hint" }), h("div", { class: "drop" }, icon("upload"), h("label", { for: file.id, t: "coverage-file" }), file), place);
}
