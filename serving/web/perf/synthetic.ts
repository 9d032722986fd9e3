// A two-hour reel that never was: 60 cues, 400 hits, 3,000 cuts, 1,500 lines, curves and sound; the same at every start.
import type { Cue, Hit, Lanes, Notes, Silence } from "../src/lib/documents";
import { frame, span } from "../src/lib/time";

export const FRAMES = 2 * 3600 * 24;
const RATE = 24;

/** Mulberry32: small, seeded, good enough to scatter things. */
export function scatter(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function frames(count: number, seed: number): number[] {
  const random = scatter(seed);
  return [...new Set(Array.from({ length: count }, () => 1 + Math.floor(random() * (FRAMES - 2))))].sort((a, b) => a - b);
}

function curve(length: number, seed: number, from: number): { value: number[]; confidence: number[] } {
  const random = scatter(seed);
  let at = 0.5;
  const value = Array.from({ length }, () => {
    at = Math.min(1, Math.max(from, at + (random() - 0.5) * 0.12));
    return Math.round(at * 100) / 100;
  });
  return { value, confidence: value.map(() => Math.round((0.3 + 0.6 * random()) * 100) / 100) };
}

export function lanes(): Lanes {
  const random = scatter(2);
  const speakers = ["Ada", "Bo", "Cy", "Di"];
  const values = (2 * 3600) / 0.5;
  return {
    schema: "cuelight.lanes/1",
    rate: "24/1",
    frames: FRAMES,
    start: 86400,
    drop_frame: false,
    end_s: FRAMES / RATE,
    width: 1920,
    height: 800,
    frame_us: [],
    cuts: frames(3000, 3).map((at) => ({ start: frame(at), end: frame(at), kind: "cut" })),
    flashes: [],
    dialogue: frames(1500, 4).map((at) => ({ in: frame(at), out: frame(at + 30 + Math.floor(random() * 60)), speaker: speakers[Math.floor(random() * 4)] ?? "Ada", text: "And nobody told us it would be raining.", confidence: 0.9 })),
    speakers,
    music: frames(40, 5).map((at) => ({ in: frame(at), out: frame(at + 1500), label: "music", confidence: 0.8 })),
    effects: frames(500, 6).map((at) => ({ frame: frame(at), strength: random(), label: "impact" })),
    people: speakers.map((name, n) => ({ name, thumbnail: null, spans: frames(200, 7 + n).map((at) => ({ in: frame(at), out: frame(at + 120) })) })),
    titles: [],
    loudness: { hop_s: 0.2, lufs: Array.from({ length: 36000 }, () => Math.round(-400 + 250 * random()) / 10) },
    feeling: { hop_s: 0.5, arousal: curve(values, 20, 0), valence: curve(values, 21, -1), tension: curve(values, 22, 0) },
    thumbnails: Array.from({ length: 1200 }, (_, n) => ({ frame: frame(n * 144), n })),
    scenes: [],
  };
}

export function notes(): Notes {
  const random = scatter(30);
  const slot = FRAMES / 60;
  const cues: Cue[] = Array.from({ length: 60 }, (_, n) => ({
    id: `cue-${n}`,
    number: `1m${n + 1}`,
    title: `Cue ${n + 1}, on the road`,
    span: span(n * slot + 200, n * slot + slot * (0.35 + 0.4 * random())),
    usage: "score",
    in_type: "on cut",
    out_type: "ring out",
    tail: 96,
    instruction: "Come in on the cut; hold back.",
    scene: "",
    function: "",
    tone: ["urgent", "driving"],
    not_tone: ["comic"],
    intensity: 3,
    tempo_bpm: [90, 110],
    palette: { families: ["strings"], featured: "", leave_free: "" },
    dialogue_density: 0.1,
    confidence: 0.8,
    why: [],
    alternatives: [],
    changes: [],
    temp_reference: "",
    characters: [],
  }));
  const silences: Silence[] = cues.slice(1).map((cue, n) => ({
    id: `silence-${n}`,
    span: { in: (cues[n] as Cue).span.out, out: cue.span.in },
    instruction: "No music. Let the line land dry.",
    confidence: 0.9,
    why: [],
    alternatives: [],
  }));
  const hits: Hit[] = frames(400, 31).map((at, n) => ({
    id: `hit-${n}`,
    frame: frame(at),
    kind: "cut",
    weight: 5 * random(),
    label: `hit ${n + 1}`,
    early: 1,
    late: 2,
    must_be: "any",
    treatment: "accent",
    confidence: 0.7,
    cue: cues.find((cue) => cue.span.in <= at && at < cue.span.out)?.id ?? null,
    why: [],
  }));
  return {
    schema: "cuelight.spotting-notes/1",
    reel: { name: "Two hours", timebase: { rate: "24/1", start: 86400, start_timecode: "01:00:00:00", drop_frame: false, assumed: true }, frames: FRAMES, width: 1920, height: 800, variable_rate: false },
    settings: { coverage: null, picture_version: "v1", seed: 7 },
    scenes: [],
    cues,
    silences,
    hits,
    dialogue: [],
    cautions: [],
    revision: 1,
  };
}

/** "CWF1", as model/review/waveform.py writes it. */
export function waveform(): ArrayBuffer {
  const samples = 2 * 3600 * 48000;
  const steps = [122_880, 30_720, 7_680, 1_920, 480];
  const counts = steps.map((step) => Math.ceil(samples / step));
  const head = 16 + 12 * steps.length;
  const data = new ArrayBuffer(head + 2 * counts.reduce((a, b) => a + b, 0));
  const view = new DataView(data);
  [0x31465743, 48000, samples, steps.length].forEach((value, n) => view.setUint32(4 * n, value, true));
  let at = head;
  const random = scatter(40);
  steps.forEach((step, n) => {
    const count = counts[n] ?? 0;
    [step, count, at].forEach((value, k) => view.setUint32(16 + 12 * n + 4 * k, value, true));
    const pairs = new Int8Array(data, at, 2 * count);
    for (let k = 0; k < count; k += 1) {
      const loud = 20 + 90 * random();
      pairs[2 * k] = -loud;
      pairs[2 * k + 1] = loud * random();
    }
    at += 2 * count;
  });
  return data;
}
