// Where in Cuelight we are. The route is the fragment, so a share link's secret never reaches a server's log.

export type Route =
  | { name: "sign-in"; token: string }
  | { name: "share"; secret: string }
  | { name: "projects" }
  | { name: "project"; project: string }
  | { name: "upload"; project: string }
  | { name: "reel"; reel: string; frame: number | null }
  | { name: "watch"; reel: string; frame: number | null }
  | { name: "nowhere"; path: string };

const decode = (part: string | undefined): string => {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    return part ?? "";
  }
};

/** Read a fragment: `#/reels/<id>?frame=120`. */
export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [place, key, more] = path.split("/").map(decode);
  const params = new URLSearchParams(query);
  const asked = params.get("frame");
  const frame = asked !== null && /^\d+$/.test(asked) ? Number(asked) : null;
  if (!place || (place === "projects" && !key)) return { name: "projects" };
  if (place === "sign-in") return { name: "sign-in", token: key || params.get("token") || "" };
  if (place === "share" && key) return { name: "share", secret: key };
  if (place === "projects" && key) return { name: more === "upload" ? "upload" : "project", project: key };
  if (place === "reels" && key) return { name: more === "watch" ? "watch" : "reel", reel: key, frame };
  return { name: "nowhere", path };
}

const to = encodeURIComponent;
/** Addresses of every place, for links. */
export const link = {
  projects: (): string => "#/projects",
  project: (project: string): string => `#/projects/${to(project)}`,
  upload: (project: string): string => `#/projects/${to(project)}/upload`,
  reel: (reel: string, frame?: number): string => `#/reels/${to(reel)}${frame === undefined ? "" : `?frame=${frame}`}`,
  watch: (reel: string, frame?: number): string => `#/reels/${to(reel)}/watch${frame === undefined ? "" : `?frame=${frame}`}`,
  signIn: (): string => "#/sign-in",
};

/** `/?share=...` and `/?token=...`, as printed links have them: as a fragment, out of the address bar and the history. */
export function fromQuery(search: string): string | null {
  const params = new URLSearchParams(search);
  const share = params.get("share");
  const token = params.get("token");
  return share ? `#/share/${to(share)}` : token ? `#/sign-in/${to(token)}` : null;
}

const PLACE = "cuelight.place";
/** Where somebody was who went to sign in elsewhere; told once. */
function placeKept(): string | null {
  try {
    const place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    return place?.startsWith("#/") ? place : null;
  } catch {
    return null;
  }
}

/** The route now; it follows the address bar. */
export class Router {
  route: Route = $state({ name: "projects" });
  /** Where a link that signs in wants to go next: its own fragment, if it has one. */
  readonly wanted: string | null = location.hash.startsWith("#/") ? location.hash : null;

  constructor() {
    const kept = placeKept();
    const asked = fromQuery(location.search) ?? (location.hash ? null : kept);
    if (asked) history.replaceState(null, "", location.pathname + asked);
    const read = (): void => {
      this.route = parse(location.hash);
    };
    read();
    addEventListener("hashchange", read);
  }

  /** Come back here after signing in elsewhere: the way there and back leaves the page. */
  keepPlace(): void {
    if (this.route.name === "sign-in" || this.route.name === "share") return; // a secret is never kept
    try {
      sessionStorage.setItem(PLACE, location.hash);
    } catch {
      // a browser that keeps nothing comes back to the projects
    }
  }

  go(hash: string): void {
    location.hash = hash;
  }

  /** Go there without a step in the history: for links whose secret should not stay in it. */
  replace(hash: string): void {
    history.replaceState(null, "", hash);
    this.route = parse(hash);
  }
}
