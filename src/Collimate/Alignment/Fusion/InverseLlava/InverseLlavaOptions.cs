using Collimate.Recipes;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>How text and vision are brought together in a layer's projections.</summary>
public enum InverseLlavaVariant
{
    /// <summary>The paper's equations 3 to 5: text is projected into vision's space, stands beside vision, and both go through one matrix.</summary>
    Paper,

    /// <summary>What the authors' published program runs: an MLP brings vision into the decoder's space, for query, key and value each.</summary>
    Authors,

    /// <summary>An ablation of the paper: text in vision's space and vision are added instead of set side by side.</summary>
    Additive,

    /// <summary>An ablation of the paper: both are narrowed and weighed by a learnt gate.</summary>
    Gated,
}

/// <summary>Options of <see cref="InverseLlavaFusion"/>; what is left out is the variant's.</summary>
public sealed record InverseLlavaOptions : IValidatedOptions
{
    /// <summary>Which form: <c>paper</c>, <c>authors</c>, <c>additive</c> or <c>gated</c>.</summary>
    public InverseLlavaVariant Variant { get; init; }

    /// <summary>Numbers of the decoder's layers in which vision enters, from 0; negative ones count from the end.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [0];

    /// <summary>What the learnt factors on what is added begin at.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>Standard deviation of the fresh matrices that lead to query, key and value; 0.0001 (<c>paper</c>), 0 (<c>additive</c>), or the variant's own way.</summary>
    [RecipeRange(0)]
    public double? Deviation { get; init; }

    /// <summary>Whether patches pass an RMS norm first; true but for <c>authors</c>.</summary>
    public bool? VisionNorm { get; init; }

    /// <summary>Whether query, key and value share the projection of text into vision's space, as in the equations, rather than having one each, as in the program.</summary>
    public bool SharedText { get; init; } = true;

    /// <summary>Width inside: of the MLP (<c>authors</c>; the decoder's width where silent), of what is gated (<c>gated</c>; 128).</summary>
    [RecipeRange(1)]
    public int? Width { get; init; }

    /// <summary>Whether patches are normed.</summary>
    internal bool NormsVision => VisionNorm ?? Variant != InverseLlavaVariant.Authors;

    /// <summary>The deviation where it is a matter of choice.</summary>
    internal double LeadingDeviation => Deviation ?? (Variant == InverseLlavaVariant.Paper ? 1e-4 : 0);

    /// <summary>The layers' numbers counted from 0.</summary>
    /// <param name="layerCount">Layers of the decoder.</param>
    internal IEnumerable<int> NumbersIn(int layerCount) => Layers.Select(layer => layer < 0 ? layerCount + layer : layer);

    /// <summary>What is wrong with the layers for a decoder, or null.</summary>
    /// <param name="layerCount">Layers of the decoder.</param>
    internal string? FaultIn(int layerCount)
    {
        var numbers = NumbersIn(layerCount).ToArray();
        var outside = Array.FindIndex(numbers, layer => layer < 0 || layer >= layerCount);
        return outside >= 0 ? $"the decoder has layers 0 to {layerCount - 1}, found {Layers[outside]}; name one of them, or count from the end with -1 to -{layerCount}."
            : numbers.Distinct().Count() < numbers.Length ? $"a layer is named twice in [{string.Join(", ", Layers)}], of {layerCount} layers; name each once."
            : null;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Layers.Count == 0)
        {
            yield return (nameof(Layers), "names no layer; name at least one, such as [0], or choose fusion: none.");
        }

        if (!double.IsFinite(Alpha))
        {
            yield return (nameof(Alpha), $"must be a finite number, found {Alpha}.");
        }

        if (Alpha == 0 && LeadingDeviation == 0 && Variant is InverseLlavaVariant.Paper or InverseLlavaVariant.Additive)
        {
            yield return (nameof(Alpha), "is 0 and so is deviation: each would wait for the other for ever, and nothing would be learnt; begin with alpha: 1, or with a deviation above 0.");
        }

        if (Deviation is not null && Variant is InverseLlavaVariant.Authors or InverseLlavaVariant.Gated)
        {
            yield return (nameof(Deviation), $"has no meaning for the variant {SnakeCase.From($"{Variant}")}, which draws its matrices in a way of its own; leave it out.");
        }

        if (!SharedText && Variant != InverseLlavaVariant.Paper)
        {
            yield return (nameof(SharedText), "is a choice of the variant paper alone; leave it out.");
        }

        if (Width is not null && Variant is InverseLlavaVariant.Paper or InverseLlavaVariant.Additive)
        {
            yield return (nameof(Width), "has no meaning here: text is projected to the width of vision; leave it out, or choose the variant authors or gated.");
        }
    }
}
