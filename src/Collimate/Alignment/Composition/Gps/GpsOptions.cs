using Collimate.Models.Permutation;
using Collimate.Recipes;
using Collimate.Torch.Fused;

namespace Collimate.Alignment.Composition.Gps;

/// <summary>Which reading of GPS; each is a set of defaults that a recipe's own lines go before.</summary>
public enum GpsVariant
{
    /// <summary>Two blocks, a hard order in training and answering, words kept in their order: pictures alone are placed, and no token is ever lost.</summary>
    Ours,

    /// <summary>The paper's text: four blocks, the temperature from 2 to 0.1, mixtures for half a stage and the largest element of each row after it.</summary>
    Paper,

    /// <summary>The authors' program: four blocks, mixtures at temperature 1 in training and answering, never made hard.</summary>
    Authors,
}

/// <summary>What the decoder reads in the places that were put in order.</summary>
public enum GpsForward
{
    /// <summary>Mixtures of tokens, as the soft matrix says.</summary>
    Soft,

    /// <summary>One token each; gradients reach the matrix as if tokens had been mixed (straight-through).</summary>
    Hard,
}

/// <summary>Options of <see cref="GpsComposition"/>; what is left out is the variant's.</summary>
public sealed record GpsOptions : IValidatedOptions
{
    /// <summary>Which reading: <c>ours</c>, <c>paper</c> or <c>authors</c>.</summary>
    public GpsVariant Variant { get; init; } = GpsVariant.Ours;

    /// <summary>Blocks of the network.</summary>
    [RecipeRange(1, 64)]
    public int? Layers { get; init; }

    /// <summary>Width of a block's feed-forward part; 0 for none.</summary>
    [RecipeRange(0)]
    public int? Hidden { get; init; }

    /// <summary>Width of queries and keys; the decoder's own where silent.</summary>
    [RecipeRange(1)]
    public int? ScoreWidth { get; init; }

    /// <summary>What is added to the score of a token for the place where it stands before it is moved.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>The chance of attention weights and outputs of the network to be left out while training.</summary>
    [RecipeRange(0, 0.99)]
    public double Dropout { get; init; } = 0.1;

    /// <summary>How many times Sinkhorn scales rows and columns.</summary>
    [RecipeRange(1, 100_000)]
    public int? Iterations { get; init; }

    /// <summary>The temperature at a stage's beginning and at its end, which answering has too.</summary>
    public GpsTemperature? Temperature { get; init; }

    /// <summary>The factor on the Gumbel noise; there is none outside of training.</summary>
    [RecipeRange(0)]
    public double Noise { get; init; } = 1;

    /// <summary>How the matrix becomes an order: <c>assignment</c>, <c>auction</c> or <c>argmax</c>.</summary>
    public HardeningMode? Hardening { get; init; }

    /// <summary>What the decoder reads: <c>soft</c> or <c>hard</c>.</summary>
    public GpsForward? Forward { get; init; }

    /// <summary>With <c>forward: hard</c>, the part of a stage that is trained on mixtures before.</summary>
    [RecipeRange(0, 1)]
    public double? HardAfter { get; init; }

    /// <summary>Whether words keep their order, and only pictures' tokens are placed among them.</summary>
    public bool? KeepText { get; init; }

    internal bool KeepsText => KeepText ?? Variant == GpsVariant.Ours;

    internal HardeningMode HardensBy => Hardening ?? (Variant == GpsVariant.Paper ? HardeningMode.Argmax : HardeningMode.Assignment);

    internal TemperatureSchedule Course => Temperature is { } own ? new(own.Start, own.End) : Variant == GpsVariant.Authors ? new(1, 1) : new(2, 0.1);

    internal SinkhornOptions Sinkhorn => (Variant == GpsVariant.Authors ? SinkhornOptions.Paper : new SinkhornOptions()) with { Iterations = Iterations ?? (Variant == GpsVariant.Ours ? 20 : 50) };

    private GpsForward Reads => Forward ?? (Variant == GpsVariant.Authors ? GpsForward.Soft : GpsForward.Hard);

    private double MixesUntil => HardAfter ?? (Variant == GpsVariant.Paper ? 0.5 : 0);

    /// <summary>The network's shape.</summary>
    /// <param name="width">The decoder's width.</param>
    internal GpsConfig Network(int width) => new()
    {
        Width = width, Layers = Layers ?? (Variant == GpsVariant.Ours ? 2 : 4), Hidden = Hidden ?? (Variant == GpsVariant.Ours ? 2 * width : 8192),
        ScoreWidth = ScoreWidth, Alpha = Alpha, Dropout = Dropout,
    };

    /// <summary>Whether the decoder reads single tokens.</summary>
    /// <param name="progress">How far the stage has come.</param>
    internal bool IsHard(double progress) => Reads == GpsForward.Hard && progress >= MixesUntil;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Course.Fault is { } fault)
        {
            yield return (nameof(Temperature), $"{fault}.");
        }

        if (!double.IsFinite(Alpha))
        {
            yield return (nameof(Alpha), $"expected a finite number, found {Alpha}.");
        }

        if (HardAfter is not null && Reads == GpsForward.Soft)
        {
            yield return (nameof(HardAfter), "has no meaning with forward: soft, which never becomes hard; leave one of the two out.");
        }

        if (KeepsText && (Reads == GpsForward.Soft || MixesUntil > 0))
        {
            yield return (nameof(KeepText), "cannot be true where the decoder reads mixtures, which have no order of words to keep; say keep_text: false, or forward: hard with hard_after: 0.");
        }

        if (KeepsText && HardensBy == HardeningMode.Argmax)
        {
            yield return (nameof(Hardening), "argmax may give two places the same token, and words could not keep their order; take assignment or auction, or say keep_text: false.");
        }
    }
}

/// <summary>A temperature's course along half a cosine.</summary>
public sealed record GpsTemperature
{
    /// <summary>At a stage's beginning.</summary>
    [RecipeRange(1e-6, 1e6)]
    public double Start { get; init; } = 2;

    /// <summary>At its end, and when answering.</summary>
    [RecipeRange(1e-6, 1e6)]
    public double End { get; init; } = 0.1;
}
