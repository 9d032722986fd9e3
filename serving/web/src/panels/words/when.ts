/** Moments as the API writes them, in UTC seconds. */

/** Read an ISO moment, or seconds as they are. */
export function when(moment: string | number | null | undefined): number {
  if (typeof moment === "number") return moment;
  const read = moment ? Date.parse(moment) / 1000 : Number.NaN;
  return Number.isNaN(read) ? 0 : read;
}

/** Now, in UTC seconds. */
export const now = (): number => Date.now() / 1000;
