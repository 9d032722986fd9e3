// Thumbnails: fetched when they come into sight, decoded away from the page's thread, the oldest forgotten.

const AT_ONCE = 6;
const KEPT = 700;
/** How long one that failed is left alone before it is asked for again; after the last it is taken for missing. */
const WAITS_MS = [2_000, 8_000, 30_000];

export class Thumbnails {
  readonly #kept = new Map<number, ImageBitmap | null>();
  readonly #flying = new Set<number>();
  readonly #failed = new Map<number, number>();
  readonly #resting = new Map<number, ReturnType<typeof setTimeout>>();
  #wanted: number[] = [];
  #ended = false;

  constructor(
    private readonly load: (n: number) => Promise<ImageBitmap>,
    private readonly arrived: () => void,
  ) {}

  /** The picture if it is here. */
  get(n: number): ImageBitmap | undefined {
    const found = this.#kept.get(n);
    if (!found) return undefined;
    this.#kept.delete(n);
    this.#kept.set(n, found);
    return found;
  }

  /** What is in sight now; whatever was asked for before and is not under way is forgotten. */
  want(all: number[]): void {
    this.#wanted = all.filter((n) => !this.#kept.has(n) && !this.#flying.has(n) && !this.#resting.has(n));
    this.#go();
  }

  end(): void {
    this.#ended = true;
    this.#wanted = [];
    for (const timer of this.#resting.values()) clearTimeout(timer);
    for (const picture of this.#kept.values()) picture?.close();
    this.#kept.clear();
  }

  #go(): void {
    while (this.#flying.size < AT_ONCE && this.#wanted.length > 0) {
      const n = this.#wanted.shift() as number;
      this.#flying.add(n);
      void this.load(n).then(
        (picture) => this.#keep(n, picture),
        () => this.#fail(n),
      );
    }
  }

  /** Its place stays dark for a while; drawn again after that, it is asked for again if it is still in sight. */
  #fail(n: number): void {
    const failed = this.#failed.get(n) ?? 0;
    const wait = WAITS_MS[failed];
    if (this.#ended || wait === undefined) return this.#keep(n, null);
    this.#flying.delete(n);
    this.#failed.set(n, failed + 1);
    const rested = (): void => {
      this.#resting.delete(n);
      this.arrived();
    };
    this.#resting.set(n, setTimeout(rested, wait));
    this.#go();
  }

  #keep(n: number, picture: ImageBitmap | null): void {
    this.#flying.delete(n);
    if (this.#ended) return void picture?.close();
    this.#kept.set(n, picture);
    if (this.#kept.size > KEPT) {
      const oldest = this.#kept.keys().next().value as number;
      this.#kept.get(oldest)?.close();
      this.#kept.delete(oldest);
    }
    this.arrived();
    this.#go();
  }
}

/** Fetch and decode. */
export async function fetchPicture(url: string): Promise<ImageBitmap> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`no thumbnail: ${answer.status}`);
  return createImageBitmap(await answer.blob());
}
