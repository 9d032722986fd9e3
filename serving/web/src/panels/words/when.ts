/** Moments as the API writes them, in UTC seconds. */

/** Read an ISO moment, or seconds as they are; throws RangeError for anything else. */
export function when(moment: string | number): number {
  const read = typeof moment === "number" ? moment : Date.parse(moment) / 1000;
  if (!Number.isFinite(read)) throw new RangeError(`“${moment}” is no moment`);
  return read;
}

/** Now, in UTC seconds. */
export const now = (): number => Date.now() / 1000;
