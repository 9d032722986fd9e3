// The player: the video element owns the playhead, everything else follows its frames.
import { clampFrame, seconds, type Frame } from "../lib/time";
import { keep, read } from "../state/session.svelte";
import { FilmSound } from "./film";
import type { Monitor, PlayedReel } from "./interfaces";
import { Score } from "./score.svelte";
import { gainOf } from "./sound";

export type { Monitor };
export type Picture = "loading" | "ready" | "failed";

const SHUTTLE = [1, 2, 4, 8] as const;

export class Player {
  readonly score: Score;
  picture: Picture = $state("loading");
  playing = $state(false);
  /** Signed speed of the shuttle; 1 while playing. */
  speed = $state(1);
  loop = $state(false);
  streamers = $state(read("cuelight.streamers") !== "off");
  duck = $state(true);
  filmLevel = $state(1);
  tempLevel = $state(1);
  scoreLevel = $state(1);
  monitor: Monitor = $state("a");
  readonly #review: PlayedReel;
  readonly #film = new FilmSound();
  #video: HTMLVideoElement | null = null;
  #backwards: number | undefined;
  #pending: Frame | null = null;
  /** Counts what was asked of the player: a play that waits for the sound is void once something else was asked. */
  #wish = 0;
  #starting = false;

  constructor(review: PlayedReel) {
    this.#review = review;
    this.score = new Score(review, this);
  }

  get url(): string | undefined {
    return this.#review.reel?.media.film ?? undefined;
  }
  /** Whether the cut's own music has a level of its own. */
  get musicApart(): boolean {
    return this.#review.lanes?.music_apart ?? false;
  }
  get video(): HTMLVideoElement | null {
    return this.#video;
  }

  /** Take over a video element; returns how to let go of it. */
  attach(video: HTMLVideoElement): () => void {
    this.#video = video;
    const on = new AbortController();
    const listen = (name: string, heard: () => void): void => video.addEventListener(name, heard, { signal: on.signal });
    listen("loadeddata", () => {
      this.picture = "ready";
      if (this.#pending !== null) this.seek(this.#pending);
    });
    listen("error", () => (this.picture = "failed"));
    listen("play", () => (this.playing = true));
    listen("playing", () => this.score.follow());
    listen("waiting", () => this.score.stop());
    listen("pause", () => {
      if (this.#backwards === undefined) this.playing = false;
      this.score.stop();
    });
    listen("seeking", () => this.score.stop());
    listen("seeked", () => {
      if (this.#pending !== null) return this.seek(this.#pending);
      this.#see(video.currentTime);
      if (!video.paused) this.score.follow();
    });
    listen("ended", () => this.#ended());
    this.#watch(video, on.signal);
    // another element shows the same place: from the room to the director's view and back
    this.picture = video.readyState >= 2 ? "ready" : "loading";
    this.seek(this.#review.view.playhead);
    return () => {
      on.abort();
      this.pause();
      this.#video = null;
    };
  }

  seek(to: Frame): void {
    const at = clampFrame(to, 0, Math.max(this.#review.view.frames - 1, 0));
    this.#review.view.playhead = at;
    if (!this.#video || this.picture !== "ready") {
      this.#pending = at;
      return;
    }
    this.#pending = null;
    // while one frame is being found, only the last wish counts: dragging stays smooth
    if (this.#video.seeking) this.#pending = at;
    else this.#video.currentTime = this.#review.clock.middle(at);
  }

  step(frames: number): void {
    this.pause();
    this.seek((this.#review.view.playhead + frames) as Frame);
  }

  async play(): Promise<void> {
    const video = this.#video;
    if (!video || this.picture !== "ready") return;
    this.#stopReverse();
    this.speed = 1;
    video.playbackRate = 1;
    video.muted = false;
    const cue = this.loop ? this.#review.selectedCue : null;
    const at = this.#review.view.playhead;
    const last = this.#review.view.frames - 1;
    if (cue && (at < cue.span.in || at >= Math.min(cue.span.out, last))) this.seek(cue.span.in);
    else if (at >= last) this.seek(0 as Frame);
    const wish = (this.#wish += 1);
    this.#starting = true;
    if (this.musicApart) this.#film.tap(video, this.score.open());
    this.#balance();
    await this.score.ready();
    if (wish !== this.#wish) return;
    this.#starting = false;
    await video.play().catch(() => (this.playing = false));
  }

  /** What is still waiting for the sound does not begin. */
  #unask(): void {
    this.#wish += 1;
    this.#starting = false;
  }

  pause(): void {
    this.#unask();
    this.#stopReverse();
    this.speed = 1;
    if (this.#video) this.#video.playbackRate = 1;
    this.#video?.pause();
    this.playing = false;
    this.score.stop();
  }

  toggle(): void {
    if (this.playing || this.#starting) this.pause();
    else void this.play();
  }

  /** J and L: each press doubles the speed; the other way first stops. */
  shuttle(way: -1 | 1): void {
    const video = this.#video;
    if (!video || this.picture !== "ready") return;
    const moving = (this.playing || this.#starting) && Math.sign(this.speed) === way;
    const index = moving ? SHUTTLE.indexOf(Math.abs(this.speed) as 1) + 1 : 0;
    const speed = way * (SHUTTLE[Math.min(index, SHUTTLE.length - 1)] ?? 1);
    if (speed === 1) return void this.play();
    this.#unask();
    this.#stopReverse();
    this.score.stop();
    this.speed = speed;
    this.playing = true;
    if (speed > 0) {
      video.muted = true;
      video.playbackRate = speed;
      void video.play().catch(() => (this.playing = false));
    } else {
      video.pause();
      this.playing = true;
      this.#reverse(video);
    }
  }

  /** Ask for the picture once more, after it failed. */
  reload(): void {
    this.picture = "loading";
    this.#pending = this.#review.view.playhead;
    this.#video?.load();
  }

  setStreamers(on: boolean): void {
    this.streamers = on;
    keep("cuelight.streamers", on ? "on" : "off");
  }
  setMonitor(monitor: Monitor): void {
    this.monitor = monitor;
    this.score.follow();
    this.#balance();
  }
  setDuck(on: boolean): void {
    this.duck = on;
    this.score.follow();
    this.#balance();
  }
  setFilmLevel(level: number): void {
    this.filmLevel = level;
    this.#balance();
  }
  setTempLevel(level: number): void {
    this.tempLevel = level;
    this.#balance();
  }
  setScoreLevel(level: number): void {
    this.scoreLevel = level;
    this.score.setLevel();
  }
  /** The picture alone, as large as the screen. */
  fullscreen(): void {
    const stage = this.#video?.closest<HTMLElement>("[data-stage]");
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage?.requestFullscreen().catch((error: unknown) => this.#review.session.complain(error));
  }

  end(): void {
    this.pause();
    this.score.end();
  }

  #reverse(video: HTMLVideoElement): void {
    let last = performance.now();
    let at = video.currentTime;
    const tick = (now: number): void => {
      at = Math.max(0, at + ((now - last) / 1000) * this.speed);
      last = now;
      if (!video.seeking) video.currentTime = at;
      this.#see(at);
      if (at <= 0) return this.pause();
      this.#backwards = requestAnimationFrame(tick);
    };
    this.#backwards = requestAnimationFrame(tick);
  }

  #stopReverse(): void {
    if (this.#backwards !== undefined) cancelAnimationFrame(this.#backwards);
    this.#backwards = undefined;
  }

  /** Follow the frames that are really presented. */
  #watch(video: HTMLVideoElement, signal: AbortSignal): void {
    const presented = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      if (signal.aborted) return;
      if (!video.paused) this.#see(frame.mediaTime);
      video.requestVideoFrameCallback(presented);
    };
    video.requestVideoFrameCallback(presented);
  }

  #see(time: number): void {
    const { view, clock, selectedCue } = this.#review;
    view.playhead = clampFrame(clock.frame(seconds(time)), 0, Math.max(view.frames - 1, 0));
    if (!this.playing) return;
    this.#balance();
    view.turn(view.playhead);
    if (this.loop && selectedCue && this.speed === 1 && view.playhead >= selectedCue.span.out) this.seek(selectedCue.span.in);
  }

  /** At the reel's end a looped cue that goes out there begins again; its last frame is never passed, so nothing else says so. */
  #ended(): void {
    const cue = this.loop && this.speed === 1 ? this.#review.selectedCue : null;
    if (!cue || cue.span.out < this.#review.view.frames) {
      this.playing = false;
      return;
    }
    this.seek(cue.span.in);
    void this.play();
  }

  /** How loud the film itself is: its faders, and the temp mix's own levels under the score, whose place is the temp music's. */
  #balance(): void {
    const video = this.#video;
    if (!video) return;
    const replaced = this.musicApart && this.duck && this.score.under(video.currentTime) !== null;
    this.#film.set(video, this.filmLevel ** 2 * gainOf(this.score.filmDb(video.currentTime)), replaced ? 0 : this.tempLevel ** 2);
  }
}
