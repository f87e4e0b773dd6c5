using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests.Models.Language;

/// <summary>A decoder small enough to run in a millisecond, with weights large enough that every part of it matters.</summary>
internal static class TinyDecoder
{
    public static readonly LanguageConfig Config = new()
    {
        VocabularySize = 29,
        HiddenSize = 24,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 6,
        IntermediateSize = 20,
        MaxPositions = 64,
        ProjectionBias = true,
        TieEmbeddings = true,
        EosTokenIds = [2],
    };

    public static CausalLanguageModel Create(ulong seed = 1, LanguageConfig? config = null)
    {
        using var generator = new Generator(seed);
        var model = new CausalLanguageModel(config ?? Config, generator);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        foreach (var (name, value) in model.NamedParameters())
        {
            var centre = name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0;
            value.CopyFrom_((Tensor.RandomNormal(value.Shape, generator) * 0.2) + centre);
        }

        return model;
    }

    public static Tensor Ids(Random random, int batch, int length) =>
        Tensor.From<long>([.. Enumerable.Range(0, batch * length).Select(_ => (long)random.Next(Config.VocabularySize))], [batch, length]);
}
