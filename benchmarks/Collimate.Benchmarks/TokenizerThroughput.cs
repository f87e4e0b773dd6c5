using System.Text;
using Collimate.Tokenization;

namespace Collimate.Benchmarks;

/// <summary>Megabytes of UTF-8 that tokenizers of every kind take in a second of one core.</summary>
internal static class TokenizerThroughput
{
    private const int Megabyte = 1_000_000;

    private static readonly string[] Folders = ["src", "tests", "docs", "benchmarks"];

    private static readonly (string Name, string Kind)[] Tokenizers =
    [
        ("qwen2.5", "byte-level BPE"), ("clip", "BPE with word ends, lower case"), ("llama2", "BPE with byte fallback"), ("t5-small", "Unigram"), ("bert-base-uncased", "WordPiece"),
    ];

    internal static int Run(Options options)
    {
        var folder = options.Text("folder", Path.Combine(Surroundings.Repository, "..", "shared", "golden", "tokenizers"));
        var rounds = options.Number("rounds", 5);
        var texts = Corpus();
        var size = texts.Sum(Encoding.UTF8.GetByteCount) / (double)Megabyte;
        var word = new string([.. Enumerable.Range(0, Megabyte).Select(k => (char)('a' + (k * 7 % 26)))]);
        var page = new ResultFile("Throughput of tokenizers");
        page.Add($"Text: the repository's own C# and Markdown files, {size:0.0} MB, file by file; median of {rounds} rounds after one to warm up; ids only, one thread, seconds of processor time.");
        page.Add("First: the round in which no word had been seen. Offsets: with the place of every token. No blank: one line of 1 MB without a space.");
        page.Add("");
        page.Add("| tokenizer | kind | MB/s | first, MB/s | with offsets, MB/s | decoding, million tokens/s | no blank, s |");
        page.Add("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (name, kind) in Tokenizers)
        {
            var path = Path.Combine(folder, name, "tokenizer.json");
            if (!File.Exists(path))
            {
                throw new ArgumentException($"{path} is absent; --folder takes a folder with {string.Join(", ", Tokenizers.Select(t => t.Name))}, each with its tokenizer.json");
            }

            var tokenizer = Tokenizer.Load(path);
            var first = Seconds(() => Encode(tokenizer, texts));
            var ids = Median(rounds, () => Encode(tokenizer, texts));
            var offsets = Median(rounds, () => EncodeWithOffsets(tokenizer, texts));
            var encoded = texts.Select(tokenizer.Encode).ToArray();
            var decoding = Median(rounds, () => Array.ForEach(encoded, e => tokenizer.Decode(e)));
            var million = encoded.Sum(e => e.Length) / 1e6;
            page.Add($"| {name} | {kind} | {size / ids:0.0} | {size / first:0.0} | {size / offsets:0.0} | {million / decoding:0.0} | {Seconds(() => tokenizer.Encode(word)):0.00} |");
        }

        page.Write(
            options.Text("out"), "tokenizers", $"Collimate.Benchmarks tokenizers --rounds {rounds}",
            "known words cost a look-up; what is left is cutting words, and for the pipeline's kinds one small object a word. There is no Python package of tokenizers on this machine to compare with.");
        return 0;
    }

    private static string[] Corpus() =>
    [
        .. Folders.Select(part => Path.Combine(Surroundings.Repository, part)).Where(Directory.Exists)
            .SelectMany(part => Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".md").Order(StringComparer.Ordinal).Select(File.ReadAllText),
    ];

    private static void Encode(ITokenizer tokenizer, string[] texts) => Array.ForEach(texts, text => tokenizer.Encode(text));

    private static void EncodeWithOffsets(ITokenizer tokenizer, string[] texts) => Array.ForEach(texts, text => tokenizer.EncodeWithOffsets(text));

    private static double Median(int rounds, Action run) => Enumerable.Range(0, rounds).Select(_ => Seconds(run)).Order().ElementAt(rounds / 2);

    // Time of the processor, so that what else runs on the machine takes less from the figure. One thread works, and the collector beside it.
    private static double Seconds(Action run)
    {
        var start = Environment.CpuUsage.TotalTime;
        run();
        return (Environment.CpuUsage.TotalTime - start).TotalSeconds;
    }
}
