using System.Globalization;
using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Fusion.CrossAttention;
using Collimate.Alignment.Fusion.InverseLlava;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Benchmarks;

/// <summary>What vision inside the decoder's layers costs beside vision as tokens: a training step, its memory, and a token of an answer, at equal sizes.</summary>
internal static class FusionForms
{
    private const int Rows = 6;
    private const int Words = 48;
    private const int Answer = 16;

    private static readonly string[] Forms = ["LLaVA (connector, concat)", "Inverse-LLaVA, paper", "Inverse-LLaVA, authors", "cross-attention, every layer"];

    public static void Run(Options options, ResultFile page)
    {
        var (rounds, steps, tokens) = (options.Number("rounds", 5), options.Number("steps", 4), options.Number("tokens", 60));
        foreach (var (name, size) in ((string, GymModel)[])[("the gym's", GymModel.Full), ("a larger", new GymModel(VisionWidth: 384, VisionLayers: 2, Width: 512, Layers: 8, Inner: 1376))])
        {
            page.Add($"## {char.ToUpperInvariant(name[0])}{name[1..]} decoder: width {size.Width}, {size.Layers} layers, patches of width {size.VisionWidth}");
            page.Add("");
            page.Add($"A step: {Rows} rows of {GymModel.Patches} patches and {Words} words, decoder and connector or fusion learn, {options.Text("dtype", "fp32")}, {steps} steps a round. A token: one row with a picture, {tokens} tokens on the cache, fp32. " +
                     $"Processor time, one thread, medians of {rounds} rounds in turns; ratios are medians of each round's. Memory: the most that tensors of a step take beside weights and gradients.");
            page.Add("");
            page.Add("| form | learns (thousands) | step (ms) | / LLaVA | memory of a step (MB) | token (ms) | / LLaVA |");
            page.Add("|---|---|---|---|---|---|---|");
            Compare(page, size, options.Precision, rounds, steps, tokens);
            page.Add("");
        }
    }

    private static void Compare(ResultFile page, GymModel size, ScalarType? precision, int rounds, int steps, int tokens)
    {
        var models = Enumerable.Range(0, Forms.Length).Select(form => Create(size, form)).ToArray();
        var (step, token) = (models.Select(_ => new List<double>()).ToArray(), models.Select(_ => new List<double>()).ToArray());
        var memory = new double[models.Length];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (form, model) in models.Index())
            {
                var (time, most) = Train(model, precision, steps);
                step[form].Add(time);
                memory[form] = most / 1e6;
                token[form].Add(Decode(model, tokens));
            }
        }

        foreach (var (form, model) in models.Index())
        {
            var learns = model.Parameters().Where(p => p.RequiresGrad).Sum(p => p.ElementCount) / 1e3;
            double Ratio(List<double>[] all) => Peer.Median(all[form].Zip(all[0], (mine, plain) => mine / plain));
            page.Add(string.Create(CultureInfo.InvariantCulture, $"| {Forms[form]} | {learns:F0} | {Peer.Median(step[form]):F1} | {Ratio(step):F3} | {memory[form]:F1} | {Peer.Median(token[form]):F3} | {Ratio(token):F3} |"));
            model.Dispose();
        }
    }

    private static VisionLanguageModel Create(GymModel size, int form)
    {
        var plain = size.Create();
        using var generator = new Generator(2);
        var (config, zeros) = (plain.Language.Config, new ZerosConnector(plain.Language.Config.HiddenSize));
        (IConnector Connector, IComposition Composition, IFusion Fusion) = form switch
        {
            1 => (zeros, new ConcatComposition(), new InverseLlavaFusion(new(), config, size.VisionWidth, generator)),
            2 => (zeros, new ConcatComposition(), new InverseLlavaFusion(new() { Variant = InverseLlavaVariant.Authors }, config, size.VisionWidth, generator)),
            3 => (plain.Connector, new TextOnlyComposition(), new CrossAttentionFusion(new() { Heads = size.Width / 32, HeadSize = 32 }, config, generator)),
            _ => ((IConnector, IComposition, IFusion))(plain.Connector, new ConcatComposition(), new NoFusion()),
        };
        return new VisionLanguageModel(new NoConditioning(), plain.Vision, Connector, plain.Language, Composition, new CausalAttention(), Fusion, plain.PadTokenId);
    }

    private static (double Milliseconds, long Most) Train(VisionLanguageModel model, ScalarType? precision, int steps)
    {
        using var outer = new TensorScope();
        var groups = GymModel.Groups(model);
        using var optimizer = new AdamW(groups);
        using var batch = new Batch([.. Enumerable.Repeat(Layout(withAnswer: true), Rows)], Tensor.RandomUniform([Rows, 3, GymModel.ImageSize, GymModel.ImageSize]));
        using var count = MemoryCount.Begin();
        var objective = new LanguageObjective();
        var (begin, held, most) = (TimeSpan.Zero, 0L, 0L);
        for (var step = -2; step < steps; step++)
        {
            if (step == 0)
            {
                begin = Environment.CpuUsage.TotalTime;
            }

            held = count.SetMarkBack();
            using (var scope = new TensorScope())
            {
                Tensor loss;
                using (Autocast.EnableIf(precision))
                {
                    loss = objective.Loss(model.Forward(batch, null, new PassContext { Training = true }), new BatchShare(batch.AnswerTokens, Rows, new StepClock(0, 1)));
                }

                loss.Backward();
            }

            most = count.Most - held;
            optimizer.Step();
            optimizer.ZeroGradients();
        }

        return ((Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / steps, most - groups[0].Parameters.Sum(p => p.ElementCount * p.Type.Size()));
    }

    private static double Decode(VisionLanguageModel model, int tokens)
    {
        using var outer = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var session = new VisionLanguageSession(model, new Batch([Layout(withAnswer: false)], Tensor.RandomUniform([1, 3, GymModel.ImageSize, GymModel.ImageSize])));
        session.Prefill();
        var begin = TimeSpan.Zero;
        for (var k = -8; k < tokens; k++)
        {
            using var scope = new TensorScope();
            if (k == 0)
            {
                begin = Environment.CpuUsage.TotalTime;
            }

            session.Step([7]);
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / tokens;
    }

    private static TokenLayout Layout(bool withAnswer)
    {
        TokenKind[] kinds = [TokenKind.Image, .. Enumerable.Range(0, Words).Select(word => withAnswer && word >= Words - Answer ? TokenKind.Answer : TokenKind.Prompt)];
        int[] ids = [0, .. Enumerable.Range(0, Words).Select(word => 5 + (word * 7 % 900))];
        return new TokenLayout(ids, kinds, new int[kinds.Length], [0, .. Enumerable.Repeat(-1, Words)], new int[kinds.Length], new (int, int)[kinds.Length], "");
    }
}
