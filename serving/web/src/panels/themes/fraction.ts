/** A number as the documents write it: 4, or "7/2". */
export type Fractional = number | string;

/** Read "7/2" or 3.5. */
export function fraction(value: Fractional): number {
  if (typeof value === "number") return value;
  const [top = "0", bottom = "1"] = value.split("/");
  return Number(top) / Number(bottom);
}
