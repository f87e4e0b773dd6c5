using Collimate.Alignment;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Data.Conversations;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>TokenMixer's order at the published sizes: as a composition, token by token, and beside the decoder that it orders for.</summary>
internal static class TokenOrder
{
    private const int Rows = 8;
    private const int Image = 576;
    private const int Words = 50;
    private const int Width = 2048;
    private const int Layers = 22; // TinyLlama-1.1B
    private const double Threshold = 0.02;

    public static void Run(Options options, ResultFile page)
    {
        var rounds = options.Number("rounds", 5);
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var batch = new Batch([.. Enumerable.Repeat(Layout(), Rows)], Tensor.Zeros([Rows, 3, 2, 2]));
        var visual = Tensor.RandomNormal([Rows, Image, Width], generator);
        var text = Tensor.RandomNormal([Rows, Words + 2, Width], generator);
        var mixer = new TokenMixerComposition(new() { Threshold = Threshold });
        var pass = PassContext.Answering;
        var (ours, loop, pairs, layer) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        int[][] ordered = [], looped = [];
        int[] paired = [];
        using var decoder = Decoder(generator);
        var input = LanguageInput.Causal(Tensor.RandomNormal([Rows, Image + Words + 2, Width], generator));
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Milliseconds(10, () => ordered = mixer.Arrange(visual, text, batch, pass).Sources));
            loop.Add(Milliseconds(1, () => looped = [.. Enumerable.Range(0, Rows).Select(row => TokenByToken(visual.Select(0, row), text.Select(0, row).Narrow(0, 1, Words)))]));
            pairs.Add(Rows * Milliseconds(1, () => paired = PairByPair(visual.Select(0, 0), text.Select(0, 0).Narrow(0, 1, Words))));
        }

        for (var round = 0; round < Math.Min(3, rounds); round++)
        {
            layer.Add(Milliseconds(1, () => decoder.Run(input)));
        }

        var agrees = ordered.Zip(looped).Count(pair => pair.First.Where(source => source < Image).SequenceEqual(pair.Second)) + (looped[0].SequenceEqual(paired) ? 1 : 0);
        var (fast, slow, slowest, forward) = (Peer.Median(ours), Peer.Median(loop), Peer.Median(pairs), Peer.Median(layer) * Layers);
        page.Add($"{Rows} rows of {Image} image and {Words} text tokens of width {Width}, fp32, 1 thread; milliseconds of processor time, medians of {rounds} (the decoder's: of {layer.Count}).");
        page.Add("");
        page.Add("| what | ms |");
        page.Add("|---|---|");
        page.Add($"| the order, whole batch: one matrix product, one counting sort a row | {fast:F1} |");
        page.Add($"| pair by pair, as Algorithm 1 has it: for each image token, for each word, their cosine (one row, times {Rows}) | {slowest:F0} |");
        page.Add($"| half vectorised: for each image token its cosines with all words at once | {slow:F1} |");
        page.Add($"| a forward pass of TinyLlama-1.1B's layers on that batch: one measured layer, times {Layers} | {forward:F0} |");
        page.Add("");
        page.Add($"Pair by pair / order: **{slowest / fast:F0}**. Half vectorised / order: {slow / fast:F1}. Order / decoder's forward: **{fast / forward:P2}**. Rows placed alike by the loops: {agrees} of {Rows + 1}.");
    }

    // Algorithm 1 of the paper as it is printed: two loops and a cosine within.
    private static int[] PairByPair(Tensor visual, Tensor words)
    {
        using var off = GradMode.Disable();
        var buckets = Enumerable.Range(0, Words).Select(_ => new List<int>()).ToArray();
        var unmatched = new List<int>();
        for (var token = 0; token < Image; token++)
        {
            var (best, nearest) = (double.NegativeInfinity, 0);
            for (var word = 0; word < Words; word++)
            {
                using var scope = new TensorScope();
                var (patch, other) = (visual.Select(0, token), words.Select(0, word)); // [width]
                var cosine = ((patch * other).Sum() / (patch.Norm() * other.Norm())).Item();
                (best, nearest) = cosine > best ? (cosine, word) : (best, nearest);
            }

            (best >= Threshold ? buckets[nearest] : unmatched).Add(token);
        }

        return [.. unmatched, .. buckets.SelectMany(bucket => bucket)];
    }

    // Between the two: one image token after the other, the words' lengths computed once a row.
    private static int[] TokenByToken(Tensor visual, Tensor words)
    {
        using var off = GradMode.Disable();
        var lengths = words.Norm(-1);                                                // [words]
        var buckets = Enumerable.Range(0, Words).Select(_ => new List<int>()).ToArray();
        var unmatched = new List<int>();
        for (var token = 0; token < Image; token++)
        {
            using var scope = new TensorScope();
            var patch = visual.Select(0, token);                                     // [width]
            var cosines = (words * patch).Sum(-1) / (lengths * patch.Norm());         // [words]
            var (best, word) = cosines.Max(0);
            (best.Item() >= Threshold ? buckets[(int)word.ItemInt64()] : unmatched).Add(token);
        }

        return [.. unmatched, .. buckets.SelectMany(bucket => bucket)];
    }

    private static CausalLanguageModel Decoder(Generator generator) => new(
        new LanguageConfig
        {
            VocabularySize = 32, HiddenSize = Width, LayerCount = 1, HeadCount = 32, KeyValueHeadCount = 4, HeadSize = 64, IntermediateSize = 5632, MaxPositions = 2048,
            ProjectionBias = false, TieEmbeddings = true, EosTokenIds = [2],
        }, generator);

    private static TokenLayout Layout()
    {
        TokenKind[] kinds = [TokenKind.Image, .. Enumerable.Repeat(TokenKind.Prompt, Words), TokenKind.Answer];
        return new TokenLayout(new int[kinds.Length], kinds, new int[kinds.Length], [0, .. Enumerable.Repeat(-1, Words + 1)], new int[kinds.Length], new (int, int)[kinds.Length], "");
    }

    private static double Milliseconds(int inner, Action action)
    {
        var begin = TimeSpan.Zero;
        for (var k = -1; k < inner; k++)
        {
            using var scope = new TensorScope();
            using var off = GradMode.Disable();
            if (k == 0)
            {
                begin = Environment.CpuUsage.TotalTime;
            }

            action();
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / inner;
    }
}
