"""The Python side of the caption comparison: BLEU, ROUGE-L and CIDEr-D as COCO's caption tool computes them, in plain Python.

Words in dictionaries of tuples, the longest common subsequence in a list of lists, vectors of dictionaries: the plain algorithms, written anew after their definitions.
The tokenizer is a plain one of one regular expression, far simpler than the Penn Treebank's. One line of JSON: the figures, and seconds of processor time of each part.
"""
import argparse
import json
import math
import re
import time
from collections import defaultdict

TOKEN = re.compile(r"n't|'s|[a-z0-9]+(?:[-'][a-z0-9]+)*|[^\sa-z0-9]")
PUNCTUATION = {"''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"', "(", ")"}


def tokenize(caption):
    return " ".join(token for token in TOKEN.findall(caption.lower()) if token not in PUNCTUATION)


def ngrams(sentence):
    words, counts = sentence.split(), defaultdict(int)
    for k in range(1, 5):
        for i in range(len(words) - k + 1):
            counts[tuple(words[i:i + k])] += 1
    return len(words), counts


def bleu(results, references):
    guess, correct, length, reference_length = [0] * 4, [0] * 4, 0, 0
    for image, candidate in results.items():
        most, lengths = {}, []
        for reference in references[image]:
            size, counts = ngrams(reference)
            lengths.append(size)
            for ngram, count in counts.items():
                most[ngram] = max(most.get(ngram, 0), count)
        size, counts = ngrams(candidate)
        length += size
        reference_length += min((abs(one - size), one) for one in lengths)[1]
        for k in range(4):
            guess[k] += max(0, size - k)
        for ngram, count in counts.items():
            correct[len(ngram) - 1] += min(most.get(ngram, 0), count)
    ratio = (length + 1e-15) / (reference_length + 1e-9)
    product, scores = 1.0, []
    for k in range(4):
        product *= (correct[k] + 1e-15) / (guess[k] + 1e-9)
        scores.append(product ** (1 / (k + 1)) * (math.exp(1 - 1 / ratio) if ratio < 1 else 1))
    return scores


def subsequence(left, right):
    if len(left) < len(right):
        left, right = right, left
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for j in range(1, len(right) + 1):
        for i in range(1, len(left) + 1):
            lengths[i][j] = lengths[i - 1][j - 1] + 1 if left[i - 1] == right[j - 1] else max(lengths[i - 1][j], lengths[i][j - 1])
    return lengths[len(left)][len(right)]


def rouge(results, references, beta=1.2):
    scores = []
    for image, candidate in results.items():
        words, precision, recall = candidate.split(" "), [], []
        for reference in references[image]:
            other = reference.split(" ")
            common = subsequence(other, words)
            precision.append(common / len(words))
            recall.append(common / len(other))
        p, r = max(precision), max(recall)
        scores.append((1 + beta ** 2) * p * r / (r + beta ** 2 * p) if p and r else 0.0)
    return sum(scores) / len(scores)


def cider(results, references, sigma=6.0):
    candidates = {image: ngrams(candidate)[1] for image, candidate in results.items()}
    others = {image: [ngrams(reference)[1] for reference in references[image]] for image in results}
    holders = defaultdict(float)
    for counts in others.values():
        for ngram in {ngram for one in counts for ngram in one}:
            holders[ngram] += 1
    images = math.log(len(others))

    def vector(counts):
        values, norms, length = [defaultdict(float) for _ in range(4)], [0.0] * 4, 0
        for ngram, count in counts.items():
            n = len(ngram) - 1
            values[n][ngram] = count * (images - math.log(max(1.0, holders[ngram])))
            norms[n] += values[n][ngram] ** 2
            length += count if n == 1 else 0
        return values, [math.sqrt(norm) for norm in norms], length

    scores = []
    for image, counts in candidates.items():
        values, norms, length = vector(counts)
        total = [0.0] * 4
        for reference in others[image]:
            theirs, their_norms, their_length = vector(reference)
            for n in range(4):
                product = sum(min(value, theirs[n][ngram]) * theirs[n][ngram] for ngram, value in values[n].items())
                if norms[n] and their_norms[n]:
                    product /= norms[n] * their_norms[n]
                total[n] += product * math.exp(-((length - their_length) ** 2) / (2 * sigma ** 2))
        scores.append(sum(total) / 4 / len(others[image]) * 10)
    return sum(scores) / len(scores)


parser = argparse.ArgumentParser()
parser.add_argument("results")
parser.add_argument("annotations")
options = parser.parse_args()
times, start = {}, time.process_time()


def part(name):
    global start
    now = time.process_time()
    times[name], start = round(now - start, 4), now


with open(options.results, encoding="utf-8") as file:
    results = {str(entry["image_id"]): entry["caption"] for entry in json.load(file)}
references = defaultdict(list)
with open(options.annotations, encoding="utf-8") as file:
    for entry in json.load(file)["annotations"]:
        references[str(entry["image_id"])].append(entry["caption"])
part("read")
results = {image: tokenize(caption) for image, caption in results.items()}
references = {image: [tokenize(caption) for caption in captions] for image, captions in references.items()}
part("tokenize")
scores = {f"BLEU-{k + 1}": score for k, score in enumerate(bleu(results, references))}
part("bleu")
scores["ROUGE-L"] = rouge(results, references)
part("rouge")
scores["CIDEr-D"] = cider(results, references)
part("cider")
print(json.dumps({"scores": scores, "processor_s": times}))
