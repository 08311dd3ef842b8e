// Sound that is heard while it arrives: a WAV stream is cut into buffers that are played one after the other.

let shared;
export function context() {
  shared ||= new AudioContext({ latencyHint: "interactive" });
  if (shared.state === "suspended") shared.resume();
  return shared;
}

let playing;
const LEAD_S = 0.03;

// Samples of one recording, one Float32Array a channel, which grows while it arrives.
export class Track extends EventTarget {
  constructor() {
    super();
    this.rate = 0;
    this.channels = [];
    this.length = 0;
    this.isWhole = false;
    this.isPlaying = false;
    this.startedAtMs = performance.now();
    this.firstAudioMs = null;
    this.heardAfterMs = null;
    this._sources = new Set();
    this._spans = [];
    this._at = 0;
  }

  get duration() { return this.rate ? this.length / this.rate : 0; }

  get position() {
    if (!this.isPlaying) return this._at;
    const now = context().currentTime;
    let found = this._at;
    for (const span of this._spans) if (span.when <= now) found = span.from + Math.min(now - span.when, span.length);
    return Math.min(found, this.duration);
  }

  append(rate, channels) {
    if (!channels[0]?.length) return;
    if (this.firstAudioMs === null) this.firstAudioMs = performance.now() - this.startedAtMs;
    this.rate = rate;
    const length = this.length + channels[0].length;
    this.channels = channels.map((samples, n) => {
      let room = this.channels[n];
      if (!room || room.buffer.byteLength < length * 4) {
        const grown = new Float32Array(new ArrayBuffer(Math.max(length * 8, 65536)), 0, length);
        if (room) grown.set(room);
        room = grown;
      } else {
        room = new Float32Array(room.buffer, 0, length);
      }
      room.set(samples, this.length);
      return room;
    });
    this.length = length;
    if (this.isPlaying) this._schedule();
    this._tell("data");
  }

  end() {
    this.isWhole = true;
    this._tell("data");
    if (this.isPlaying && this._scheduled >= this.length) this._watchEnd();
  }

  play(from) {
    if (playing && playing !== this) playing.pause();
    playing = this;
    if (from !== undefined) this._at = from;
    else if (this.isWhole && this._at >= this.duration - 0.01) this._at = 0;
    this._halt();
    this.isPlaying = true;
    this._scheduled = Math.round(this._at * (this.rate || 1));
    this._next = context().currentTime + LEAD_S;
    this._schedule();
    this._tell("state");
  }

  pause() {
    this._at = this.position;
    this._halt();
    this._tell("state");
  }

  seek(at) {
    this._at = Math.max(0, Math.min(at, this.duration));
    if (this.isPlaying) this.play(this._at);
    else this._tell("state");
  }

  _halt() {
    this.isPlaying = false;
    for (const source of this._sources) { source.onended = null; source.stop(); }
    this._sources.clear();
    this._spans = [];
  }

  _schedule() {
    if (!this.rate || this._scheduled >= this.length) return;
    const ctx = context();
    const length = this.length - this._scheduled;
    const buffer = ctx.createBuffer(this.channels.length, length, this.rate);
    this.channels.forEach((samples, n) => buffer.copyToChannel(samples.subarray(this._scheduled, this.length), n));
    const source = ctx.createBufferSource();
    source.buffer = buffer;
    source.connect(ctx.destination);
    const when = Math.max(this._next, ctx.currentTime + 0.005);
    source.start(when);
    if (this.heardAfterMs === null) this.heardAfterMs = performance.now() - this.startedAtMs + (when - ctx.currentTime) * 1000;
    this._spans.push({ when, from: this._scheduled / this.rate, length: length / this.rate });
    this._next = when + length / this.rate;
    this._scheduled = this.length;
    this._sources.add(source);
    source.onended = () => { this._sources.delete(source); this._watchEnd(); };
  }

  _watchEnd() {
    if (this._sources.size || !this.isWhole || this._scheduled < this.length) return;
    this._at = this.duration;
    this.isPlaying = false;
    this._spans = [];
    this._tell("state");
    this._tell("ended");
  }

  _tell(name) { this.dispatchEvent(new Event(name)); }

  wav() {
    const channels = this.channels.length;
    const data = new DataView(new ArrayBuffer(44 + this.length * channels * 2));
    const word = (at, text) => [...text].forEach((letter, n) => data.setUint8(at + n, letter.charCodeAt(0)));
    word(0, "RIFF"); data.setUint32(4, data.byteLength - 8, true); word(8, "WAVEfmt ");
    data.setUint32(16, 16, true); data.setUint16(20, 1, true); data.setUint16(22, channels, true);
    data.setUint32(24, this.rate, true); data.setUint32(28, this.rate * channels * 2, true);
    data.setUint16(32, channels * 2, true); data.setUint16(34, 16, true);
    word(36, "data"); data.setUint32(40, data.byteLength - 44, true);
    for (let i = 0; i < this.length; i++) {
      for (let n = 0; n < channels; n++) data.setInt16(44 + (i * channels + n) * 2, Math.max(-1, Math.min(1, this.channels[n][i])) * 32767, true);
    }
    return new Blob([data.buffer], { type: "audio/wav" });
  }
}

// Reads a WAV response (16-bit or mu-law, any number of channels) into a track as it comes.
export async function receive(response, track) {
  const reader = response.body.getReader();
  let rest = new Uint8Array(0);
  let form = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    let data = join(rest, value);
    if (!form) {
      form = head(data);
      if (!form) { rest = data; continue; }
      data = data.subarray(form.start);
    }
    const whole = data.length - (data.length % form.frame);
    if (whole) track.append(form.rate, samples(data.subarray(0, whole), form));
    rest = data.slice(whole);
  }
  track.end();
  return track;
}

function join(first, second) {
  if (!first.length) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function head(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 12;
  let form = null;
  while (at + 8 <= data.length) {
    const name = String.fromCharCode(...data.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === "data") return form && { ...form, start: at + 8 };
    if (name === "fmt " && at + 24 <= data.length) {
      const channels = view.getUint16(at + 10, true);
      const isMulaw = view.getUint16(at + 8, true) === 7;
      form = { channels, isMulaw, rate: view.getUint32(at + 12, true), frame: channels * (isMulaw ? 1 : 2) };
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

function samples(data, { channels, isMulaw, frame }) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const length = data.length / frame;
  return Array.from({ length: channels }, (_, n) => {
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++) out[i] = isMulaw ? linear(data[i * frame + n]) : view.getInt16(i * frame + n * 2, true) / 32768;
    return out;
  });
}

// ITU-T G.711
function linear(byte) {
  const value = ~byte & 0xff;
  const size = (((value & 0x0f) << 3) + 0x84 << (value >> 4 & 7)) - 0x84;
  return (value & 0x80 ? -size : size) / 32768;
}

// A microphone as 16-bit WAV. `stop()` gives the recording.
export async function record() {
  const media = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
  const recorder = new MediaRecorder(media);
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.start();
  const stopped = new Promise((done) => { recorder.onstop = done; });
  return {
    async stop() {
      recorder.stop();
      await stopped;
      media.getTracks().forEach((one) => one.stop());
      const decoded = await context().decodeAudioData(await new Blob(parts).arrayBuffer());
      const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(decoded.duration * 16000)), 16000);
      const source = offline.createBufferSource();
      source.buffer = decoded;
      source.connect(offline.destination);
      source.start();
      const track = new Track();
      track.append(16000, [(await offline.startRendering()).getChannelData(0)]);
      return track.wav();
    },
  };
}
