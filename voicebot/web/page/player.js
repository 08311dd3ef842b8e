// A waveform that plays: click, drag or arrow keys move in it. Two channels are drawn as two lanes.
import { h, icon, seconds } from "./dom.js";
import { bindText } from "./i18n.js";

export function player(track, { isTall = false } = {}) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const wave = h("div", { class: isTall ? "wave tall" : "wave", role: "slider", tabindex: "0", "t-aria-label": "position", "aria-valuemin": "0" }, canvas);
  const play = h("button", { type: "button", class: "play", onclick: () => (track.isPlaying ? track.pause() : track.play()) });
  const time = h("time", {});
  const root = h("div", { class: "player" }, play, wave, time);

  let frame = 0;
  const draw = () => {
    frame = 0;
    paint(canvas, track);
    const [at, whole] = [track.position, track.duration];
    time.textContent = `${seconds(at)} / ${seconds(whole)}`;
    wave.setAttribute("aria-valuemax", whole.toFixed(1));
    wave.setAttribute("aria-valuenow", at.toFixed(1));
    wave.setAttribute("aria-valuetext", time.textContent);
    if (track.isPlaying && root.isConnected) frame = requestAnimationFrame(draw);
  };
  const soon = () => { frame ||= requestAnimationFrame(draw); };
  const state = () => {
    play.replaceChildren(icon(track.isPlaying ? "pause" : "play"));
    bindText(play, "aria-label", track.isPlaying ? "pause" : "play");
    root.dataset.state = track.isPlaying ? "playing" : "paused";
    soon();
  };
  const moveTo = (event) => {
    const box = wave.getBoundingClientRect();
    track.seek(((event.clientX - box.left) / box.width) * track.duration);
  };
  wave.addEventListener("pointerdown", (event) => { wave.setPointerCapture(event.pointerId); moveTo(event); });
  wave.addEventListener("pointermove", (event) => { if (event.buttons) moveTo(event); });
  wave.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
    if (event.key in steps) track.seek(track.position + steps[event.key]);
    else if (event.key === "Home") track.seek(0);
    else if (event.key === "End") track.seek(track.duration);
    else if (event.key === " " || event.key === "Enter") play.click();
    else return;
    event.preventDefault();
  });
  track.addEventListener("data", soon);
  track.addEventListener("state", state);
  new ResizeObserver(soon).observe(wave);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  document.addEventListener("theme", soon);
  state();
  return root;
}

const BAR = 3;
const GAP = 2;

function paint(canvas, track) {
  const box = canvas.getBoundingClientRect();
  if (!box.width) return;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(box.width * scale);
  canvas.height = Math.round(box.height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const rest = style.getPropertyValue("--line-strong");
  const lanes = track.channels.length || 1;
  const height = box.height / lanes;
  const bars = Math.floor(box.width / (BAR + GAP));
  const played = track.duration ? (track.position / track.duration) * bars : 0;
  for (let lane = 0; lane < lanes; lane++) {
    const heard = lanes > 1 && lane === 0 ? "--caller" : "--accent";
    const samples = track.channels[lane];
    for (let bar = 0; bar < bars; bar++) {
      const size = Math.max(2, (samples ? peak(samples, bar / bars, (bar + 1) / bars) : 0) * (height - 8));
      pen.fillStyle = resolve(canvas, bar < played ? heard : "--line-strong", rest);
      pen.globalAlpha = bar < played || lanes === 1 ? 1 : 0.7;
      pen.fillRect(bar * (BAR + GAP), lane * height + (height - size) / 2, BAR, size);
    }
  }
}

// A custom property may hold light-dark(), which only a real property resolves.
function resolve(element, name, fallback) {
  element.style.color = `var(${name})`;
  return getComputedStyle(element).color || fallback;
}

function peak(samples, from, to) {
  const start = Math.floor(from * samples.length);
  const end = Math.max(start + 1, Math.floor(to * samples.length));
  const step = Math.max(1, Math.floor((end - start) / 60));
  let most = 0;
  for (let i = start; i < end; i += step) most = Math.max(most, Math.abs(samples[i] ?? 0));
  return Math.min(1, most * 1.15);
}
