"""Child process of ``voices``: speaks lines with espeak-ng. It is run by path, so that only numpy is imported."""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

VOICE_RATE_HZ = 22_050
_SYNCHRONOUS = 2  # samples come through the callback while the call lasts
_DONT_EXIT = 0x8000
# espeak's own numbers for its parameters and for the encoding of a text (speak_lib.h)
_PARAMETER_RATE = 1  # espeakRATE
_PARAMETER_PITCH = 3  # espeakPITCH
_PARAMETER_RANGE = 4  # espeakRANGE
_UTF8 = 1  # espeakCHARS_UTF8


def main(order: Path, spoken: Path) -> None:
    """Read every line of ``order`` (JSON); save int16 mono takes at 22.05 kHz, ``take0`` and on, in ``spoken``."""
    import espeakng_loader  # type: ignore[import-untyped, unused-ignore] # optional, without types

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    chunks: list[npt.NDArray[np.int16]] = []

    def collect(wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)(collect)
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DONT_EXIT)
    if rate != VOICE_RATE_HZ:
        msg = f"espeak-ng speaks at {rate} Hz instead of {VOICE_RATE_HZ}."
        raise RuntimeError(msg)
    library.espeak_SetSynthCallback(callback)
    takes: dict[str, npt.NDArray[np.int16]] = {}
    for number, line in enumerate(cast("list[dict[str, Any]]", json.loads(order.read_text(encoding="utf-8")))):
        chunks.clear()
        _read(library, line)
        takes[f"take{number}"] = np.concatenate(chunks)
    np.savez(spoken, **cast("dict[str, Any]", takes))


def _read(library: ctypes.CDLL, line: dict[str, Any]) -> None:
    effort, voice = line["effort"], line["voice"]
    library.espeak_SetVoiceByName(voice["name"].encode())
    library.espeak_SetParameter(_PARAMETER_RATE, int(voice["words_per_minute"] * (0.9 + 0.25 * effort)), 0)
    library.espeak_SetParameter(_PARAMETER_PITCH, int(voice["pitch"] + 22 * effort), 0)
    library.espeak_SetParameter(_PARAMETER_RANGE, int(35 + 40 * effort), 0)
    text = line["text"].encode()
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
    library.espeak_Synchronize()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
