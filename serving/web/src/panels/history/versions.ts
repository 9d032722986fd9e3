/** Versions of one cut: reels chained by `previous`. */

interface Version {
  id: string;
  previous: string | null;
  created: string;
}

/** All versions that one reel belongs to, newest first: what it follows, what follows it, and so on. */
export function versionsOf<T extends Version>(reels: readonly T[], reel: string): T[] {
  return families(reels).find((family) => family.some((one) => one.id === reel)) ?? [];
}

/** Reels grouped into cuts: each group newest first, the group with the newest reel first. */
export function families<T extends Version>(reels: readonly T[]): T[][] {
  const byId = new Map(reels.map((reel) => [reel.id, reel]));
  const rootOf = (reel: T): string => {
    const seen = new Set<string>();
    let at = reel;
    while (at.previous && byId.has(at.previous) && !seen.has(at.id)) {
      seen.add(at.id);
      at = byId.get(at.previous) as T;
    }
    return at.id;
  };
  const groups = new Map<string, T[]>();
  for (const reel of reels) groups.set(rootOf(reel), [...(groups.get(rootOf(reel)) ?? []), reel]);
  const newest = (a: T, b: T): number => b.created.localeCompare(a.created);
  return [...groups.values()].map((group) => group.sort(newest)).sort((a, b) => newest(a[0] as T, b[0] as T));
}
