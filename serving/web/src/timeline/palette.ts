// The tokens as the canvas needs them: read once per light, never written down twice.

export interface Palette {
  ground: string;
  panel: string;
  raised: string;
  line: string;
  lineStrong: string;
  text: string;
  dim: string;
  music: string;
  dialogue: string;
  voices: string[];
  existing: string;
  effects: string;
  hit: string;
  hitText: string;
  arousal: string;
  valence: string;
  tension: string;
  wave: string;
  onVoice: string;
  font: string;
  mono: string;
}

export function palette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: token("ground"),
    panel: token("panel"),
    raised: token("raised"),
    line: token("line"),
    lineStrong: token("line-strong"),
    text: token("text"),
    dim: token("dim"),
    music: token("music"),
    dialogue: token("dialogue"),
    voices: [token("dialogue"), token("voice-2"), token("voice-3"), token("voice-4")],
    existing: token("existing"),
    effects: token("effects"),
    hit: token("hit"),
    hitText: token("hit-text"),
    arousal: token("arousal"),
    valence: token("valence"),
    tension: token("tension"),
    wave: token("wave"),
    onVoice: token("on-voice"),
    font: token("font"),
    mono: token("mono"),
  };
}
