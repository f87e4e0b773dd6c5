"""A Qwen2 decoder in idiomatic eager PyTorch, one token at a time on a key/value cache: what decoding from C# is measured against.

Reads the shape from a checkpoint folder's config.json and draws weights of that shape; the time does not depend on their values. Prints one
line of JSON with the median and fastest milliseconds a token.

    /usr/bin/python3 benchmarks/peers/decode.py --folder FOLDER --dtype bf16
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
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402


def linear(inputs, outputs, bias, dtype):
    layer = nn.Linear.__new__(nn.Linear)
    nn.Module.__init__(layer)
    layer.in_features, layer.out_features = inputs, outputs
    layer.weight = nn.Parameter(torch.empty(outputs, inputs, dtype=dtype).uniform_(-0.03, 0.03))
    layer.bias = nn.Parameter(torch.zeros(outputs, dtype=dtype)) if bias else None
    return layer


class RmsNorm(nn.Module):
    def __init__(self, width, eps, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width, dtype=dtype))
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


class Layer(nn.Module):
    def __init__(self, c, dtype):
        super().__init__()
        hidden, inner = c["hidden_size"], c["intermediate_size"]
        self.heads, self.groups = c["num_attention_heads"], c["num_key_value_heads"]
        self.size = c.get("head_dim") or hidden // self.heads
        self.input_layernorm = RmsNorm(hidden, c["rms_norm_eps"], dtype)
        self.q_proj = linear(hidden, self.heads * self.size, True, dtype)
        self.k_proj = linear(hidden, self.groups * self.size, True, dtype)
        self.v_proj = linear(hidden, self.groups * self.size, True, dtype)
        self.o_proj = linear(self.heads * self.size, hidden, False, dtype)
        self.post_attention_layernorm = RmsNorm(hidden, c["rms_norm_eps"], dtype)
        self.gate_proj = linear(hidden, inner, False, dtype)
        self.up_proj = linear(hidden, inner, False, dtype)
        self.down_proj = linear(inner, hidden, False, dtype)

    def attend(self, x, cos, sin, cache):
        batch, length, _ = x.shape
        q = self.q_proj(x).view(batch, length, self.heads, self.size).transpose(1, 2)       # [batch, heads, length, size]
        k = self.k_proj(x).view(batch, length, self.groups, self.size).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.groups, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        if cache:
            k, v = torch.cat((cache[0], k), dim=2), torch.cat((cache[1], v), dim=2)
        cache[:] = [k, v]
        k, v = repeat_kv(k, self.heads // self.groups), repeat_kv(v, self.heads // self.groups)
        scores = torch.matmul(q, k.transpose(2, 3)) * self.size ** -0.5                       # [batch, heads, length, cached]
        if length > 1:
            scores = scores + torch.full((length, k.shape[2]), torch.finfo(scores.dtype).min, dtype=scores.dtype).triu(1 + k.shape[2] - length)
        weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(q.dtype)
        return self.o_proj(torch.matmul(weights, v).transpose(1, 2).reshape(batch, length, -1))

    def forward(self, x, cos, sin, cache):
        x = x + self.attend(self.input_layernorm(x), cos, sin, cache)
        normed = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(normed)) * self.up_proj(normed))


class Decoder(nn.Module):
    def __init__(self, c, dtype):
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(c["vocab_size"], c["hidden_size"], dtype=dtype).uniform_(-0.03, 0.03))
        self.layers = nn.ModuleList(Layer(c, dtype) for _ in range(c["num_hidden_layers"]))
        self.norm = RmsNorm(c["hidden_size"], c["rms_norm_eps"], dtype)
        size = self.layers[0].size
        self.frequencies = c["rope_theta"] ** (-torch.arange(0, size, 2).float() / size)

    def forward(self, ids, start, caches):
        x = F.embedding(ids, self.embedding)                                                 # [batch, length, hidden]
        angles = torch.arange(start, start + ids.shape[1])[:, None] * self.frequencies
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        for layer, cache in zip(self.layers, caches):
            x = layer(x, cos, sin, cache)
        return F.linear(self.norm(x)[:, -1], self.embedding)                                 # [batch, vocabulary]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompt", type=int, default=32)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--warmup", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    with open(os.path.join(options.folder, "config.json")) as file:
        config = json.load(file)
    with torch.no_grad():
        model = Decoder(config, torch.bfloat16 if options.dtype == "bf16" else torch.float32)
        caches = [[] for _ in model.layers]
        token = model(torch.randint(config["vocab_size"], (1, options.prompt)), 0, caches).argmax(-1)
        times = []
        for step in range(options.warmup + options.steps):
            begin = time.perf_counter()
            token = model(token[:, None], options.prompt + step, caches).argmax(-1)
            token.item()
            if step >= options.warmup:
                times.append((time.perf_counter() - begin) * 1e3)

    print(json.dumps({
        "peer": "eager PyTorch", "torch": torch.__version__, "dtype": options.dtype, "threads": options.threads, "steps": options.steps,
        "parameters": sum(p.numel() for p in model.parameters()),
        "median_ms": {"step": round(statistics.median(times), 3)}, "fastest_ms": round(min(times), 3),
    }))


if __name__ == "__main__":
    main()
