// The lanes from top to bottom: from what is seen and heard to what is decided.

export type LaneName = "picture" | "dialogue" | "sound" | "people" | "feeling" | "cues" | "hits" | "themes" | "comments";

export interface Lane {
  readonly name: LaneName;
  readonly title: string;
  readonly top: number;
  readonly height: number;
}

export const RULER_PX = 26;
const HEIGHTS: [LaneName, string, number][] = [
  ["picture", "Picture", 44],
  ["dialogue", "Dialogue", 22],
  ["sound", "Sound", 36],
  ["people", "People", 22],
  ["feeling", "Feeling", 56],
  ["cues", "Cues", 64],
  ["hits", "Hits", 28],
  ["themes", "Themes", 24],
  ["comments", "Notes", 24],
];

export const PERSON_PX = 13;
export const MOST_PEOPLE = 3;

/** Where each lane lies below the top of the ruler; a reel in which nobody is seen has no lane for people. */
export function layout(people: number): { lanes: Lane[]; height: number } {
  let top = RULER_PX;
  const lanes: Lane[] = [];
  for (const [name, title, usual] of HEIGHTS) {
    if (name === "people" && people === 0) continue;
    const height = name === "people" ? Math.max(usual, 5 + PERSON_PX * Math.min(MOST_PEOPLE, people)) : usual;
    lanes.push({ name, title, top, height });
    top += height;
  }
  return { lanes, height: top };
}

/** The steps a ruler may have, in seconds; below a second it counts frames. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const STEPS_FRAMES = [1, 2, 4, 6, 12];

/** Frames between labelled ticks and between bare ones, so that labels stay `room` pixels apart. */
export function ticks(perPixel: number, nominal: number, room = 118): { labelled: number; bare: number } {
  const least = perPixel * room;
  const short = STEPS_FRAMES.find((step) => step >= least && step < nominal);
  if (short !== undefined) return { labelled: short, bare: 1 };
  const second = STEPS_S.find((step) => step * nominal >= least) ?? 3600;
  const labelled = second * nominal;
  const parts = second % 5 === 0 ? 5 : second === 1 ? Math.min(nominal, 4) : 2;
  return { labelled, bare: Math.max(1, Math.round(labelled / parts)) };
}
