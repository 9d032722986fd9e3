// The film's own sound. The video element plays it; where the cut's music comes apart from the rest (channels 5 and 6 of
// its sound, see docs/review-media.md), it goes through Web Audio, and either has a level of its own.

interface Parts {
  film: GainNode;
  music: GainNode;
}

const FRONT = [0, 1] as const;
const BEHIND = [4, 5] as const;
const GLIDE_S = 0.02;

export class FilmSound {
  /** An element can be tapped once, and stays tapped. */
  readonly #tapped = new WeakMap<HTMLMediaElement, Parts>();
  readonly #levels = new WeakMap<AudioParam, number>();

  /** Send an element's sound through a context, its parts apart. */
  tap(video: HTMLMediaElement, context: AudioContext): void {
    if (this.#tapped.has(video)) return;
    const splitter = context.createChannelSplitter(6);
    context.createMediaElementSource(video).connect(splitter);
    this.#tapped.set(video, { film: pair(context, splitter, FRONT), music: pair(context, splitter, BEHIND) });
    video.volume = 1;
  }

  /** Set how loud the film is, and its own music; without parts, the film's level is that of all. */
  set(video: HTMLMediaElement, film: number, music: number): void {
    const parts = this.#tapped.get(video);
    if (!parts) {
      video.volume = Math.min(1, Math.max(0, film));
      return;
    }
    this.#glide(parts.film, film);
    this.#glide(parts.music, music);
  }

  #glide({ gain, context }: GainNode, level: number): void {
    if (this.#levels.get(gain) === level) return;
    this.#levels.set(gain, level);
    gain.setTargetAtTime(level, context.currentTime, GLIDE_S);
  }
}

/** Two channels of many, as left and right, with a level. */
function pair(context: AudioContext, splitter: ChannelSplitterNode, [left, right]: readonly [number, number]): GainNode {
  const merger = context.createChannelMerger(2);
  const gain = context.createGain();
  splitter.connect(merger, left, 0);
  splitter.connect(merger, right, 1);
  merger.connect(gain).connect(context.destination);
  return gain;
}
