using Collimate.Generation;
using Collimate.Models.Language;
using Collimate.Tests.Models;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Generation;

/// <summary>What the cache gives at every step is what one run over the whole text, without cache and without padding, gives at that place.</summary>
public sealed class CachedGenerationTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Generate_AnyConfigurationAndLeftPadding_EqualsTheUncachedRun() => Prop.ForAll<int>(seed =>
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var random = new Random(seed);
        using var model = TinyDecoder.Create((ulong)random.Next(), RandomConfig(random));
        int[][] prompts = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draw(random, random.Next(1, 8)))];
        // Rows end at different times, so that the cache loses rows on the way.
        Compare(model, prompts, _ => new GenerationOptions { MaxNewTokens = random.Next(1, 7), Temperature = 1, Seed = (ulong)seed });
    }).Check(Properties.Hold);

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama")]
    [InlineData("llama-rope-linear")]
    public void Generate_ReferenceModelLeftPadded_EqualsTheUncachedRun(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        var (ids, mask) = (golden.Input("input_ids_left"), golden.Input("attention_mask_left"));
        int[][] prompts = [.. Enumerable.Range(0, (int)ids.Size(0)).Select(row => ids.Select(0, row).ToArray<long>().Zip(mask.Select(0, row).ToArray<long>())
            .Where(pair => pair.Second != 0).Select(pair => (int)pair.First).ToArray())];
        Compare(model, prompts, row => new GenerationOptions { MaxNewTokens = 12 - row });
    }

    private static void Compare(CausalLanguageModel model, int[][] prompts, Func<int, GenerationOptions> options)
    {
        var width = prompts.Max(prompt => prompt.Length);
        long[] padded = [.. prompts.SelectMany(prompt => Enumerable.Repeat(0, width - prompt.Length).Concat(prompt).Select(id => (long)id))];
        int[] valid = [.. prompts.SelectMany(prompt => Enumerable.Range(0, width).Select(at => at >= width - prompt.Length ? 1 : 0))];
        var input = LanguageInput.Causal(model.Embed(Tensor.From(padded, [prompts.Length, width])), valid);
        using var session = new RecordingSession(new LanguageSession(model, input));
        var rows = new TextGenerator().Generate(session, [.. prompts.Select((prompt, row) => new GenerationRequest(prompt, options(row), (ulong)row))]);

        for (var row = 0; row < prompts.Length; row++)
        {
            long[] whole = [.. prompts[row].Concat(rows[row].Tokens).Select(id => (long)id)];
            var logits = model.Logits(model.Run(LanguageInput.Causal(model.Embed(Tensor.From(whole, [1, whole.Length])))));
            Assert.Equal(rows[row].Tokens.Count, session.Logits[row].Count);
            for (var step = 0; step < rows[row].Tokens.Count; step++)
            {
                Near.Assert(logits.Select(0, 0).Select(0, prompts[row].Length - 1 + step), session.Logits[row][step], Tolerance, $"row {row}, step {step}");
            }
        }
    }

    private static LanguageConfig RandomConfig(Random random)
    {
        var family = random.Next(2) == 0 ? LanguageFamily.Llama : LanguageFamily.Qwen2;
        var groups = random.Next(1, 4);
        return TinyDecoder.Config with
        {
            Family = family,
            HiddenSize = random.Next(4, 30),
            LayerCount = random.Next(1, 4),
            KeyValueHeadCount = groups,
            HeadCount = groups * random.Next(1, 4),
            HeadSize = 2 * random.Next(1, 6),
            IntermediateSize = random.Next(4, 30),
            RotaryTheta = Math.Pow(10, random.Next(2, 7)),
            RotaryScaling = family == LanguageFamily.Llama ? random.Next(1, 5) : 1,
            TieEmbeddings = random.Next(2) == 0,
            ProjectionBias = family == LanguageFamily.Qwen2 || random.Next(2) == 0,
            OutputBias = family == LanguageFamily.Llama && random.Next(2) == 0,
        };
    }

    private static int[] Draw(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(TinyDecoder.Config.VocabularySize))];

    /// <summary>Keeps what the model said to each row.</summary>
    private sealed class RecordingSession(LanguageSession inner) : IDecodingSession
    {
        private List<int> names = [.. Enumerable.Range(0, inner.Rows)];

        public Dictionary<int, List<Tensor>> Logits { get; } = Enumerable.Range(0, inner.Rows).ToDictionary(row => row, _ => new List<Tensor>());

        public int Rows => inner.Rows;

        public int Room => inner.Room;

        public Tensor Prefill() => Record(inner.Prefill());

        public Tensor Step(ReadOnlySpan<int> tokens) => Record(inner.Step(tokens));

        public void SelectRows(ReadOnlySpan<int> rows)
        {
            names = [.. rows.ToArray().Select(row => names[row])];
            inner.SelectRows(rows);
        }

        public void Dispose()
        {
            inner.Dispose();
            foreach (var tensor in Logits.Values.SelectMany(list => list))
            {
                tensor.Dispose();
            }
        }

        private Tensor Record(Tensor logits)
        {
            for (var row = 0; row < names.Count; row++)
            {
                Logits[names[row]].Add(logits.Select(0, row).Clone().Keep());
            }

            return logits;
        }
    }
}
