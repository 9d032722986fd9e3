import { describe, expect, test } from "vitest";
import { fromQuery, link, parse } from "../src/lib/router.svelte";

describe("addresses", () => {
  test.each([
    ["", { name: "projects" }],
    ["#/", { name: "projects" }],
    ["#/projects", { name: "projects" }],
    [link.project("p/1"), { name: "project", project: "p/1" }],
    [link.upload("p"), { name: "upload", project: "p" }],
    [link.reel("r"), { name: "reel", reel: "r", frame: null }],
    [link.reel("r", 120), { name: "reel", reel: "r", frame: 120 }],
    [link.watch("r", 3), { name: "watch", reel: "r", frame: 3 }],
    ["#/reels/r?frame=-1", { name: "reel", reel: "r", frame: null }],
    ["#/sign-in/abc", { name: "sign-in", token: "abc" }],
    ["#/share/xyz", { name: "share", secret: "xyz" }],
    ["#/share/%E0%A4%A", { name: "share", secret: "%E0%A4%A" }],
    ["#/elsewhere/1", { name: "nowhere", path: "elsewhere/1" }],
  ])("%s", (hash, route) => expect(parse(hash)).toEqual(route));

  test("printed links become fragments, so that their secret leaves the address bar", () => {
    expect(fromQuery("?share=a%2Fb")).toBe("#/share/a%2Fb");
    expect(fromQuery("?token=t")).toBe("#/sign-in/t");
    expect(fromQuery("?other=1")).toBeNull();
  });
});
