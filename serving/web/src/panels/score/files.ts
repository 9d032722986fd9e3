/** What the files of a take are, in words; empty for those that only the page itself reads. */

const KINDS: [RegExp, (match: RegExpExecArray) => string][] = [
  [/^mix\.\w+$/, () => "Mix"],
  [/^stems\/([^/]+)\.\w+$/, (match) => `Stem: ${match[1] ?? ""}`],
  [/^click\.\w+$/, () => "Click"],
  [/^parts\/([^/]+)\.musicxml$/, (match) => `Part: ${(match[1] ?? "").replaceAll("_", " ")}`],
  [/short[^/]*\.musicxml$/, () => "Short score (MusicXML)"],
  [/\.musicxml$/, () => "Score (MusicXML)"],
  [/\.midi?$/, () => "MIDI"],
  [/\.pdf$/, () => "Pages (PDF)"],
  [/tempo\w*\.csv$/, () => "Tempo map (CSV)"],
  [/roll\.svg$/, () => "Piano roll (SVG)"],
  [/sketch\.json$/, () => "Sketch (JSON)"],
];

/** Name a file by what it holds. */
export function kindOf(name: string): string {
  for (const [pattern, say] of KINDS) {
    const match = pattern.exec(name);
    if (match) return say(match);
  }
  return "";
}
