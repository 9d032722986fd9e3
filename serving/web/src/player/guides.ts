// Streamers and punches over the picture, as the stage has them: a bar crosses in two seconds and arrives at the moment.
import type { Hit } from "../lib/documents";
import type { FrameClock } from "../lib/time";
import type { Punch, Streamer, TimeMap } from "../state/times.svelte";

export interface Guides {
  streamers: Streamer[];
  punches: Punch[];
}

/** As model/timing/sync.py: from which weight a hit gets a streamer, or a punch alone. */
const STREAMER_WEIGHT = 3;
const PUNCH_WEIGHT = 1;
const STREAMER_S = 2;

/** What a take says. */
export function guidesOfTake(map: TimeMap): Guides {
  const fluttering = map.flutters.flatMap((flutter) => flutter.punches_s.map((at_s) => ({ at_s, colour: "white", label: flutter.label })));
  return { streamers: map.streamers, punches: [...map.punches, ...fluttering] };
}

/** Where there is no take yet: from the hits of the notes alone. */
export function guidesOfHits(hits: readonly Hit[], clock: FrameClock): Guides {
  const timed = hits.filter((hit) => hit.must_be !== "avoid").map((hit) => ({ ...hit, at_s: clock.seconds(hit.frame) }));
  return {
    streamers: timed.filter((h) => h.weight >= STREAMER_WEIGHT).map((h) => ({ begin_s: h.at_s - STREAMER_S, end_s: h.at_s, colour: "white", label: h.label })),
    punches: timed.filter((h) => h.weight >= PUNCH_WEIGHT).map((h) => ({ at_s: h.at_s, colour: "white", label: h.label })),
  };
}

const COLOURS: Record<string, string> = { green: "#7ee081", yellow: "#f2d34b", red: "#ff6b5e", white: "#ffffff" };
const FLASH_S = 0.07;

/** Draw what belongs to `time`; returns how much was drawn. */
export function drawGuides(context: CanvasRenderingContext2D, guides: Guides, time: number, width: number, height: number): number {
  context.clearRect(0, 0, width, height);
  let drawn = 0;
  for (const streamer of guides.streamers) {
    if (time < streamer.begin_s || time >= streamer.end_s) continue;
    const x = ((time - streamer.begin_s) / (streamer.end_s - streamer.begin_s)) * width;
    context.fillStyle = COLOURS[streamer.colour] ?? "#ffffff";
    context.globalAlpha = 0.28;
    context.fillRect(x - 7, 0, 14, height);
    context.globalAlpha = 1;
    context.fillRect(x - 2.5, 0, 5, height);
    drawn += 1;
  }
  for (const punch of guides.punches) {
    if (time < punch.at_s - 1e-4 || time >= punch.at_s + FLASH_S) continue;
    context.fillStyle = COLOURS[punch.colour] ?? "#ffffff";
    context.beginPath();
    context.arc(width / 2, height / 2, Math.min(width, height) * 0.11, 0, 7);
    context.fill();
    drawn += 1;
  }
  return drawn;
}
