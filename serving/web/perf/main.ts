// The whole room over a synthetic two-hour reel, with a service made of a few answers: what data_tools/service_bench/room.py
// zooms and scrolls. Built by `npm run build:perf`, never part of the page that is shipped.
import "../src/styles/base.css";
import { mount } from "svelte";
import App from "../src/App.svelte";
import { lanes, notes, scatter, waveform } from "./synthetic";

const MADE = "2026-01-01T00:00:00Z";
const document_ = notes();
const project = { id: "project_0", name: "Synthetic", role: "owner", version: 1, created: MADE, reels: 1, bytes: 0, quota_bytes: 1 };
const media = { film: null, sound: null, lanes: "lanes", waveform: "waveform", thumbnails: null, notes: null, language: null };
const reel = { id: "reel_0", project: project.id, name: "Two hours", cut: "v1", previous: null, revision: 1, version: 1, created: MADE, bytes: 0, facts: document_.reel, choices: {}, media, job: null, state: "done" };
const sounds = waveform();

const ANSWERS: Record<string, () => unknown> = {
  "/v1/session": () => ({ kind: "person", id: "person_0", name: "Nobody", admin: false, scopes: ["read", "write"], role: null, reel: null, projects: [project] }),
  [`/v1/projects/${project.id}`]: () => project,
  [`/v1/reels/${reel.id}`]: () => reel,
  [`/v1/reels/${reel.id}/lanes`]: lanes,
  [`/v1/reels/${reel.id}/notes`]: () => ({ revision: 1, author: "", author_name: "", created: MADE, summary: "", notes: document_ }),
};

async function thumbnail(n: number): Promise<Response> {
  const canvas = new OffscreenCanvas(160, 68);
  const context = canvas.getContext("2d");
  const random = scatter(n);
  if (context) {
    context.fillStyle = `hsl(${Math.floor(360 * random())} 30% 30%)`;
    context.fillRect(0, 0, 160, 68);
    context.fillStyle = `hsl(${Math.floor(360 * random())} 40% 60%)`;
    context.fillRect(160 * random(), 20, 50, 40);
  }
  return new Response(await canvas.convertToBlob({ type: "image/jpeg" }));
}

const real = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  if (!url.pathname.startsWith("/v1/")) return real(input, init);
  const picture = /thumbnails\/(\d+)$/.exec(url.pathname);
  if (picture) return thumbnail(Number(picture[1]));
  if (url.pathname.endsWith("/waveform")) return new Response(sounds);
  return Response.json(ANSWERS[url.pathname]?.() ?? { items: [], next: null }, { headers: { ETag: '"r1"' } });
};
/** A stream on which nothing ever happens. */
class Silent extends EventTarget {
  readyState = 1;
  close(): void {
    this.readyState = 2;
  }
}
Object.assign(window, { EventSource: Silent });

location.hash = `#/reels/${reel.id}`;
const page = document.getElementById("page");
if (page) mount(App, { target: page });
