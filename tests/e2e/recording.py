"""What leaves the page, sample by sample, and where on the reel the film was when each sample left.

Whatever a page connects to its speakers goes to a recorder too. Where the film is, the browser's video element says;
when a sample leaves, its audio context says. Neither is asked of the page's own code.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from playwright.sync_api import Page

Samples = npt.NDArray[np.float32]

RATE = 48_000  # samples a second of the page's audio context, and of every mix
_WORKLET = """
registerProcessor("recorder", class extends AudioWorkletProcessor {
  blocks = [];
  process([input]) {
    const block = new Float32Array(128);
    for (const channel of input) channel.forEach((sample, n) => (block[n] += sample / input.length));
    if (this.blocks.push(block) === 64) {
      this.port.postMessage({ first: currentFrame + 128 - 64 * 128, blocks: this.blocks });
      this.blocks = [];
    }
    return true;
  }
});
"""
_LISTEN = """
(() => {
  const connect = AudioNode.prototype.connect;
  const recorded = [], film = [], sound = []; // both clocks against the computer's own, in seconds
  window.AudioContext = class extends AudioContext {
    constructor(options) {
      super(options);
      this.everything = new GainNode(this);
      const worklet = new Blob([WORKLET], { type: "text/javascript" });
      void this.audioWorklet.addModule(URL.createObjectURL(worklet)).then(() => {
        const recorder = new AudioWorkletNode(this, "recorder");
        recorder.port.onmessage = ({ data }) => recorded.push(data);
        connect.call(this.everything, recorder);
        connect.call(recorder, this.destination); // it adds silence, but only what is connected runs
      });
      setInterval(() => {
        const { contextTime, performanceTime } = this.getOutputTimestamp();
        if (contextTime > 0) sound.push(contextTime - performanceTime / 1000);
        const video = document.querySelector("video");
        if (video && !video.paused && !video.seeking) film.push(video.currentTime - performance.now() / 1000);
      }, 50);
    }
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) connect.call(this, this.context.everything);
    return connect.call(this, to, ...rest);
  };
  window.recording = () => {
    const all = new Float32Array(recorded.length * 64 * 128);
    let [at, first] = [0, 0];
    for (const part of recorded) {
      if (part.first !== first + at) {
        // the worklet may begin twice, as long as there is nothing to hear
        const heard = all.subarray(0, at).some((sample) => sample !== 0);
        if (heard) throw new Error(`samples were lost before ${part.first}`);
        [at, first] = [0, part.first];
      }
      for (const block of part.blocks) {
        all.set(block, at);
        at += block.length;
      }
    }
    const bytes = new Uint8Array(all.buffer, 0, 4 * at);
    let text = "";
    const some = 32768; // as many arguments as one call takes
    for (let at = 0; at < bytes.length; at += some) text += String.fromCharCode(...bytes.subarray(at, at + some));
    return { samples: btoa(text), first, film, sound };
  };
})()
""".replace("WORKLET", json.dumps(_WORKLET))


@dataclass(frozen=True)
class Recording:
    """What left a page while it played.

    ``samples``: float32 [n], mean of both sides; ``first``: where the film was when the first of them left, in samples
    from the reel's first frame; negative before it.
    """

    samples: Samples
    first: int

    def part(self, start: int, stop: int) -> Samples:
        """Return the samples that left between two places on the reel; raises ValueError beyond what was recorded."""
        start, stop = start - self.first, stop - self.first
        if not 0 <= start < stop <= len(self.samples):
            raise ValueError(f"Nothing was recorded from {start} to {stop} of {len(self.samples)}.")
        return self.samples[start:stop]


def record(page: Page, room: str, until_s: float) -> Recording:
    """Open a room, play its reel from the first frame until ``until_s``, and return what left the page."""
    page.context.add_init_script(_LISTEN)
    # the room's content security policy lets no script in that is not its own
    page.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    page.goto(room)
    page.reload()  # an address that differs in its hash is no new page, and the scripts above wait for one
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")
    page.keyboard.press("Space")
    page.wait_for_function(f"() => document.querySelector('video').currentTime >= {until_s}")
    page.keyboard.press("Space")
    page.wait_for_timeout(400)  # the recorder hands on what it has every 170 ms
    taken = page.evaluate("recording()")
    # while the film plays at its own speed all clocks run alike: one difference for the whole recording
    reel_minus_sound_s = float(np.median(taken["film"]) - np.median(taken["sound"]))
    first = taken["first"] + round(reel_minus_sound_s * RATE)
    return Recording(np.frombuffer(base64.b64decode(taken["samples"]), np.float32), first)
