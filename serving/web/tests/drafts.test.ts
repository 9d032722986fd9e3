import { expect, test } from "vitest";
import { draftsOf } from "../src/panels/comments/drafts";

test("words that were begun stay with the room they were begun in, until they are sent or left", () => {
  const [room, other] = [{}, {}];
  draftsOf(room).keep("new", "Softer");
  draftsOf(room).keep("reply:c1", "Yes");
  expect([draftsOf(room).of("new"), draftsOf(room).of("reply:c1"), draftsOf(other).of("new")]).toEqual(["Softer", "Yes", ""]);
  draftsOf(room).keep("new", "");
  draftsOf(room).forget("reply:c1");
  expect([draftsOf(room).of("new"), draftsOf(room).of("reply:c1")]).toEqual(["", ""]);
});

test("a comment opens with the pen that lies there: an edit that changes nothing is none", () => {
  const drafts = draftsOf({});
  const comment = { id: "c1", text: "Too loud" };
  expect(drafts.begun(comment)).toBe("");
  drafts.keep("reply:c1", "I agree");
  expect(drafts.begun(comment)).toBe("reply");
  drafts.keep("edit:c1", "Too loud");
  expect(drafts.begun(comment)).toBe("reply");
  drafts.keep("edit:c1", "Too loud here");
  expect(drafts.begun(comment)).toBe("edit");
  expect(drafts.begun({ id: "c2", text: "" })).toBe("");
});
