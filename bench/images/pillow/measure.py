"""Measures Pillow. See package trial for what it is told and answers."""

import io
import json
import os
import re
import sys
import time


def say(value):
    print(json.dumps(value), flush=True)


try:
    from PIL import Image, ImageOps, __version__, features
except ImportError:
    say({"missing": "Pillow is not installed (Debian: python3-pil)"})
    sys.exit(0)

ORIENTATION = 0x0112


def upright(image):
    # exif_transpose copies every picture, also one that is upright already.
    if image.getexif().get(ORIENTATION, 1) == 1:
        return image
    return ImageOps.exif_transpose(image)


def encoded(image, job, quality):
    out = io.BytesIO()
    if job["format"] == "png":
        image.save(out, "PNG")
    else:
        image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def resize(data, job, quality):
    """Decodes once, in full, and resamples that for each size."""
    image = upright(Image.open(io.BytesIO(data)))
    return [
        encoded(image.resize((size["width"], size["height"]), Image.Resampling.LANCZOS), job, quality)
        for size in job["sizes"]
    ]


def thumbnail(data, job, quality):
    """Decodes for each size, JPEGs at a reduced scale where that is near enough."""
    outputs = []
    for size in job["sizes"]:
        image = Image.open(io.BytesIO(data))
        # The width decides, as in the other contestants: the height is only a bound.
        image.thumbnail((size["width"], image.height), Image.Resampling.LANCZOS)
        outputs.append(encoded(upright(image), job, quality))
    return outputs


def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return 1024 * int(re.search(r"^VmHWM:\s*(\d+) kB$", status.read(), re.M)[1])
    except OSError:
        return 0


def answer(request, data, job):
    way = {"resize": resize, "thumbnail": thumbnail}[job["method"]]
    milliseconds, outputs = [], []
    for _ in range(request["iterations"]):
        start = time.perf_counter()
        outputs = way(data, job, request["quality"])
        milliseconds.append((time.perf_counter() - start) * 1000)
    if request["save"]:
        for i, output in enumerate(outputs):
            with open(os.path.join(request["save"], str(i)), "wb") as file:
                file.write(output)
    return {"milliseconds": milliseconds, "bytes": [len(o) for o in outputs], "peakBytes": peak_bytes()}


job = json.loads(sys.argv[1])
Image.MAX_IMAGE_PIXELS = None
with open(job["input"], "rb") as file:
    data = file.read()
say({"version": f"{__version__} (libjpeg-turbo {features.version('libjpeg_turbo')}, Python {sys.version.split()[0]})"})
for line in sys.stdin:
    try:
        say(answer(json.loads(line), data, job))
    except Exception as error:  # told, so that the others go on
        say({"error": f"{type(error).__name__}: {error}"})
