// The score under the picture, by Web Audio: takes decoded once, scheduled to the sample against what the video shows,
// measured ten times a second and set anew when they are more than 15 ms from the picture.
import { SvelteSet } from "svelte/reactivity";
import { ApiError } from "../lib/api";
import type { TakeLevels } from "../lib/documents";
import type { Take } from "../api/types";
import type { FilmPlayer, PlayedReel } from "./interfaces";
import { RATE, Sounds, duckUnder, gainOf, levelAt, soundSpanOf, type SoundSpan } from "./sound";

export type Slot = "a" | "b";

/** A take that can be played, and where. */
interface Placed {
  take: Take;
  span: SoundSpan;
}

interface Voice {
  source: AudioBufferSourceNode;
  fade: GainNode;
  duck: GainNode;
  take: Take;
  /** Time of the audio context at which the take's first sample is heard. */
  anchor: number;
  span: SoundSpan;
}

const DRIFT_MS = 15;
const LOOK_MS = 100;
const AHEAD_S = 12;
const LEAD_S = 0.03;
const FADE_S = 0.008;
const MEASURES = 5;

export class Score {
  /** Which takes are A and B of each cue, where somebody chose. */
  chosen: Record<string, Partial<Record<Slot, string>>> = $state({});
  /** Families that are not heard, or heard alone, in every take. */
  readonly muted = new SvelteSet<string>();
  readonly soloed = new SvelteSet<string>();
  /** How far the score is behind (+) or before (-) the picture, in ms; null while none sounds. */
  driftMs: number | null = $state(null);
  /** How often it had to be set anew since the page was opened. */
  resyncs = $state(0);
  /** Whether a take that should sound is still on its way. */
  coming = $state(false);
  #takes: Take[] = $state.raw([]);
  readonly #review: PlayedReel;
  readonly #player: FilmPlayer;
  #context: AudioContext | null = null;
  #master: GainNode | null = null;
  #sounds: Sounds | null = null;
  #voices: Voice[] = [];
  /** Which takes are sounding or on their way, by the number of their beginning. */
  readonly #begun = new Map<string, number>();
  #beginnings = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #measures: number[] = [];
  #turn = 0;
  #complained = new Set<string>();

  constructor(review: PlayedReel, player: FilmPlayer) {
    this.#review = review;
    this.#player = player;
  }

  /** New takes, or new words about them, are heard at once; what plays on unchanged is not touched. */
  setTakes(takes: Take[]): void {
    this.#takes = takes;
    const { video } = this.#player;
    if (this.#timer !== undefined) this.#tend();
    else if (video && !video.seeking && video.readyState >= 3) this.follow();
  }

  /** The take of a slot: the one chosen, else A the accepted or newest, B the next newest. */
  take(cue: string, slot: Slot): Take | null {
    const takes = this.#takes.filter((t) => t.cue === cue && t.state !== "rejected").sort((x, y) => (x.created < y.created ? 1 : -1));
    const asked = this.#takes.find((t) => t.id === this.chosen[cue]?.[slot]);
    if (asked) return asked;
    const a = takes.find((t) => t.state === "accepted") ?? takes[0] ?? null;
    return slot === "a" ? a : (takes.find((t) => t !== a) ?? null);
  }
  assign(cue: string, slot: Slot, take: string): void {
    this.chosen = { ...this.chosen, [cue]: { ...this.chosen[cue], [slot]: take } };
    this.follow();
  }
  /** The id of the take that is heard for a cue now. */
  heard(cue: string): string | undefined {
    const { monitor } = this.#player;
    return monitor === "cut" ? undefined : this.take(cue, monitor)?.id;
  }
  toggleMute(family: string): void {
    if (!this.muted.delete(family)) this.muted.add(family);
    this.follow();
  }
  toggleSolo(family: string): void {
    if (!this.soloed.delete(family)) this.soloed.add(family);
    this.follow();
  }

  /** The take under a time, and the levels of its mix. */
  under(time: number): Take | null {
    const { monitor } = this.#player;
    if (monitor === "cut") return null;
    return this.#placed(monitor).find(({ span }) => time >= span.from_s && time < span.to_s)?.take ?? null;
  }
  /** dB of the film's own sound at a time: as the temp mix has it, if it is wanted so. */
  filmDb(time: number): number {
    const levels = this.#levels(this.under(time));
    if (!levels || !this.#player.duck) return 0;
    return levels.film_gain_db + levelAt(levels.film_duck, time);
  }

  /** Wake the sound up; browsers only allow that from a key or a click. */
  async ready(): Promise<void> {
    if (!this.#context && this.#takes.length === 0) return;
    const context = this.open();
    if (context.state === "suspended") await Promise.race([context.resume().catch(() => undefined), new Promise((done) => setTimeout(done, 300))]);
  }

  /** Play along from where the picture is now. */
  follow(): void {
    this.stop();
    const { playing, speed, monitor, video } = this.#player;
    if (!video || !playing || speed !== 1 || monitor === "cut" || this.#takes.length === 0) return;
    this.open();
    this.#turn += 1;
    this.#tend();
    this.#timer = setInterval(() => this.#tend(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#turn += 1;
    const context = this.#context;
    for (const voice of this.#voices) if (context) hush(voice, context.currentTime);
    this.#voices = [];
    this.#begun.clear();
    this.#measures = [];
    this.driftMs = null;
    this.coming = false;
  }

  setLevel(): void {
    const { scoreLevel } = this.#player;
    if (this.#context && this.#master) this.#master.gain.setTargetAtTime(scoreLevel ** 2, this.#context.currentTime, 0.02);
  }

  end(): void {
    this.stop();
    void this.#context?.close();
    this.#context = null;
  }

  /** The page's one audio context. */
  open(): AudioContext {
    if (this.#context) return this.#context;
    const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    this.#master = context.createGain();
    this.#master.connect(context.destination);
    this.#context = context;
    this.#sounds = new Sounds((data) => context.decodeAudioData(data));
    this.setLevel();
    return context;
  }

  /**
   * What a slot plays along the reel, and where. Takes of cues that are no longer in the notes are kept, but not heard;
   * a take that does not say where it lies is not heard either: `refused` gets the reason.
   */
  #placed(slot: Slot, refused: (take: Take, reason: unknown) => void = () => undefined): Placed[] {
    const sketched = new Set(this.#takes.map((take) => take.cue));
    return this.#review.notes.cues.flatMap(({ id }) => {
      const take = sketched.has(id) ? this.take(id, slot) : null;
      if (!take) return [];
      try {
        return [{ take, span: soundSpanOf(take) }];
      } catch (reason) {
        refused(take, reason);
        return [];
      }
    });
  }

  /** Say once of each take why it is not heard. */
  #complain(take: Take, reason: unknown): void {
    if (this.#complained.has(take.id)) return;
    this.#complained.add(take.id);
    this.#review.session.complain(reason);
  }

  /** End what is no longer to be heard: another take was chosen, or the cue is gone. */
  #drop(wanted: Set<string>): void {
    const context = this.#context;
    if (!context) return;
    for (const voice of this.#voices) if (!wanted.has(voice.take.id)) hush(voice, context.currentTime);
    this.#voices = this.#voices.filter((voice) => wanted.has(voice.take.id));
    for (const id of this.#begun.keys()) if (!wanted.has(id)) this.#begun.delete(id);
  }

  /** Schedule what sounds now or soon; measure what sounds already. */
  #tend(): void {
    const { monitor, video } = this.#player;
    if (!video || monitor === "cut") return;
    const now = video.currentTime;
    const all = this.#placed(monitor, (take, reason) => this.#complain(take, reason));
    this.#drop(new Set(all.map(({ take }) => take.id)));
    for (const placed of all) {
      const { take, span } = placed;
      if (this.#begun.has(take.id) || span.from_s > now + AHEAD_S || span.to_s <= now) continue;
      void this.#begin(placed, this.#turn);
    }
    this.#measure();
  }

  async #begin(placed: Placed, turn: number): Promise<void> {
    const { take } = placed;
    const urls = this.#urls(take);
    const own = (this.#beginnings += 1);
    this.#begun.set(take.id, own);
    this.coming = true;
    try {
      const buffers = await Promise.all(urls.map((url) => (this.#sounds as Sounds).get(url)));
      if (turn !== this.#turn || this.#begun.get(take.id) !== own) return;
      for (const buffer of buffers) this.#sound(placed, buffer);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#complain(
        take,
        new ApiError({ title: "No sound", status: 0, code: "no-sound", detail: `The take of ${take.record.number} cannot be heard: ${String(error)}.`, hint: "Play again to try once more, or write the cue again." }),
      );
    } finally {
      if (turn === this.#turn) this.coming = false;
    }
  }

  /** The mix; or, where families are muted or heard alone, the stems that are left. */
  #urls(take: Take): string[] {
    const stems = take.files.flatMap((file) => {
      const family = /^stems\/([^/.]+)\.flac$/.exec(file.name)?.[1];
      return family ? [{ family, url: file.url }] : [];
    });
    const touched = this.soloed.size > 0 || stems.some(({ family }) => this.muted.has(family));
    if (touched) return stems.filter(({ family }) => !this.muted.has(family) && (this.soloed.size === 0 || this.soloed.has(family))).map((s) => s.url);
    const mix = take.files.find((file) => file.name === "mix.flac");
    return mix ? [mix.url] : stems.map((s) => s.url);
  }

  #sound({ take, span }: Placed, buffer: AudioBuffer): void {
    const context = this.#context;
    const video = this.#player.video;
    if (!context || !video || !this.#master) return;
    const anchor = this.#heardAt() + (span.from_s - video.currentTime);
    const when = Math.max(anchor, context.currentTime + LEAD_S);
    const offset = when - anchor;
    if (offset >= buffer.duration) return;
    const [source, fade, duck] = [context.createBufferSource(), context.createGain(), context.createGain()];
    source.buffer = buffer;
    source.connect(fade).connect(duck).connect(this.#master);
    fade.gain.setValueAtTime(offset > 0 ? 0 : 1, when);
    if (offset > 0) fade.gain.linearRampToValueAtTime(1, when + FADE_S);
    this.#schedule(duck.gain, take, anchor - span.from_s, when);
    source.start(when, offset);
    this.#voices.push({ source, fade, duck, take, anchor, span });
  }

  /** The music's level over time, as the mix has it: `shift` turns reel seconds into the context's. */
  #schedule(gain: AudioParam, take: Take, shift: number, when: number): void {
    const levels = this.#levels(take);
    const points = !this.#player.duck ? [] : (levels?.music_duck ?? this.#underLines());
    const base = levels && this.#player.duck ? levels.music_gain_db : 0;
    gain.setValueAtTime(gainOf(base + levelAt(points, when - shift)), when);
    for (const [time, db] of points) if (time + shift > when) gain.exponentialRampToValueAtTime(gainOf(base + db), time + shift);
  }

  #levels(take: Take | null): TakeLevels | null {
    return take ? take.record.levels : null;
  }
  #underLines(): [number, number][] {
    const { lanes, clock } = this.#review;
    return duckUnder((lanes?.dialogue ?? []).map((line) => ({ from: clock.seconds(line.in), to: clock.seconds(line.out) })));
  }

  /** The context's time that leaves the speakers now. */
  #heardAt(): number {
    const context = this.#context as AudioContext;
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    // both are 0 until the first sample has left; a browser that does not know its output's latency says 0
    if (contextTime && performanceTime) return contextTime + (performance.now() - performanceTime) / 1000;
    return context.currentTime - (context.outputLatency || context.baseLatency);
  }

  #measure(): void {
    const video = this.#player.video;
    const context = this.#context;
    if (!video || !context || video.paused || video.seeking || video.readyState < 3) return;
    const heard = this.#heardAt();
    const voice = this.#voices.find((v) => v.anchor <= heard && heard < v.anchor + (v.span.to_s - v.span.from_s));
    if (!voice) {
      this.#measures = [];
      this.driftMs = null;
      return;
    }
    this.#measures = [...this.#measures, 1000 * (voice.anchor - (heard + voice.span.from_s - video.currentTime))].slice(-MEASURES);
    const median = [...this.#measures].sort((a, b) => a - b)[MEASURES >> 1];
    if (this.#measures.length < MEASURES || median === undefined) return;
    this.driftMs = median;
    if (Math.abs(median) > DRIFT_MS) {
      this.resyncs += 1;
      this.follow();
    }
  }
}

/** Fade a voice out, quickly but without a click. */
function hush({ source, fade }: Voice, now: number): void {
  fade.gain.setTargetAtTime(0, now, FADE_S / 3);
  source.stop(now + 2 * FADE_S);
}
