// What lies under the pointer on the canvases.
import type { Hit, Lanes } from "../lib/documents";
import type { FrameClock } from "../lib/time";
import { hitSize, xOf, type Axis, type Statement } from "./draw";
import type { Lane } from "./layout";
import { nearest, touching } from "./series";

export interface Pointed {
  axis: Axis;
  plan: { lanes: Lane[] };
  hits: readonly Hit[];
  statements: readonly Statement[];
  lanes: Lanes | null;
  shots: readonly { start: number; end: number }[];
  timecode: (at: number) => string;
  clock: FrameClock;
}

export interface Found {
  top: number;
  title: string;
  text: string;
  hit?: Hit;
}

const REACH_PX = 9;
const NAME: Record<string, string> = { arousal: "arousal", valence: "valence", tension: "tension" };

export function at(scene: Pointed, x: number, y: number): Found | null {
  const lane = scene.plan.lanes.find((l) => y >= l.top && y < l.top + l.height);
  const found = lane && LOOK[lane.name]?.(scene, scene.axis.left + x * scene.axis.perPixel, x);
  return found ? { ...found, top: lane.top } : null;
}

type Look = (scene: Pointed, frame: number, x: number) => Omit<Found, "top"> | null;
const span = (scene: Pointed, from: number, to: number): string => `${scene.timecode(from)} – ${scene.timecode(to)}`;

const LOOK: Record<string, Look> = {
  picture: (scene, frame) => {
    const index = scene.shots.findIndex((shot) => frame >= shot.start && frame < shot.end);
    const shot = scene.shots[index];
    return shot ? { title: `Shot ${index + 1}`, text: span(scene, shot.start, shot.end) } : null;
  },
  dialogue: (scene, frame) => {
    const reach = 2 * scene.axis.perPixel;
    const line = touching(scene.lanes?.dialogue ?? [], frame - reach, frame + reach, (l) => l.in, (l) => l.out)[0];
    return line ? { title: line.speaker || "Somebody", text: line.text || `speaks ${span(scene, line.in, line.out)}` } : null;
  },
  sound: (scene, frame) => {
    const effect = nearest(scene.lanes?.effects ?? [], frame, (e) => e.frame);
    if (effect && Math.abs(effect.frame - frame) < REACH_PX * scene.axis.perPixel) return { title: effect.label || "impact", text: scene.timecode(effect.frame) };
    const music = scene.lanes?.music.find((m) => frame >= m.in && frame < m.out);
    return music ? { title: "Music in the cut", text: `${music.label} · ${span(scene, music.in, music.out)}` } : null;
  },
  people: (scene, frame) => {
    const seen = scene.lanes?.people.filter((p) => p.spans.some((s) => frame >= s.in && frame < s.out)) ?? [];
    return seen.length ? { title: seen.map((p) => p.name).join(", "), text: scene.timecode(Math.floor(frame)) } : null;
  },
  feeling: (scene, frame) => {
    const feeling = scene.lanes?.feeling;
    if (!feeling) return null;
    const index = Math.floor(scene.clock.between(frame) / feeling.hop_s);
    const words = (["arousal", "valence", "tension"] as const).map((name) => {
      const value = feeling[name].value[index];
      const sure = feeling[name].confidence[index];
      return value === undefined || sure === undefined ? "" : `${NAME[name]} ${value.toFixed(2)} (sure ${sure.toFixed(2)})`;
    });
    return { title: scene.timecode(Math.max(0, Math.floor(frame))), text: words.filter(Boolean).join(" · ") };
  },
  hits: (scene, frame, x) => {
    const close = scene.hits.filter((hit) => Math.abs(xOf(scene.axis, hit.frame + 0.5) - x) < Math.max(REACH_PX, hitSize(hit.weight) + 3));
    const hit = close.sort((a, b) => Math.abs(a.frame - frame) - Math.abs(b.frame - frame) || b.weight - a.weight)[0];
    if (!hit) return null;
    return { hit, title: hit.label, text: `${scene.timecode(hit.frame)} · ${hit.kind} · weight ${hit.weight.toFixed(1)} · −${hit.early} +${hit.late} frames` };
  },
  themes: (scene, frame) => {
    const said = scene.statements.find((s) => frame >= s.from && frame < s.to);
    return said ? { title: said.label, text: span(scene, Math.floor(said.from), Math.floor(said.to)) } : null;
  },
};
