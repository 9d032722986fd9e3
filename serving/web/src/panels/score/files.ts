import { INSTRUMENTS } from "../words/vocabulary";

/** What the files of a take are, in words; empty for those that only the page itself reads. */

const KINDS: [RegExp, (match: RegExpExecArray) => string][] = [
  [/^mix\.\w+$/, () => "Mix"],
  [/^stems\/([^/]+)\.\w+$/, (match) => `Stem: ${match[1] ?? ""}`],
  [/^click\.\w+$/, () => "Click"],
  [/^folder\/parts\/(.+)\.musicxml$/, (match) => `Part: ${partOf(match[1] ?? "")}`],
  [/^folder\//, () => ""],
  [/short[^/]*\.musicxml$/, () => "Short score (MusicXML)"],
  [/\.musicxml$/, () => "Score (MusicXML)"],
  [/\.midi?$/, () => "MIDI"],
  [/\.pdf$/, () => "Pages (PDF)"],
  [/tempo\w*\.csv$/, () => "Tempo map (CSV)"],
  [/roll\.svg$/, () => "Piano roll (SVG)"],
  [/sketch\.json$/, () => "Sketch (JSON)"],
];

/** Parts are named after the cue and then the instrument. */
function partOf(name: string): string {
  const instrument = INSTRUMENTS.filter((one) => name === one.id || name.endsWith(`_${one.id}`)).sort((a, b) => b.id.length - a.id.length)[0];
  return instrument?.name ?? name;
}

/** Name a file by what it holds. */
export function kindOf(name: string): string {
  for (const [pattern, say] of KINDS) {
    const match = pattern.exec(name);
    if (match) return say(match);
  }
  return "";
}
