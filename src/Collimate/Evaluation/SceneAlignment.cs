using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Inspection;
using Collimate.Models;
using Collimate.Recipes.Schema;
using Collimate.Semantics;
using Collimate.Torch;

namespace Collimate.Evaluation;

/// <summary>What is measured of a model's alignment, and on how much.</summary>
public sealed record SceneAlignmentOptions
{
    /// <summary>How many scenes.</summary>
    public int Scenes { get; init; } = 100;

    /// <summary>Which scenes; the same seed shows the same.</summary>
    public ulong Seed { get; init; } = 2026;

    /// <summary>The words that tokens are compared with; the gym's own where null.</summary>
    public WordList? Words { get; init; }

    /// <summary>How many scenes are kept to look at.</summary>
    public int Shown { get; init; } = 4;

    /// <summary>How many words of a token are kept to look at.</summary>
    public int Top { get; init; } = 5;

    /// <summary>Whether the decoder runs as well, to measure the gap layer by layer.</summary>
    public bool MeasuresLayers { get; init; }
}

/// <summary>Measures on the gym which words a model's visual tokens mean, and how far apart pictures and text lie.</summary>
public static class SceneAlignment
{
    private const int WideModel = 1024;

    /// <summary>Measures a model on held-out compositions, and on scenes with unseen objects.</summary>
    /// <param name="built">The model.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="progress">Is told how many scenes are done.</param>
    /// <param name="cancellation">Ends the measuring early.</param>
    /// <returns>The figures, and some scenes to look at</returns>
    /// <exception cref="DataException">No word of the list names anything in the gym, or a word becomes no token.</exception>
    /// <exception cref="Torch.Serialization.CheckpointException">The model has no eye, or no connector.</exception>
    public static (AlignmentReport Report, IReadOnlyList<RecalledPicture> Pictures) Measure(
        BuiltModel built, SceneAlignmentOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Scenes);
        using var off = GradMode.Disable();
        var reader = new VisualReader(built);
        var words = CandidateWord.Of(options.Words ?? WordList.Scenes, built.Tokenizer);
        var truth = new SceneTruth(SceneSampleSource.World, words);
        if (!truth.NamesAnything)
        {
            throw new DataException("the word list", $"none of its {words.Count} words names anything in the gym, so there is no truth to compare with; add the gym's names or leave the list out");
        }

        var tally = new AlignmentTally(words, truth);
        var batchSize = built.Model.Language.Config.HiddenSize >= WideModel ? 1 : 16;
        var batches = (options.Scenes + batchSize - 1) / batchSize;
        var share = (ModalityGap.MostCompared + batches - 1) / batches;
        var layers = new LayerClouds(share, share);
        var (sampled, pictures) = (new List<float[]>(), new List<RecalledPicture>());
        foreach (var drawn in Draw(truth.World, SceneSplit.TestCompositions, options).Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var composed = reader.Compose([.. drawn.Select(reader.OfScene)]);
            var tokens = reader.Tokens(composed);                                               // [scenes, tokens, hidden]
            RecalledPicture[] seen = [.. RecalledWords.OfTokens(built, reader, tokens, words, drawn, truth, options.Top)];
            tally.Add(seen[0].Map);
            pictures.AddRange(seen.Take(options.Shown - pictures.Count));
            sampled.Add(ModalityGap.Spread(tokens.Reshape(-1, tokens.Size(2)), share).To(ScalarType.Float32).ToArray<float>());
            if (options.MeasuresLayers)
            {
                using var trace = new ForwardTrace();
                built.Model.Language.Run(composed.Input, hook: composed.Hook, trace: trace);
                layers.Add(trace, composed.Sequence.Positions);
            }

            progress?.Report(drawn.Length);
        }

        var unseen = Unseen(built, reader, words, truth, options, batchSize, cancellation);
        return (tally.Report(options.Scenes, SceneWorld.NameOf(SceneSplit.TestCompositions), unseen, Embeddings(built, words, sampled), layers.Measure()), pictures);
    }

    private static AlignmentRanks Unseen(
        BuiltModel built, VisualReader reader, IReadOnlyList<CandidateWord> words, SceneTruth truth, SceneAlignmentOptions options, int batchSize, CancellationToken cancellation)
    {
        var ranks = new AlignmentRanks();
        foreach (var drawn in reader.LiesOnPatches ? Draw(truth.World, SceneSplit.TestUnseen, options).Chunk(batchSize) : [])
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var tokens = reader.Tokens(reader.Compose([.. drawn.Select(reader.OfScene)]));
            var map = RecalledWords.OfTokens(built, reader, tokens, words, drawn, truth, top: 1).First().Map;
            ranks += map.RanksWhere(word => truth.ItemOfWord[word] is >= 0 and var item && truth.World.IsUnseen(item));
        }

        return ranks;
    }

    private static ModalityGap Embeddings(BuiltModel built, IReadOnlyList<CandidateWord> words, List<float[]> sampled)
    {
        using var scope = new TensorScope();
        var width = built.Model.Language.Config.HiddenSize;
        float[] visual = [.. sampled.SelectMany(rows => rows)];
        return ModalityGap.Measure(Tensor.From(visual, [visual.Length / width, width]), AlignmentMap.Directions(built.Model.Language.EmbeddingWeight, words).To(Device.Cpu));
    }

    private static IEnumerable<Scene> Draw(SceneWorld world, SceneSplit split, SceneAlignmentOptions options) =>
        Enumerable.Range(0, options.Scenes).Select(index => world.Draw(split, options.Seed, index));
}
