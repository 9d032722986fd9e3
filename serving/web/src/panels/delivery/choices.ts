/** What can be delivered: documents one by one, and one archive of what is chosen. */

export type What = "notes" | "score" | "mix" | "stems" | "preview";

export const WHAT: readonly { id: What; name: string; words: string; needsTake: boolean }[] = [
  { id: "notes", name: "Spotting notes", words: "all ten documents: page, PDF, workbook, markers, EDLs", needsTake: false },
  { id: "score", name: "Scores", words: "MusicXML, MIDI, pages, parts and tempo maps of the accepted takes", needsTake: true },
  { id: "stems", name: "Stems", words: "24 bit WAV by family, with click, stamped with their timecode", needsTake: true },
  { id: "mix", name: "Temp mix", words: "the reel's music in one file, ducked under the voices", needsTake: true },
  { id: "preview", name: "Preview film", words: "the film with the temp score under it", needsTake: true },
];

/** The exporters of model/delivery, in the order people ask for them. */
export const EXPORTERS: readonly { id: string; name: string }[] = [
  { id: "pdf", name: "PDF" },
  { id: "xlsx", name: "Workbook (XLSX)" },
  { id: "csv", name: "CSV" },
  { id: "html", name: "Page (HTML)" },
  { id: "midi", name: "Marker MIDI" },
  { id: "marker-txt", name: "Avid markers (TXT)" },
  { id: "avid-edl", name: "Avid locators (EDL)" },
  { id: "resolve-edl", name: "Resolve markers (EDL)" },
  { id: "otio", name: "OpenTimelineIO" },
  { id: "json", name: "JSON" },
];

/** What is chosen at first: everything that there is something for. */
export const usual = (accepted: number): What[] => WHAT.filter((one) => accepted > 0 || !one.needsTake).map((one) => one.id);

/** Why an archive cannot be asked for yet; empty if it can. */
export function hindrance(chosen: readonly What[], accepted: number): string {
  if (chosen.length === 0) return "Choose at least one thing.";
  if (accepted > 0) return "";
  const without = WHAT.filter((one) => one.needsTake && chosen.includes(one.id)).map((one) => one.name.toLowerCase());
  return without.length > 0 ? `No take is accepted yet: there is nothing for ${without.join(", ")}.` : "";
}
