import { describe, expect, test } from "vitest";
import { Timebase, frame } from "../src/lib/time";
import { typedFrame } from "../src/player/typed";

const film = new Timebase("24/1", 86400);
const HOUR = 24 * 3600;
/** Where `text` goes on a reel of two hours, as a label, or why not. */
const goes = (text: string, at = 0, base = film, frames = 2 * HOUR): string => {
  const typed = typedFrame(text, base, frame(at), frames);
  return typed.frame === undefined ? typed.problem : base.timecode(typed.frame);
};

describe("a typed timecode", () => {
  test.each([
    ["1:00:12:05", "01:00:12:05"],
    ["01:00:12;05", "01:00:12:05"],
    ["12:05", "01:00:12:05"],
    ["1205", "01:00:12:05"],
    [" 7 ", "01:00:00:07"],
    ["5", "01:00:00:05"],
    ["3.10.0", "01:03:10:00"],
    ["31000", "01:03:10:00"],
    ["2:00:00:00", "02:00:00:00"],
    ["2000000", "02:00:00:00"],
    ["02000000", "02:00:00:00"],
  ])("%s goes to %s", (text, label) => expect(goes(text)).toBe(label));

  test("takes what is left out from the playhead", () => {
    const at = HOUR + 24 * 60 * 3; // 02:03:00:00
    expect([goes("12:05", at), goes("1205", at), goes("7:12:05", at)]).toEqual(["02:03:12:05", "02:03:12:05", "02:07:12:05"]);
  });

  test("goes to the nearest such moment where the reel has none beside the playhead", () => {
    const leader = new Timebase("24/1", 86400 - 8 * 24); // starts at 00:59:52:00
    expect(goes("12:05", 0, leader)).toBe("01:00:12:05");
    expect(goes("0:12:05", 0, leader)).toBe("01:00:12:05");
    expect(goes("50:00", 60, leader, 24 * 100)).toBe("01:00:50:00");
  });

  test("is found past midnight", () => {
    const late = new Timebase("24/1", 24 * HOUR - 24 * 10); // starts at 23:59:50:00
    expect(typedFrame("0:00:05:00", late, frame(0), 24 * 60)).toEqual({ frame: 15 * 24 });
    expect(typedFrame("5:00", late, frame(0), 24 * 60)).toEqual({ frame: 15 * 24 });
    expect(typedFrame("23:59:55:00", late, frame(24 * 30), 24 * 60)).toEqual({ frame: 5 * 24 });
    const drop = new Timebase("30000/1001", 144 * 17982 - 300, true);
    expect(drop.timecode(frame(300))).toBe("00:00:00;00");
    expect(typedFrame("0:00:00:02", drop, frame(0), 600)).toEqual({ frame: 302 });
  });

  test("that cannot be says why", () => {
    expect(goes("12:24")).toBe("There are no 24 frames: at 24 fps they run from 00 to 23.");
    expect(goes("61:00")).toBe("There are no 61 seconds: they run from 00 to 59.");
    expect(goes("25:00:00:00")).toBe("There are no 25 hours: they run from 00 to 23.");
    expect(goes("00:59:59:23")).toBe("00:59:59:23 is not in this reel: it runs from 01:00:00:00 to 02:59:59:23.");
    expect(goes("03:00:00:00")).toMatch(/^03:00:00:00 is not in this reel/);
    for (const text of ["", "ten", "1:", ":1", "1:2:3:4:5", "123456789", "-5", "1:100", "1e3"]) expect(goes(text)).toMatch(/^Type hours, minutes/);
    const drop = new Timebase("30000/1001", 107892, true);
    expect(goes("1:01:00:00", 0, drop)).toBe("01:01:00;00 does not exist: drop-frame timecode counts past it, to 01:01:00;02.");
    expect(goes("1:10:00:00", 0, drop)).toBe("01:10:00;00");
  });

  test("has three digits of frames above a hundred a second", () => {
    const fast = new Timebase("120/1", 0);
    expect([goes("12:005", 0, fast), goes("12005", 0, fast), goes("119", 0, fast)]).toEqual(["00:00:12:005", "00:00:12:005", "00:00:00:119"]);
    expect(goes("120", 0, fast)).toBe("There are no 120 frames: at 120 fps they run from 00 to 119.");
  });
});
