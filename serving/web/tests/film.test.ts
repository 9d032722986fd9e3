import { describe, expect, test, vi } from "vitest";
import { FilmSound } from "../src/player/film";

/** As much of Web Audio as is needed to see what is wired to what, and how loud. */
function context() {
  const wires: string[] = [];
  const gains: { gain: { setTargetAtTime: ReturnType<typeof vi.fn> } }[] = [];
  const node = (name: string) => ({
    name,
    connect(to: { name: string }, output = 0, input = 0) {
      wires.push(`${name} ${output} > ${to.name} ${input}`);
      return to;
    },
  });
  const made = {
    currentTime: 2,
    destination: node("out"),
    createMediaElementSource: vi.fn(() => node("film")),
    createChannelSplitter: () => node("splitter"),
    createChannelMerger: () => node("pair"),
    createGain: () => {
      const gain = { ...node("gain"), context: made, gain: { setTargetAtTime: vi.fn() } };
      gains.push(gain);
      return gain;
    },
  };
  return { made, wires, gains, audio: made as unknown as AudioContext };
}
const element = () => ({ volume: 0.5 }) as HTMLMediaElement;

describe("the film's own sound", () => {
  test("is the element's volume where it comes in one piece", () => {
    const [film, video] = [new FilmSound(), element()];
    film.set(video, 0.25, 1);
    expect(video.volume).toBe(0.25);
    film.set(video, 1.7, 1);
    expect(video.volume).toBe(1);
  });
  test("comes apart: front and back pairs, each at a level of its own", () => {
    const [film, video, { audio, made, wires, gains }] = [new FilmSound(), element(), context()];
    film.tap(video, audio);
    film.tap(video, audio);
    expect(made.createMediaElementSource).toHaveBeenCalledTimes(1);
    expect(wires.filter((wire) => wire.startsWith("splitter"))).toEqual(["splitter 0 > pair 0", "splitter 1 > pair 1", "splitter 4 > pair 0", "splitter 5 > pair 1"]);
    film.set(video, 0.5, 0);
    film.set(video, 0.5, 0.1);
    expect(video.volume, "the element itself stays open").toBe(1);
    expect(gains.map(({ gain }) => gain.setTargetAtTime.mock.calls.map(([level]) => level as number))).toEqual([[0.5], [0, 0.1]]);
  });
});
