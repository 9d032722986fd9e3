/** The closed list of tone words (docs/vocabulary.md; a test compares the two) and the trade's other fixed words. */

export interface ToneWord {
  word: string;
  means: string;
  not: readonly string[];
}

const word = (name: string, means: string, ...not: string[]): ToneWord => ({ word: name, means, not });

export const TONES: readonly ToneWord[] = [
  word("still", "next to nothing happens; one held colour", "busy"),
  word("lonely", "someone by themselves; space around one line", "sentimental"),
  word("somber", "loss or weight, without tears", "funereal"),
  word("tender", "closeness, small gestures, often under words", "sentimental", "romantic"),
  word("warm", "people at ease with each other", "too romantic"),
  word("gentle", "soft, unhurried, nothing at stake yet", "sleepy"),
  word("light", "a lift without a joke", "comic"),
  word("hopeful", "something may turn out well", "triumphant"),
  word("playful", "the picture is having fun", "silly"),
  word("upbeat", "bright and on the move", "frantic"),
  word("sweeping", "wide pictures, long lines", "heavy-handed"),
  word("grand", "size and ceremony", "heroic too early"),
  word("questioning", "something is open; no cadence", "an answer"),
  word("mysterious", "something is hidden", "creepy"),
  word("sneaky", "someone does not want to be heard", "comic"),
  word("eerie", "something is wrong and we cannot say what", "horror"),
  word("ominous", "something bad is on its way", "the shock given away"),
  word("tense", "it could go either way", "action"),
  word("suspenseful", "it is about to happen", "release before the turn"),
  word("dramatic", "a turn with consequences", "melodrama"),
  word("restless", "no one can settle", "hectic"),
  word("urgent", "there is no time", "comic"),
  word("driving", "sustained motion, the beat leads", "heroic"),
  word("dangerous", "someone may get hurt", "heroic"),
  word("violent", "someone does get hurt", "fun"),
];

/** What a cue may be told to stay away from: everything a word is mistaken for, and the words themselves. */
export const NEGATIVES: readonly string[] = [
  ...new Set([...TONES.flatMap((tone) => tone.not), ...TONES.map((tone) => tone.word)]),
].sort();

const MEANS = new Map(TONES.map((tone) => [tone.word, tone.means]));

/** What a tone word means, empty for a word that is not in the list. */
export const meaning = (tone: string): string => MEANS.get(tone) ?? "";

export const USAGES = ["score", "source", "song", "button", "transition", "main title", "end credits"] as const;
export const IN_TYPES = [
  "on cut",
  "on action",
  "on look",
  "ease in",
  "after line",
  "prelap",
  "segue",
  "with fade up",
] as const;
export const OUT_TYPES = [
  "on cut",
  "ring out",
  "tail under dialogue",
  "button",
  "with fade out",
  "segue",
  "hard out",
] as const;
export const HIT_KINDS = ["cut", "action", "impact", "look", "reveal", "line end", "title", "fade"] as const;
export const MUST_BE = ["bar", "beat", "any", "avoid"] as const;
export const TREATMENTS = ["dead hit", "accent", "change", "hold", "sting", "soft", "stop"] as const;

/** Where a hit wants to land, as a sentence for the select. */
export const MUST_BE_WORDS: Record<(typeof MUST_BE)[number], string> = {
  bar: "on a bar",
  beat: "on a beat",
  any: "an eighth will do",
  avoid: "do not play on it",
};

export const FAMILIES = [
  "strings",
  "low strings",
  "pizzicato strings",
  "strings ostinato",
  "woodwinds",
  "low woodwinds",
  "horns",
  "brass",
  "low brass",
  "percussion",
  "timpani",
  "piano",
  "harp",
  "guitars",
  "choir",
  "synth pads",
  "synth pulse",
] as const;

/** The instruments a cue can be written for, by id (model/motifs/instruments.py; a test compares the two). */
export const INSTRUMENTS: readonly { id: string; name: string; family: string }[] = [
  { id: "piccolo", name: "Piccolo", family: "woodwinds" },
  { id: "flute", name: "Flutes", family: "woodwinds" },
  { id: "oboe", name: "Oboes", family: "woodwinds" },
  { id: "english_horn", name: "English Horn", family: "woodwinds" },
  { id: "clarinet", name: "Clarinets in B♭", family: "woodwinds" },
  { id: "bass_clarinet", name: "Bass Clarinet", family: "woodwinds" },
  { id: "bassoon", name: "Bassoons", family: "woodwinds" },
  { id: "horn", name: "Horns in F", family: "brass" },
  { id: "trumpet", name: "Trumpets in B♭", family: "brass" },
  { id: "trombone", name: "Trombones", family: "brass" },
  { id: "tuba", name: "Tuba", family: "brass" },
  { id: "timpani", name: "Timpani", family: "percussion" },
  { id: "drums", name: "Percussion", family: "percussion" },
  { id: "taiko", name: "Taiko", family: "percussion" },
  { id: "glockenspiel", name: "Glockenspiel", family: "percussion" },
  { id: "tubular_bells", name: "Tubular Bells", family: "percussion" },
  { id: "celesta", name: "Celesta", family: "keys" },
  { id: "harp", name: "Harp", family: "keys" },
  { id: "piano", name: "Piano", family: "keys" },
  { id: "guitar", name: "Acoustic Guitar", family: "keys" },
  { id: "choir", name: "Choir", family: "choir" },
  { id: "pad", name: "Synth Pad", family: "pads" },
  { id: "pulse", name: "Synth Pulse", family: "pads" },
  { id: "solo_violin", name: "Solo Violin", family: "solo" },
  { id: "solo_viola", name: "Solo Viola", family: "solo" },
  { id: "solo_cello", name: "Solo Cello", family: "solo" },
  { id: "violin_1", name: "Violins I", family: "strings" },
  { id: "violin_2", name: "Violins II", family: "strings" },
  { id: "viola", name: "Violas", family: "strings" },
  { id: "cello", name: "Cellos", family: "strings" },
  { id: "pizzicato", name: "Strings pizzicato", family: "strings" },
  { id: "tremolo", name: "Strings tremolo", family: "strings" },
  { id: "contrabass", name: "Contrabasses", family: "bass" },
];
