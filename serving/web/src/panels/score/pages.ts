/** Engraved pages, made safe to put into the room. */

const SVG = "http://www.w3.org/2000/svg";

/** All that verovio draws with. Whatever else stands in a file is left out, with everything in it. */
const ELEMENTS = new Set([
  "svg", "g", "path", "rect", "polygon", "polyline", "line", "ellipse", "circle", "text", "tspan", "title", "desc", "defs", "symbol", "use",
]);
const ATTRIBUTES = new Set([
  "id", "class", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points", "transform", "viewBox",
  "overflow", "color", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
  "stroke-dasharray", "opacity", "font-size", "font-family", "font-style", "font-weight", "text-anchor", "preserveAspectRatio", "visibility", "display", "xml:space", "xml:lang", "data-id", "data-bar",
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
