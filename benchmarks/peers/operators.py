"""Times single operators in eager PyTorch at the gym's sizes, and with --library the fused ones beside them.

The one-element operators measure what a call costs; the others what a pass over memory costs. Forward and backward together where there is
a gradient. Prints one line of JSON with medians in microseconds of processor time.

    /usr/bin/python3 benchmarks/peers/operators.py --library artifacts/native-build/libcollimate_torch.so
"""
import argparse
import json
import os
import statistics
import time
import timeit

# As the C# side does: before libtorch loads, spinning thread pools are calmed and BLAS gets one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import decoder_step as gym  # noqa: E402


def microseconds(work, repeat):
    for _ in range(3):
        work()
    inner, times = 1, []
    while True:
        begin = time.process_time()
        for _ in range(inner):
            work()
        if time.process_time() - begin > 2e-3 or inner >= 1 << 20:
            break
        inner *= 2
    for _ in range(repeat):
        begin = time.process_time()
        for _ in range(inner):
            work()
        times.append((time.process_time() - begin) / inner * 1e6)
    return round(statistics.median(times), 3)


def trained(function, *inputs):
    """Forward and backward of a function of leaves."""
    with torch.no_grad():
        outputs = function(*inputs)
    gradients = [torch.randn_like(t) for t in outputs] if isinstance(outputs, (tuple, list)) else torch.randn_like(outputs)
    leaves = [t for t in inputs if t.requires_grad]

    def step():
        torch.autograd.grad(function(*inputs), leaves, gradients)

    return step


def leaf(*shape, dtype=torch.float32):
    return torch.randn(*shape, dtype=dtype).requires_grad_()


def call_costs(repeat, inner=20_000):
    """Statements written out in the loop, as a user writes them: calling a function around each would cost a tenth more."""
    names = {"one": torch.ones(1), "two": torch.ones(1), "row": torch.ones(3, 4)}
    statements = {"add_one": "one + two", "mul_scalar_one": "one * 2.0", "view": "row.view(4, 3)", "select": "row[1]", "matmul_4x4": "row @ row.T"}
    costs = {}
    for name, statement in statements.items():
        timer = timeit.Timer(statement, globals=names, timer=time.process_time)
        timer.timeit(inner)
        costs[name] = round(statistics.median(timer.repeat(repeat, inner)) / inner * 1e6, 4)
    costs["add_one_backward"] = microseconds(trained(torch.add, leaf(1), leaf(1)), repeat)
    return costs


def eager_passes(rows, length, dtype):
    batch = gym.make_batch(rows, length, 1500)
    heads, groups, size = 6, 2, 32

    def rotary_attention(qkv):
        q, k, v = (part.view(rows, length, -1, size).transpose(1, 2) for part in qkv.split((heads * size, groups * size, groups * size), -1))
        angles = torch.cat((batch["angles"], batch["angles"]), -1)[:, None].to(dtype)
        cos, sin = angles.cos(), angles.sin()
        q, k = q * cos + gym.rotate_half(q) * sin, k * cos + gym.rotate_half(k) * sin
        k, v = gym.repeat_kv(k, heads // groups), gym.repeat_kv(v, heads // groups)
        scores = torch.matmul(q, k.transpose(2, 3)) / size ** 0.5 + batch["mask"].to(dtype)
        return torch.matmul(F.softmax(scores, -1, dtype=torch.float32).to(dtype), v).transpose(1, 2).reshape(rows, length, -1)

    batch["angles"] = batch["positions"][:, :, None].float() / 10000 ** (torch.arange(0, size, 2) / size)
    batch["document32"] = batch["document"].int().contiguous()
    norm = gym.RmsNorm(192)

    def swiglu(gate_up):
        gate, up = gate_up.chunk(2, -1)
        return F.silu(gate) * up

    def add_rms_norm(x, addend):
        total = x + addend
        return norm(total), total

    def linear_cross_entropy(hidden, weight):
        return F.cross_entropy(F.linear(hidden, weight).float(), batch["targets"], reduction="sum")

    x, qkv, gate_up = leaf(rows, length, 192, dtype=dtype), leaf(rows, length, 320, dtype=dtype), leaf(rows, length, 1024, dtype=dtype)
    hidden, head = leaf(len(batch["targets"]), 192, dtype=dtype), leaf(1500, 192, dtype=dtype)
    patches, inner = torch.randn(rows, 64, 160, dtype=dtype), torch.randn(rows, 64, 640, dtype=dtype)
    vision = [torch.randn(rows, 5, 64, 32, dtype=dtype) for _ in range(3)]
    scale = torch.ones(160, dtype=dtype)
    inputs = {"x": x, "qkv": qkv, "gate_up": gate_up, "hidden": hidden, "head": head, "patches": patches, "inner": inner, "vision": vision,
              "norm": norm.weight, "scale": scale, "addend": leaf(rows, length, 192, dtype=dtype)}
    return batch, inputs, {
        "rms_norm": trained(norm, x), "add_rms_norm": trained(add_rms_norm, x, inputs["addend"]), "swiglu": trained(swiglu, gate_up),
        "rotary_attention": trained(rotary_attention, qkv), "linear_cross_entropy": trained(linear_cross_entropy, hidden, head),
        "layer_norm_forward": lambda: F.layer_norm(patches, (160,), scale, scale, 1e-6),
        "gelu_tanh_forward": lambda: F.gelu(inner, approximate="tanh"),
        "gelu_tanh": trained(lambda t: F.gelu(t, approximate="tanh"), leaf(rows, 64, 640, dtype=dtype)),
        "vision_attention_forward": lambda: torch.matmul(F.softmax(torch.matmul(vision[0], vision[1].transpose(2, 3)) / 32 ** 0.5, -1), vision[2]).transpose(1, 2).reshape(rows, 64, -1),
    }


def fused_passes(batch, inputs):
    ops, weight = torch.ops.collimate, inputs["norm"].detach()
    cos, sin = batch["angles"].cos(), batch["angles"].sin()
    return {
        "rms_norm": trained(lambda x: ops.rms_norm(x, weight, 1e-6), inputs["x"]),
        "add_rms_norm": trained(lambda x, a: ops.add_rms_norm(x, a, weight, 1e-6), inputs["x"], inputs["addend"]),
        "swiglu": trained(ops.swiglu, inputs["gate_up"]),
        "rotary_attention": trained(lambda t: ops.rotary_attention(t, cos, sin, 6, 2, batch["document32"]), inputs["qkv"]),
        "linear_cross_entropy": trained(lambda h, w: ops.linear_cross_entropy(h, w, batch["targets"])[0], inputs["hidden"], inputs["head"]),
        "layer_norm_forward": lambda: ops.layer_norm(inputs["patches"], inputs["scale"], inputs["scale"], 1e-6),
        "gelu_tanh_forward": lambda: ops.gelu_tanh(inputs["inner"]),
        "gelu_tanh": trained(ops.gelu_tanh, inputs["inner"].clone().requires_grad_()),
        "vision_attention_forward": lambda: ops.attention(*inputs["vision"]),
    }


def updates():
    shapes = [(192, 192)] * 12 + [(1024, 192)] * 6 + [(192, 512)] * 6 + [(320, 192)] * 6 + [(1500, 192)] + [(192,)] * 20
    parameters = [torch.randn(s).requires_grad_() for s in shapes]
    for p in parameters:
        p.grad = torch.randn_like(p)
    optimizer = torch.optim.AdamW(parameters, lr=1e-4)
    return parameters, {"adamw": optimizer.step, "gradient_norm": lambda: torch.norm(torch.stack([torch.norm(p.grad) for p in parameters]))}


def fused_updates(parameters):
    ops, plain, gradients = torch.ops.collimate, [p.detach() for p in parameters], [p.grad for p in parameters]
    means, squares = [torch.zeros_like(p) for p in plain], [torch.zeros_like(p) for p in plain]
    return {
        "adamw": lambda: ops.adamw_(plain, gradients, means, squares, 1e-4, 0.9, 0.999, 1e-8, 0.01, 10),
        "gradient_norm": lambda: ops.gradient_norm(gradients),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=208)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--library", help="libcollimate_torch.so: times its operators too")
    parser.add_argument("--only", choices=("calls",), help="leave out all that is more than a call")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    dtype = torch.float32 if options.dtype == "fp32" else torch.bfloat16
    result = {"eager": call_costs(options.repeat)}
    if options.only != "calls":
        batch, inputs, passes = eager_passes(options.batch, options.tokens, dtype)
        parameters, update = updates()
        result["eager"].update({name: microseconds(work, options.repeat) for name, work in {**passes, **update}.items()})
    if options.library and options.only != "calls":
        torch.ops.load_library(options.library)
        result["fused"] = {name: microseconds(work, options.repeat) for name, work in {**fused_passes(batch, inputs), **fused_updates(parameters)}.items()}
    print(json.dumps({
        "torch": torch.__version__, "cpu": gym.cpu_model(), "dtype": options.dtype, "threads": options.threads, "batch": options.batch,
        "tokens": options.tokens, "blas_core": gym.blas_core(), "median_us": result,
    }))


if __name__ == "__main__":
    main()
