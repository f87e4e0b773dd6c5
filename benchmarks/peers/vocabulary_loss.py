"""The loss of a decoder over a large vocabulary in eager PyTorch, forward and backward: linear, then cross_entropy.

Prints one line of JSON: processor seconds, and how far the resident size rose above what the inputs take.

    /usr/bin/python3 benchmarks/peers/vocabulary_loss.py --dtype fp32
"""
import argparse
import json
import os
import time

# As the C# side does: before libtorch loads, spinning thread pools are calmed and BLAS gets one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402


def status(key):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--classes", type=int, default=151936)
    parser.add_argument("--width", type=int, default=896)
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    options = parser.parse_args()
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(options.rows, options.width, generator=generator).requires_grad_()
    weight = (torch.randn(options.classes, options.width, generator=generator) * 0.02).requires_grad_()
    targets = torch.randint(0, options.classes, (options.rows,), generator=generator)
    with open("/proc/self/clear_refs", "w") as marks:
        marks.write("5")  # man proc: resets VmHWM
    before, cpu, wall = status("VmHWM"), time.process_time(), time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=options.dtype == "bf16"):
        loss = F.cross_entropy(F.linear(hidden, weight).float(), targets)
    loss.backward()
    print(json.dumps({
        "torch": torch.__version__, "dtype": options.dtype,
        "plain": {"CpuSeconds": round(time.process_time() - cpu, 2), "WallSeconds": round(time.perf_counter() - wall, 2), "PeakMebibytes": round(status("VmHWM") - before, 1)},
    }))


if __name__ == "__main__":
    main()
