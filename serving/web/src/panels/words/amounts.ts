/** Amounts as people read them: sizes, speeds, times left, days. */

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "312 MB", "1.4 GB": decimal units, as file managers count. */
export function size(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** "12 MB/s". */
export const speed = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`;

/** A length of time, roughly: "40 s", "3 min", "1 h 20 min". */
export function roughly(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 55) return `${Math.max(1, seconds < 10 ? Math.round(seconds) : Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
}

/** When something was, seen from now: "just now", "5 min ago", "yesterday", "12 Mar 2026". Both in UTC seconds. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < 45) return "just now";
  if (passed < 3600) return `${Math.max(1, Math.round(passed / 60))} min ago`;
  if (passed < 22 * 3600) return `${Math.max(1, Math.round(passed / 3600))} h ago`;
  if (passed < 46 * 3600) return "yesterday";
  if (passed < 14 * 86400) return `${Math.round(passed / 86400)} days ago`;
  return day(then);
}

/** When a link ends: "expires in 6 days", "expired 2 h ago". */
export function expiry(expires: number, now: number): string {
  const left = expires - now;
  if (left <= 0) return `expired ${ago(expires, now)}`;
  if (left < 3600) return `expires in ${Math.max(1, Math.round(left / 60))} min`;
  if (left < 48 * 3600) return `expires in ${Math.round(left / 3600)} h`;
  return `expires in ${Math.round(left / 86400)} days`;
}

/** "12 Mar 2026", in the reader's own time zone. */
export function day(then: number): string {
  return new Date(then * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/** "14:05". */
export const clock = (then: number): string => new Date(then * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** "12 Mar 2026, 14:05". */
export const moment = (then: number): string => `${day(then)}, ${clock(then)}`;

/** "1 cue", "3 cues". */
export const count = (number: number, noun: string, many = `${noun}s`): string =>
  `${number} ${number === 1 ? noun : many}`;
