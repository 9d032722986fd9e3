/** What a person says of one film before it goes: put away as a whole, so that nothing of it reaches the next film. */
import type { Film, Order, UploadChoices } from "../../upload/tus";
import { timecodeError } from "../words/uploading";

/** What is known of the reels of the project. */
type Known = { id: string; name: string };

export class Draft<F extends Film = File> {
  film: F | null = $state.raw(null);
  start = $state("");
  /** Of the reel, in per cent. */
  coverage: number | null = $state(null);
  cut = $state("");
  /** Whether dialogue and effects are on the left side of the sound, the temp music on the right. */
  sides = $state(false);
  subtitles: UploadChoices["subtitles"] | undefined = $state.raw();
  script: UploadChoices["script"] | undefined = $state.raw();
  /** The reel this is the next version of, once somebody has chosen: "" is none. */
  #previous: string | null = $state(null);

  constructor(readonly reels: () => readonly Known[]) {}

  /** The same name again is most often the next version of that reel. */
  get previous(): string {
    return this.#previous ?? this.reels().find((reel) => reel.name === this.film?.name)?.id ?? "";
  }
  set previous(reel: string) {
    this.#previous = reel;
  }

  get startError(): string {
    return timecodeError(this.start);
  }

  // bound to this draft: a file that is read after its film has gone does not reach the next one
  readonly readSubtitles = (text: string, format: "srt" | "vtt"): void => {
    this.subtitles = text ? { text, format } : undefined;
  };
  readonly readScript = (text: string, format: "fountain" | "fdx"): void => {
    this.script = text ? { text, format } : undefined;
  };

  order(project: string): Order {
    const choices: UploadChoices = {
      ...(this.start.trim() ? { start_timecode: this.start.trim() } : {}),
      ...(this.coverage !== null ? { coverage: this.coverage / 100 } : {}),
      ...(this.cut.trim() ? { cut: this.cut.trim() } : {}),
      ...(this.sides ? { sides: true } : {}),
      ...(this.subtitles ? { subtitles: this.subtitles } : {}),
      ...(this.script ? { script: this.script } : {}),
    };
    return { project, choices, ...(this.previous ? { previous: this.previous } : {}) };
  }
}
