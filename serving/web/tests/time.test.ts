import { describe, expect, test } from "vitest";
import { Timebase, frame, seconds, type Frame } from "../src/lib/time";

describe("labels", () => {
  test("count at whole rates", () => {
    const film = new Timebase("24/1", 86400);
    expect(film.timecode(frame(0))).toBe("01:00:00:00");
    expect(film.timecode(frame(701))).toBe("01:00:29:05");
  });

  test("drop two a minute, except every tenth", () => {
    const ntsc = new Timebase("30000/1001", 0, true);
    expect(ntsc.timecode(frame(1799))).toBe("00:00:59;29");
    expect(ntsc.timecode(frame(1800))).toBe("00:01:00;02");
    expect(ntsc.timecode(frame(17982))).toBe("00:10:00;00");
    expect(ntsc.timecode(frame(107892))).toBe("01:00:00;00");
    expect(new Timebase("60000/1001", 0, true).timecode(frame(3600))).toBe("00:01:00;04");
  });

  test("every label of an hour of drop-frame reads back to its frame", () => {
    const ntsc = new Timebase("30000/1001", 107892, true);
    for (let n = 0; n < 107892; n += 7) expect(ntsc.parse(ntsc.timecode(n as Frame))).toBe(n);
  });

  test("that do not exist are refused", () => {
    const ntsc = new Timebase("30000/1001", 0, true);
    for (const label of ["00:01:00;00", "00:01:00;01", "24:00:00;00", "00:60:00;00", "00:00:00;30", "1:2:3:4", ""]) {
      expect(ntsc.parse(label)).toBeNull();
    }
    expect(ntsc.parse("00:10:00;00")).toBe(17982);
  });

  test("wrap at midnight and go below zero", () => {
    const film = new Timebase("24/1", 24 * 3600 * 24 - 1);
    expect(film.timecode(frame(0))).toBe("23:59:59:23");
    expect(film.timecode(frame(1))).toBe("00:00:00:00");
    expect(new Timebase("25/1", 0).timecode(frame(-1))).toBe("23:59:59:24");
  });

  test("need three digits above 100 frames a second", () => {
    expect(new Timebase("120/1", 0).timecode(frame(119))).toBe("00:00:00:119");
  });
});

describe("seconds", () => {
  test.each(["24/1", "25/1", "24000/1001", "30000/1001", "60000/1001"])("at %s every frame is found from its start, middle and end", (rate) => {
    const base = new Timebase(rate, 0);
    for (let n = 0; n < 200_000; n += 37) {
      const at = frame(n);
      expect(base.frame(base.seconds(at))).toBe(n);
      expect(base.frame(base.middle(at))).toBe(n);
      expect(base.frame(seconds(base.seconds(frame(n + 1)) - 1e-4))).toBe(n);
    }
  });

  test("names rates as the trade does", () => {
    expect(new Timebase("24000/1001", 0).name).toBe("23.976");
    expect(new Timebase("24/1", 0).name).toBe("24");
    expect(() => new Timebase("0/1", 0)).toThrow(RangeError);
  });
});
