/** Engraved pages: made safe to put into the page, and found by time. */

const SVG = "http://www.w3.org/2000/svg";

/** All that verovio draws with. Whatever else stands in a file is left out, with everything in it. */
const ELEMENTS = new Set([
  "svg", "g", "path", "rect", "polygon", "polyline", "line", "ellipse", "circle", "text", "tspan", "title", "desc", "defs", "symbol", "use",
]);
const ATTRIBUTES = new Set([
  "id", "class", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points", "transform", "viewBox",
  "overflow", "color", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
  "stroke-dasharray", "opacity", "font-size", "font-family", "font-style", "font-weight", "text-anchor", "preserveAspectRatio", "data-id", "data-n",
]);

/** What the sanitiser needs of a parsed node; the browser's own elements fit. */
export interface Parsed {
  namespaceURI: string | null;
  localName: string;
  attributes: Iterable<{ name: string; value: string }>;
  childNodes: Iterable<Parsed | { nodeType: number; textContent: string | null }>;
}

export interface Clean {
  name: string;
  attributes: [string, string][];
  children: (Clean | string)[];
}

const TEXT_NODE = 3;

/** Keep what may be drawn: known elements and attributes, references into the same page only, no addresses, no script. */
export function clean(node: Parsed): Clean | null {
  if (node.namespaceURI !== SVG || !ELEMENTS.has(node.localName)) return null;
  const attributes: [string, string][] = [];
  for (const { name, value } of node.attributes) {
    if (name === "href" || name === "xlink:href") {
      if (value.startsWith("#")) attributes.push(["href", value]);
    } else if (ATTRIBUTES.has(name) && !/url\s*\(/i.test(value)) attributes.push([name, value]);
  }
  const children: (Clean | string)[] = [];
  for (const child of node.childNodes) {
    if ("localName" in child && child.localName) {
      const kept = clean(child);
      if (kept) children.push(kept);
    } else if ("nodeType" in child && child.nodeType === TEXT_NODE && child.textContent) children.push(child.textContent);
  }
  return { name: node.localName, attributes, children };
}

/** Build a cleaned page as elements. */
export function build(of: Clean, document: Document): SVGElement {
  const element = document.createElementNS(SVG, of.name);
  for (const [name, value] of of.attributes) element.setAttribute(name, value);
  for (const child of of.children) element.append(typeof child === "string" ? child : build(child, document));
  return element;
}

/** Read a page of music from its text; null if it is no drawing. A page that only has a size gets a view box. */
export function pageOf(text: string): SVGElement | null {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const kept = parsed.documentElement ? clean(parsed.documentElement) : null;
  if (!kept) return null;
  const page = build(kept, document);
  const [width, height] = ["width", "height"].map((name) => Number.parseFloat(page.getAttribute(name) ?? ""));
  if (!page.hasAttribute("viewBox") && width && height) page.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return page;
}

/** An entry of the time map: what begins and ends at a moment, by the ids in the pages. */
export interface Moment {
  tstamp: number;
  qstamp: number;
  on?: string[];
  off?: string[];
  measureOn?: string;
}

export interface Sounding {
  measure: string;
  notes: Set<string>;
}

/** Follows a time map: which measure is played at a beat, and which notes sound. */
export class Follower {
  readonly #moments: Moment[];
  #at = -1;
  #notes = new Set<string>();
  #measure = "";

  constructor(moments: readonly Moment[]) {
    this.#moments = [...moments].sort((a, b) => a.qstamp - b.qstamp);
  }

  /** What sounds at a beat (quarter notes from the first downbeat). Going on is cheap, going back begins again. */
  at(beat: number): Sounding {
    if (this.#at >= 0 && (this.#moments[this.#at]?.qstamp ?? 0) > beat + 1e-6) {
      this.#at = -1;
      this.#notes = new Set();
      this.#measure = "";
    }
    for (let next = this.#moments[this.#at + 1]; next && next.qstamp <= beat + 1e-6; next = this.#moments[this.#at + 1]) {
      for (const id of next.off ?? []) this.#notes.delete(id);
      for (const id of next.on ?? []) this.#notes.add(id);
      if (next.measureOn) this.#measure = next.measureOn;
      this.#at += 1;
    }
    return { measure: this.#measure, notes: this.#notes };
  }

  /** The beat at which a note or a measure begins, for clicks on the page; null for anything else. */
  startOf(id: string): number | null {
    return this.#moments.find((moment) => moment.measureOn === id || moment.on?.includes(id))?.qstamp ?? null;
  }
}
