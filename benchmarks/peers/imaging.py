"""The Python side of the imaging comparison: open, decode, convert to RGB, resize the shorter side to 336 (bicubic), cut the centre.

One line of JSON, in milliseconds of processor time a picture. Without Pillow it says so and leaves the figures out.
"""
import argparse
import glob
import json
import os
import statistics
import sys
import time


def fit(path, side=336):
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
    width, height = picture.size
    if width <= height:
        width, height = side, int(side * height / width)
    else:
        width, height = int(side * width / height), side
    picture = picture.resize((width, height), Image.BICUBIC)
    left, top = (width - side) // 2, (height - side) // 2
    return picture.crop((left, top, left + side, top + side)).tobytes()


parser = argparse.ArgumentParser()
parser.add_argument("--folder", required=True)
parser.add_argument("--repeat", type=int, default=5)
options = parser.parse_args()
try:
    from PIL import Image, features
except ImportError:
    print("Pillow is absent (Debian: apt install python3-pil): this side is skipped", file=sys.stderr)
    print(json.dumps({"peer": "Pillow", "absent": True}))
    sys.exit(0)

files = sorted(glob.glob(os.path.join(options.folder, "*.jpg")))
times = []
last = b""
warm = time.monotonic()
while len(times) < options.repeat:
    begin = time.process_time()
    for path in files:
        last = fit(path)
    if time.monotonic() - warm >= 2:
        times.append((time.process_time() - begin) * 1e3 / len(files))
print(json.dumps({
    "peer": "Pillow", "versions": {"pillow": Image.__version__, "libjpeg_turbo": features.version("libjpeg_turbo")}, "files": len(files),
    "last_sum": sum(last), "median_ms": {"fit": round(statistics.median(times), 4)}}))
