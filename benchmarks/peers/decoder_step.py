"""The gym model's training step in idiomatic eager PyTorch: what the step from C# is measured against.

A frozen vision tower (width 160, 5 layers, 64 patches), a two-layer connector and a Qwen2-style decoder (width 192, 6 layers,
6 query and 2 key/value heads of 32, SwiGLU 512, 1,500 words). Six questions about one picture are packed in a row; they see the
picture and themselves, not each other. Prints one line of JSON with medians in milliseconds.

    /usr/bin/python3 benchmarks/peers/decoder_step.py --dtype fp32
"""
import argparse
import contextlib
import ctypes
import json
import math
import os
import platform
import statistics
import time

# As the C# side does: before libtorch loads, spinning thread pools are calmed and BLAS gets one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

PATCHES, QUESTIONS, ANSWER = 64, 6, 3


class RmsNorm(nn.Module):
    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        kind = x.dtype
        x = x.float()
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * x.to(kind)


def rotate_half(x):
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def repeat_kv(x, times):
    batch, heads, length, size = x.shape
    return x[:, :, None].expand(batch, heads, times, length, size).reshape(batch, heads * times, length, size)


class Attention(nn.Module):
    def __init__(self, width, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, width // heads
        self.q_proj = nn.Linear(width, heads * self.size)
        self.k_proj = nn.Linear(width, kv_heads * self.size)
        self.v_proj = nn.Linear(width, kv_heads * self.size)
        self.o_proj = nn.Linear(heads * self.size, width, bias=False)

    def forward(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        q = self.q_proj(x).view(batch, length, self.heads, self.size).transpose(1, 2)       # [batch, heads, length, size]
        k = self.k_proj(x).view(batch, length, self.kv_heads, self.size).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.kv_heads, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        k, v = repeat_kv(k, self.heads // self.kv_heads), repeat_kv(v, self.heads // self.kv_heads)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.size) + mask           # [batch, heads, length, length]
        weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(q.dtype)
        mixed = torch.matmul(weights, v).transpose(1, 2).reshape(batch, length, -1)
        return self.o_proj(mixed)


class FeedForward(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    def __init__(self, width, heads, kv_heads, inner):
        super().__init__()
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(width), RmsNorm(width)
        self.self_attn, self.mlp = Attention(width, heads, kv_heads), FeedForward(width, inner)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, vocabulary, width=192, layers=6, heads=6, kv_heads=2, inner=512):
        super().__init__()
        self.size = width // heads
        self.embed_tokens = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        self.layers = nn.ModuleList(DecoderLayer(width, heads, kv_heads, inner) for _ in range(layers))
        self.norm = RmsNorm(width)
        self.register_buffer("frequencies", 1 / 10000 ** (torch.arange(0, self.size, 2) / self.size))

    def forward(self, x, positions, mask):
        angles = positions[:, :, None].float() * self.frequencies                            # [batch, length, size / 2]
        angles = torch.cat((angles, angles), dim=-1)[:, None]
        cos, sin = angles.cos(), angles.sin()
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


class VisionLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        batch, length, width = x.shape
        y = self.layer_norm1(x)
        q, k, v = (p(y).view(batch, length, self.heads, -1).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        weights = F.softmax(torch.matmul(q, k.transpose(2, 3)) / math.sqrt(width // self.heads), dim=-1)
        x = x + self.out_proj(torch.matmul(weights, v).transpose(1, 2).reshape(batch, length, width))
        return x + self.fc2(F.gelu(self.fc1(self.layer_norm2(x)), approximate="tanh"))


class Vision(nn.Module):
    def __init__(self, width=160, layers=5, heads=5, inner=640, patch=12):
        super().__init__()
        self.patch_embedding = nn.Conv2d(3, width, patch, patch)
        self.position = nn.Parameter(torch.randn(PATCHES, width) * 0.02)
        self.layers = nn.ModuleList(VisionLayer(width, heads, inner) for _ in range(layers))
        self.post_layernorm = nn.LayerNorm(width, 1e-6)

    def forward(self, pixels):
        x = self.patch_embedding(pixels).flatten(2).transpose(1, 2) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.post_layernorm(x)


class Model(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.vision = Vision().requires_grad_(False)
        self.connector = nn.Sequential(nn.Linear(160, 192), nn.GELU(), nn.Linear(192, 192))
        self.decoder = Decoder(vocabulary)

    def forward(self, batch):
        with torch.no_grad():
            patches = self.vision(batch["pixels"])
        text = self.decoder.embed_tokens(batch["ids"])
        x = torch.cat((self.connector(patches).to(text.dtype), text), dim=1)                  # [batch, length, width]
        hidden = self.decoder(x, batch["positions"], batch["mask"])
        chosen = hidden.flatten(0, 1)[batch["labelled"]]                                      # [labels, width]
        logits = F.linear(chosen, self.decoder.embed_tokens.weight)
        return F.cross_entropy(logits.float(), batch["targets"])


def make_batch(rows, length, vocabulary):
    """Documents in a row: the picture (0, seen by all), then six questions whose last tokens are labelled answers."""
    text = length - PATCHES
    share = text // QUESTIONS
    document = torch.cat((torch.zeros(PATCHES, dtype=torch.long), (torch.arange(text) // share).clamp(max=QUESTIONS - 1) + 1))
    place = torch.arange(length)
    sees = (place[None] <= place[:, None]) & ((document[None] == document[:, None]) | (document[None] == 0))
    mask = torch.zeros(1, 1, length, length).masked_fill(~sees, torch.finfo(torch.float32).min)
    start = PATCHES + (document - 1).clamp(min=0) * share
    positions = torch.where(document == 0, place, PATCHES + place - start).expand(rows, length)
    ends = PATCHES + (torch.arange(QUESTIONS) + 1) * share - 1
    one = torch.cat([ends - k for k in range(ANSWER, 0, -1)])
    labelled = (torch.arange(rows)[:, None] * length + one).flatten()
    return {
        "pixels": torch.rand(rows, 3, 96, 96), "ids": torch.randint(vocabulary, (rows, text)), "positions": positions, "mask": mask,
        "labelled": labelled, "targets": torch.randint(vocabulary, (len(labelled),)), "document": document.expand(rows, length),
    }


def blas_core():
    """The kernels that OpenBLAS chose; the environment can force others, several times slower."""
    try:
        name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
    except (OSError, AttributeError):
        return "not OpenBLAS"
    name.restype = ctypes.c_char_p
    return name().decode()


def cpu_model():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=208, help="positions in a row, the 64 image tokens included")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--vocabulary", type=int, default=1500)
    options = parser.parse_args()
    if options.tokens < PATCHES + QUESTIONS * (ANSWER + 1):
        parser.error(f"--tokens must be at least {PATCHES + QUESTIONS * (ANSWER + 1)}: the picture takes {PATCHES}")

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = Model(options.vocabulary)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
    batch = make_batch(options.batch, options.tokens, options.vocabulary)
    times = {"forward": [], "backward": [], "update": [], "step": [], "cpu": []}
    for step in range(options.warmup + options.steps):
        cpu, begin = time.process_time(), time.perf_counter()
        narrow = torch.autocast("cpu", torch.bfloat16) if options.dtype == "bf16" else contextlib.nullcontext()
        with narrow:
            loss = model(batch)
        forward = time.perf_counter()
        loss.backward()
        backward = time.perf_counter()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        end = time.perf_counter()
        if step >= options.warmup:
            values = (forward - begin, backward - forward, end - backward, end - begin, time.process_time() - cpu)
            for name, value in zip(times, values):
                times[name].append(value * 1e3)

    print(json.dumps({
        "peer": "eager PyTorch", "torch": torch.__version__, "cpu": cpu_model(), "dtype": options.dtype, "threads": options.threads,
        "batch": options.batch, "tokens": options.tokens, "steps": options.steps, "labels": len(batch["targets"]),
        "blas_core": blas_core(), "parameters": sum(p.numel() for p in trained),
        "loss": round(loss.item(), 5), "median_ms": {name: round(statistics.median(values), 2) for name, values in times.items()},
        "fastest_step_ms": round(min(times["step"]), 2),
    }))


if __name__ == "__main__":
    main()
