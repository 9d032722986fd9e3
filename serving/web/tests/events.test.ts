import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listen } from "../src/lib/events";
import type { ServerEvent } from "../src/api/types";

class Source extends EventTarget {
  static all: Source[] = [];
  readyState = 1;
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close(): void {
    this.readyState = 2;
  }
  tell(topic: string, id: string, data: string): void {
    this.dispatchEvent(Object.assign(new Event(topic), { data, lastEventId: id }));
  }
  break(state: number): void {
    this.readyState = state;
    this.onerror?.(new Event("error"));
  }
}

const open = (url: string) => new Source(url) as never;
let heard: ServerEvent[];
let live: boolean[];
beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  heard = [];
  live = [];
});
afterEach(() => vi.useRealTimers());
const begin = () => listen("p", { onevent: (event) => heard.push(event), onlive: (is) => live.push(is) }, open);

describe("the stream of events", () => {
  test("goes on after the last event when the browser has given up, slower each time", () => {
    const end = begin();
    Source.all[0]?.tell("notes", "41", '{"revision":8}');
    Source.all[0]?.break(2);
    vi.advanceTimersByTime(500);
    expect(Source.all[1]?.url).toContain("after=41");
    Source.all[1]?.break(2);
    vi.advanceTimersByTime(500);
    expect(Source.all).toHaveLength(2);
    vi.advanceTimersByTime(500);
    expect(Source.all).toHaveLength(3);
    Source.all[2]?.tell("job", "42", '{"job":"j"}');
    expect(heard.map((event) => [event.topic, event.id])).toEqual([["notes", "41"], ["job", "42"]]);
    end();
  });

  test("begins after what it heard even if nothing happened yet: hello carries the number", () => {
    const end = begin();
    Source.all[0]?.tell("hello", "7", '{"after":7}');
    Source.all[0]?.break(2);
    vi.advanceTimersByTime(500);
    expect(Source.all[1]?.url).toContain("after=7");
    expect(heard).toEqual([]);
    end();
  });

  test("leaves the browser's own reconnection alone, and says that it may be behind", () => {
    const end = begin();
    Source.all[0]?.onopen?.(new Event("open"));
    Source.all[0]?.break(0);
    vi.advanceTimersByTime(60_000);
    expect(Source.all).toHaveLength(1);
    expect(live).toEqual([true, false]);
    end();
  });

  test("lets a half-written event be, and is quiet after its end", () => {
    const end = begin();
    Source.all[0]?.tell("notes", "1", "{");
    expect(heard).toEqual([]);
    end();
    Source.all[0]?.break(2);
    vi.advanceTimersByTime(60_000);
    expect(Source.all).toHaveLength(1);
  });
});
