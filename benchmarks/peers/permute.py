"""Training steps of the permutation experiment in plain eager PyTorch, as the published program writes them: what the same steps from C# are measured against.

Four fixed sets of Gaussian tokens with a random permutation each; blocks of single-head attention (the last one computed whole, of which only the scores are used),
Gumbel noise, Sinkhorn in exp space with its clamp and its early end, the loss of mean squares, cross-entropy and entropy, AdamW. One step is one batch of
the four sets, float32, on one thread. Prints one line of JSON with medians in milliseconds.

    /usr/bin/python3 benchmarks/peers/permute.py --tokens 200 --width 256 --hidden 1024
"""
import argparse
import json
import math
import os
import statistics
import time

# As the C# side does: before libtorch loads, spinning thread pools are calmed and BLAS gets one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402


class Block(nn.Module):
    def __init__(self, width, hidden, alpha, dropout):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.alpha, self.dropout = alpha, nn.Dropout(dropout)

    def forward(self, x):
        attention = torch.matmul(self.query(x), self.key(x).transpose(-2, -1)) / math.sqrt(x.shape[-1])   # [sets, n, n]
        scores = attention + self.alpha * torch.eye(x.shape[1], device=x.device).unsqueeze(0)
        read = torch.matmul(self.dropout(F.softmax(attention, dim=-1)), self.value(x))
        x = self.first_norm(x + self.dropout(read))
        x = self.second_norm(x + self.dropout(self.down(self.dropout(F.relu(self.up(x))))))
        return x, scores


def sinkhorn(logits, iterations):
    p = torch.exp(torch.clamp(logits, -15, 15))
    for _ in range(iterations):
        before = p
        p = p / (p.sum(dim=-1, keepdim=True) + 1e-8)
        p = p / (p.sum(dim=-2, keepdim=True) + 1e-8)
        if torch.max(torch.abs(p - before)) < 1e-6:
            break
    return p


class Network(nn.Module):
    def __init__(self, width, hidden, layers, alpha=0.5, dropout=0.1):
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, hidden, alpha, dropout) for _ in range(layers))
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.xavier_uniform_(part.weight)
                if part.bias is not None:
                    nn.init.zeros_(part.bias)

    def forward(self, x, temperature, iterations, hard):
        for block in self.blocks:
            x, scores = block(x)
        noise = -torch.log(-torch.log(torch.rand_like(scores) + 1e-10) + 1e-10)
        p = sinkhorn((scores + noise) / temperature, iterations)
        if hard:
            p = torch.zeros_like(p).scatter_(-1, p.argmax(dim=-1, keepdim=True), 1.0) + (p - p.detach())
        return p


def loss_of(p, right):
    square = F.mse_loss(p, right)
    cross = -(right * torch.log(p + 1e-8)).sum(-1).mean()
    entropy = -(p * torch.log(p + 1e-8)).sum(-1).mean()
    return square + cross + 0.01 * entropy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(1)
    sets, n = 4, options.tokens
    x = torch.randn(sets, n, options.width)
    right = torch.stack([torch.eye(n)[torch.randperm(n)] for _ in range(sets)])
    network = Network(options.width, options.hidden, options.layers)
    total = options.warmup + options.steps
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total)
    times, cpu, accuracy = [], [], 0.0
    for step in range(total):
        begin, began = time.process_time(), time.perf_counter()
        temperature = 0.1 + 0.5 * (2.0 - 0.1) * (1 + math.cos(math.pi * step / total))
        p = network(x, temperature, options.iterations, step > total / 2)
        loss = loss_of(p, right)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        accuracy = (p.argmax(-1) == right.argmax(-1)).float().mean().item()
        if step >= options.warmup:
            times.append((time.perf_counter() - began) * 1e3)
            cpu.append((time.process_time() - begin) * 1e3)

    print(json.dumps({
        "peer": "eager PyTorch", "torch": torch.__version__, "steps": options.steps, "parameters": sum(p.numel() for p in network.parameters()),
        "loss": round(loss.item(), 5), "accuracy": accuracy,
        "median_ms": {"step": round(statistics.median(times), 2), "cpu": round(statistics.median(cpu), 2)}, "fastest_step_ms": round(min(times), 2),
    }))


if __name__ == "__main__":
    main()
