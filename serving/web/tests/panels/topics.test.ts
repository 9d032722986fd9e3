import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../src/lib/api";
import { ofField } from "../../src/panels/words/problems";
import { EVERY_TOPIC, TOPICS, health, toldOf, webAddress } from "../../src/panels/words/topics";

interface Described {
  components: { schemas: { WebhookNew: { properties: { topics: { items: { enum: string[] } } } } } };
}

describe("webhooks", () => {
  it("has words for every topic of the API, and none twice", () => {
    const described = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8")) as Described;
    expect([...EVERY_TOPIC].sort()).toEqual([...described.components.schemas.WebhookNew.properties.topics.items.enum].sort());
    expect(new Set(Object.values(TOPICS).flatMap(({ name, when }) => [name, when])).size).toBe(2 * EVERY_TOPIC.length);
  });
  it("says what one is told of", () => {
    expect([toldOf([]), toldOf(["approval", "job"]), toldOf(["dream"])]).toEqual(["everything", "verdicts, work", "dream"]);
  });
  it("says how one is doing", () => {
    expect(health({ active: true, failures: 0, why: "" })).toEqual({ state: "good", words: "active" });
    expect(health({ active: true, failures: 1, why: "" }).words).toBe("1 failure: it is tried again by itself, later and later");
    expect(health({ active: true, failures: 3, why: "" }).state).toBe("near");
    expect(health({ active: false, failures: 16, why: "HTTP 500" })).toEqual({ state: "bad", words: "given up after 16 failures in a row (HTTP 500): nothing is sent to it any more" });
  });
  it("takes addresses as they are pasted, and nothing that is none", () => {
    expect([" https://studio.example/hooks ", "HTTPS://Studio.example", "https://bücher.example/ä b", "studio.example", "ftp://studio.example", "https://", ""].map(webAddress)).toEqual([
      "https://studio.example/hooks", "https://studio.example/", "", "", "", "", "",
    ]);
    expect(webAddress("https://bücher.example/ä")).toBe("https://xn--bcher-kva.example/%C3%A4");
  });
  it("finds what the service says of a field", () => {
    const errors = [{ field: "body.url", message: "Begins with https." }, { field: "body.topics.0", message: "Unknown." }];
    const error = new ApiError({ title: "No", status: 422, detail: "body.url: Begins with https.", code: "request-invalid", errors });
    expect([ofField(error, "body.url"), ofField(error, "body.topics"), ofField(error, "body.u"), ofField(new Error("x"), "body.url")]).toEqual([
      "Begins with https.", "Unknown.", "", "",
    ]);
  });
});
