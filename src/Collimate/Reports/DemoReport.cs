using Collimate.Evaluation;

namespace Collimate.Reports;

/// <summary>Everything that the report of a demo run shows: plain numbers and pictures, filled in by whoever ran it. A part that is empty is left out of the page.</summary>
public sealed record DemoReport
{
    /// <summary>The page's heading.</summary>
    public required string Name { get; init; }

    /// <summary>When the run began.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>How long the training took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The machine in a line, such as "2 cores of an AMD EPYC 7B13, no GPU".</summary>
    public required string Hardware { get; init; }

    /// <summary>Libraries and their versions, such as ("libtorch", "1.13.0").</summary>
    public IReadOnlyList<(string Library, string Version)> Versions { get; init; } = [];

    /// <summary>The loss of each stage, in the order they ran.</summary>
    public IReadOnlyList<TrainingSeries> Training { get; init; } = [];

    /// <summary>Accuracy per question kind on each test split; the first gives the headline.</summary>
    public IReadOnlyList<SplitAccuracy> Accuracy { get; init; } = [];

    /// <summary>Pictures with questions.</summary>
    public IReadOnlyList<GalleryItem> Gallery { get; init; } = [];

    /// <summary>Pictures with the nearest word of every patch.</summary>
    public IReadOnlyList<AlignmentPicture> AlignmentMaps { get; init; } = [];

    /// <summary>The share of object patches whose nearest word is right, over all pictures measured; null where it was not.</summary>
    public double? AlignmentAccuracy { get; init; }

    /// <summary>The same before training.</summary>
    public double? AlignmentAccuracyBefore { get; init; }

    /// <summary>All that was measured of the alignment; null where it was not.</summary>
    public AlignmentReport? Alignment { get; init; }

    /// <summary>The effective recipe.</summary>
    public string RecipeYaml { get; init; } = "";

    /// <summary>Commands to go on with.</summary>
    public IReadOnlyList<string> NextCommands { get; init; } = [];
}
