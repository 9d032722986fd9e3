import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/lib/api";
import { link } from "../src/lib/router.svelte";
import { Session } from "../src/state/session.svelte";

const ADA = { kind: "person", id: "ada", name: "Ada", role: null, reel: null, projects: [{ id: "p", name: "The Harbour", role: "owner" }] };
const CLEO = { kind: "share", id: "cleo", name: "Cleo", role: "director", reel: "r", projects: [{ id: "p", name: "The Harbour", role: "director" }] };

/** A service that knows who has the cookie, and one share link. */
class Service {
  who: unknown = null;
  member = true;
  reachable = true;
  asked: string[] = [];
  answer = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const share = new Headers(init.headers).get("X-Cuelight-Share");
    const method = init.method ?? "GET";
    this.asked.push(`${method} ${url.replace("/v1/", "")}${share ? " through the link" : ""}`);
    if (!this.reachable) throw new TypeError("network");
    const no = (status: number) => Response.json({ title: "No", status, detail: "No.", code: "no" }, { status });
    if (url === "/v1/projects/p") return this.member ? Response.json({ id: "p" }) : no(404);
    if (url !== "/v1/session") return no(404);
    if (share) return share === "cs_cleo" ? Response.json(CLEO) : no(401);
    if (method === "GET") return this.who ? Response.json(this.who) : no(401);
    if (method === "DELETE") return (this.who = null), new Response(null, { status: 204 });
    const body = JSON.parse(String(init.body)) as { token?: string; share?: string };
    if (body.share !== undefined && body.share !== "cs_cleo") return no(401);
    this.who = body.share ? CLEO : ADA;
    return Response.json(this.who);
  };
}

let service: Service;
let place: { hash: string; search: string; pathname: string };
const kept = new Map<string, string>();
beforeEach(() => {
  service = new Service();
  place = { hash: "", search: "", pathname: "/" };
  kept.clear();
  vi.stubGlobal("location", place);
  vi.stubGlobal("history", { replaceState: (_: unknown, __: string, to: string) => void (place.hash = to.slice(to.indexOf("#"))) });
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  vi.stubGlobal("sessionStorage", { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => kept.set(name, text), removeItem: (name: string) => kept.delete(name) });
  vi.stubGlobal("fetch", service.answer);
});
afterEach(() => vi.unstubAllGlobals());

async function at(hash: string): Promise<Session> {
  place.hash = hash;
  const session = new Session();
  await session.begin();
  return session;
}

test("a share link opens at once for who is not signed in", async () => {
  const session = await at("#/share/cs_cleo");
  expect([session.state, session.who?.name, place.hash]).toEqual(["in", "Cleo", link.watch("r")]);
});

test("who is signed in is asked, and stays themselves", async () => {
  service.who = ADA;
  const session = await at("#/share/cs_cleo");
  expect([session.state, session.who?.name, session.offer?.guest.name, session.offer?.member]).toEqual(["choosing", "Ada", "Cleo", true]);
  expect(service.asked).toEqual(["GET session", "GET session through the link", "GET projects/p"]);
  await session.staySelf();
  expect([session.state, session.who?.name, session.offer, place.hash]).toEqual(["in", "Ada", null, link.reel("r")]);
  expect(service.who).toBe(ADA);
});

test("who is not a member of the project goes to their own", async () => {
  [service.who, service.member] = [ADA, false];
  const session = await at("#/share/cs_cleo");
  expect(session.offer?.member).toBe(false);
  await session.staySelf();
  expect([session.state, place.hash, service.who]).toEqual(["in", link.projects(), ADA]);
});

test("who opens it as the guest is signed out first, also when that takes two tries", async () => {
  service.who = ADA;
  const session = await at("#/share/cs_cleo");
  service.reachable = false;
  await session.becomeGuest();
  expect([session.state, session.messages.length]).toEqual(["choosing", 1]);
  service.reachable = true;
  service.who = null; // the session went, the answer was lost
  await session.becomeGuest();
  expect([session.state, session.who?.name, place.hash]).toEqual(["in", "Cleo", link.watch("r")]);
  expect(service.asked.slice(-2)).toEqual(["DELETE session", "POST session"]);
});

test("a dead link leaves who is signed in alone", async () => {
  service.who = ADA;
  const session = await at("#/share/cs_nobody");
  expect([session.state, session.offer, service.who]).toEqual(["out", null, ADA]);
});

test("a guest may leave, and is told that the link still opens it", async () => {
  const session = await at("#/share/cs_cleo");
  await session.signOut();
  expect([session.state, session.who, session.left, place.hash]).toEqual(["out", null, true, link.signIn()]);
});

test("who signs in again goes on where the session ended", async () => {
  service.who = ADA;
  const session = await at(link.reel("r", 12));
  expect(session.state).toBe("in");
  session.state = "out"; // what a 401 in the room does
  await session.signIn("t");
  expect([session.state, place.hash]).toEqual(["in", link.reel("r", 12)]);
  await session.signOut();
  await session.signIn("t");
  expect(place.hash).toBe(link.projects());
});

test("who signs in at the house comes back to where they were, and only once", async () => {
  const session = await at(link.reel("r"));
  expect(session.state).toBe("out");
  session.router.keepPlace();
  service.who = ADA;
  expect((await at("")).router.route).toEqual({ name: "reel", reel: "r", frame: null });
  expect((await at("")).router.route).toEqual({ name: "projects" });
  const dead = await at("#/share/cs_nobody");
  dead.router.keepPlace();
  expect([...kept.values()].join()).not.toContain("cs_nobody");
});

const signedOut = new ApiError({ title: "Not signed in", status: 401, detail: "No.", code: "not-signed-in" });

test("a room stays open behind the sign-in when its session ends", async () => {
  service.who = ADA;
  const session = await at(link.reel("r"));
  session.complain(signedOut);
  expect([session.state, session.over, session.returns]).toEqual(["in", true, 0]);
  service.who = null;
  await session.look();
  expect(session.over).toBe(true);
  await session.signIn("ct_1");
  expect([session.over, session.returns, session.problem, place.hash]).toEqual([false, 1, null, link.reel("r")]);
});

test("who signed in in another tab is let in on looking here again", async () => {
  service.who = ADA;
  const session = await at(link.reel("r"));
  session.complain(signedOut);
  await session.look();
  expect([session.over, session.returns]).toEqual([false, 1]);
});

test("somebody else begins anew where a session ended", async () => {
  const reload = vi.fn();
  Object.assign(place, { reload });
  service.who = { ...ADA, id: "bo", name: "Bo" };
  const session = await at(link.reel("r"));
  session.complain(signedOut);
  await session.signIn("ct_1");
  expect(reload).toHaveBeenCalledTimes(1);
  expect(session.over).toBe(true);
});

test("elsewhere, and for a guest, the page is left", async () => {
  service.who = ADA;
  const list = await at(link.projects());
  list.complain(signedOut);
  expect([list.state, list.over]).toEqual(["out", false]);
  service.who = null;
  const guest = await at("#/share/cs_cleo");
  guest.complain(signedOut);
  expect([guest.state, guest.over]).toEqual(["out", false]);
});
