// Reading that can be asked for at any time: the answer that lands last is the newest.

/**
 * At most one reading under way and one more after it. Whoever asks while it reads gets the reading after, because the
 * one under way may have begun before what they ask about.
 */
export function latest(read: () => Promise<void>): () => Promise<void> {
  let under: Promise<void> | null = null;
  let after: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    const mine = read().finally(() => {
      if (under === mine) under = null;
    });
    under = mine;
    return mine;
  };
  return () => {
    if (!under) return begin();
    after ??= under
      .catch(() => undefined) // told to whoever asked for that one
      .then(() => {
        after = null;
        return begin();
      });
    return after;
  };
}
