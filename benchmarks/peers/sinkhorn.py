"""Doubly stochastic matrices operator by operator in eager PyTorch, forward and backward with recorded gradients.

--form log: logsumexp over rows, then columns, as in Gumbel-Sinkhorn. --form exp: clamped, exponentiated and divided by sums, as in the code of the
Gumbel permutation Sinkformer, here without its early end: both sides run all iterations. Prints one line of JSON.

    /usr/bin/python3 benchmarks/peers/sinkhorn.py --form log --size 800 --iterations 50
"""
import argparse
import json
import os
import statistics
import time

# As the C# side does: before libtorch loads, spinning thread pools are calmed and BLAS gets one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402


def log_form(logits, temperature, iterations):
    matrix = logits / temperature
    for _ in range(iterations):
        matrix = matrix - matrix.logsumexp(-1, keepdim=True)
        matrix = matrix - matrix.logsumexp(-2, keepdim=True)
    return matrix.exp()


def exp_form(logits, temperature, iterations):
    matrix = (logits / temperature).clamp(-15, 15).exp()
    for _ in range(iterations):
        matrix = matrix / (matrix.sum(-1, keepdim=True) + 1e-8)
        matrix = matrix / (matrix.sum(-2, keepdim=True) + 1e-8)
    return matrix


def peak():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=("log", "exp"), default="log")
    parser.add_argument("--size", type=int, default=800)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--temperature", type=float, default=1)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    form = log_form if options.form == "log" else exp_form
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(options.size, options.size, generator=generator)
    weights = torch.randn(options.size, options.size, generator=generator)

    def run(scores, upstream):
        leaf = scores.detach().requires_grad_()
        clock, cpu = time.perf_counter(), time.process_time()
        result = form(leaf, options.temperature, options.iterations)
        forward, forward_cpu = time.perf_counter() - clock, time.process_time() - cpu
        result.backward(upstream)
        return forward * 1e3, (time.perf_counter() - clock) * 1e3, forward_cpu * 1e3, (time.process_time() - cpu) * 1e3, result.detach(), leaf.grad

    run(logits[:16, :16], weights[:16, :16])  # the code of every operator is in memory before memory is measured
    with open("/proc/self/clear_refs", "w") as marks:
        marks.write("5")  # man proc: resets VmHWM
    before = peak()
    _, _, _, _, result, gradient = run(logits, weights)
    risen = peak() - before
    times = [run(logits, weights)[:4] for _ in range(options.repeat)]
    medians = [round(statistics.median(column), 3) for column in zip(*times)]
    print(json.dumps({
        "torch": torch.__version__, "form": options.form, "threads": torch.get_num_threads(),
        "median_ms": {"forward": medians[0], "whole": medians[1], "forward_cpu": medians[2], "cpu": medians[3]},
        "extra_mib": round(risen, 2),
        "row_error": (result.sum(-1) - 1).abs().max().item(), "column_error": (result.sum(-2) - 1).abs().max().item(),
        "value": (result.double() * weights.double()).sum().item(), "gradient_norm": gradient.double().norm().item(),
    }))


if __name__ == "__main__":
    main()
