using Collimate.Inspection;

namespace Collimate.Evaluation;

/// <summary>How well a model's visual tokens stand in line with words, measured on the gym, where the right word of every patch is known.</summary>
public sealed record AlignmentReport
{
    /// <summary>How many scenes were looked at.</summary>
    public required int Scenes { get; init; }

    /// <summary>Which part of the gym they are from.</summary>
    public required string Split { get; init; }

    /// <summary>How many words the tokens were compared with.</summary>
    public required int Words { get; init; }

    /// <summary>Patches that an object or symbol covers.</summary>
    public required AlignmentRanks Objects { get; init; }

    /// <summary>Patches that only ground covers, where the ground has a word.</summary>
    public required AlignmentRanks Ground { get; init; }

    /// <summary>Patches of objects that training never showed or named, on scenes of their own; no patches where that was not asked for.</summary>
    public AlignmentRanks Unseen { get; init; }

    /// <summary>The object patches by sort, category and colour.</summary>
    public IReadOnlyList<AlignmentGroup> Groups { get; init; } = [];

    /// <summary>How much of the list is ever recalled.</summary>
    public required WordUse Use { get; init; }

    /// <summary>How near the nearest words are.</summary>
    public required CosineHistogram Cosines { get; init; }

    /// <summary>The gap between visual tokens and the words of the list, before any layer.</summary>
    public required ModalityGap Embeddings { get; init; }

    /// <summary>The gap between the places of pictures and of text in the decoder: before the first layer, after each, the last one with the final norm. Empty where it was not asked for or no picture stands in the sequence.</summary>
    public IReadOnlyList<ModalityGap> Layers { get; init; } = [];
}

/// <summary>Object patches that have something in common.</summary>
/// <param name="Kind">What they have in common: sort, category or colour.</param>
/// <param name="Name">Which one, such as fruit.</param>
/// <param name="Ranks">How far down the list their true words stand.</param>
/// <param name="SameGroup">The share whose nearest word names something of the same group, right or not, 0 to 1.</param>
public sealed record AlignmentGroup(string Kind, string Name, AlignmentRanks Ranks, double SameGroup);

/// <summary>How often the cosine with the nearest word falls where: bins from -1 to 1.</summary>
/// <param name="Right">Object patches whose nearest word is right, by bin.</param>
/// <param name="Wrong">Object patches whose nearest word is wrong, by bin.</param>
/// <param name="Other">Ground, and patches whose truth is not known, by bin.</param>
public sealed record CosineHistogram(IReadOnlyList<long> Right, IReadOnlyList<long> Wrong, IReadOnlyList<long> Other)
{
    /// <summary>How many bins there are.</summary>
    public const int Bins = 80;

    /// <summary>Where a bin begins.</summary>
    /// <param name="bin">Its number, from 0.</param>
    public static double Start(int bin) => -1 + (2.0 * bin / Bins);

    /// <summary>The bin of a cosine; 1 itself belongs to the last.</summary>
    /// <param name="cosine">The cosine.</param>
    public static int BinOf(double cosine) => Math.Clamp((int)Math.Floor((cosine + 1) * Bins / 2), 0, Bins - 1);
}
