// Server-sent events that resume without a gap: the browser's own reconnection carries Last-Event-ID, and where it
// gives up (an answer that is no stream) we begin again after the last event we saw, slower each time.
import type { ServerEvent } from "../api/types";
import { address } from "./api";

export const TOPICS = ["job", "notes", "comment", "approval", "take", "reel", "upload", "project", "member", "share"] as const;

export interface Listening {
  onevent: (event: ServerEvent) => void;
  /** Whether the stream is open; false tells the reader that what they see may be behind. */
  onlive?: (live: boolean) => void;
  /** Called after a gap that the server could not fill: read everything again. */
  onagain?: () => void;
}

interface Source {
  readyState: number;
  close(): void;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
}

const CLOSED = 2;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Listen to a project until the returned function is called. */
export function listen(
  project: string,
  to: Listening,
  open: (url: string) => Source = (url) => new EventSource(url, { withCredentials: true }),
): () => void {
  let last = "";
  let wait = FIRST_WAIT_MS;
  let source: Source | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened = false;
  let ended = false;

  const hear = (topic: string) => (message: MessageEvent<string>) => {
    if (message.lastEventId) last = message.lastEventId;
    let data: Record<string, unknown>;
    try {
      data = JSON.parse(message.data) as Record<string, unknown>;
    } catch {
      return; // a comment or a half-written line: the next event stands for itself
    }
    to.onevent({ id: last, topic, data });
  };

  const begin = (): void => {
    if (ended) return;
    const after = last ? `?after=${encodeURIComponent(last)}` : "";
    source = open(address(`projects/${encodeURIComponent(project)}/events${after}`));
    // the first word of a stream is the number to go on from
    source.addEventListener("hello", ({ lastEventId }) => (last ||= lastEventId));
    for (const topic of TOPICS) source.addEventListener(topic, hear(topic));
    source.onopen = () => {
      wait = FIRST_WAIT_MS;
      to.onlive?.(true);
      if (opened && !last) to.onagain?.();
      opened = true;
    };
    source.onerror = () => {
      to.onlive?.(false);
      if (source?.readyState !== CLOSED) return; // the browser is reconnecting by itself
      source.close();
      clearTimeout(timer);
      timer = setTimeout(begin, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };

  begin();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}
