using Collimate.Models.Permutation;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.PermutationLearning;

/// <summary>What is to be learnt.</summary>
public enum PermutationTaskKind
{
    /// <summary>Fixed sets of Gaussian tokens, each with a random permutation of its own: the paper's experiment. Nothing in it can be right for unseen tokens.</summary>
    Random,

    /// <summary>Sorting tokens by a projection that nobody names, on sets drawn afresh for every step, judged on sets that were never trained on.</summary>
    Sort,
}

/// <summary>Which loss is minimised.</summary>
public enum PermutationLossKind
{
    /// <summary>The cross-entropy of the right tokens under the soft matrix.</summary>
    Soft,

    /// <summary>That of the authors' code, on the hard matrix once it is made hard.</summary>
    Published,
}

/// <summary>The settings of an experiment in learning permutations.</summary>
public sealed record PermutationSettings
{
    /// <summary>The most tokens that an experiment takes: their matrices alone are 400 MB a set.</summary>
    public const int MostTokens = 10_000;

    /// <summary>What is learnt.</summary>
    public PermutationTaskKind Task { get; init; }

    /// <summary>Tokens in a set.</summary>
    public int Tokens { get; init; } = 800;

    /// <summary>Sets in a step; with random permutations the same ones in every step.</summary>
    public int Sets { get; init; } = 4;

    /// <summary>The network's shape.</summary>
    public GpsConfig Network { get; init; } = new() { Width = 256, Hidden = 512, Layers = 2, Dropout = 0 };

    /// <summary>The temperature's course.</summary>
    public TemperatureSchedule Temperature { get; init; } = new(2, 0.1);

    /// <summary>The factor on the Gumbel noise while training.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>How Sinkhorn iterates.</summary>
    public SinkhornOptions Sinkhorn { get; init; } = new() { Iterations = 10 };

    /// <summary>Which loss.</summary>
    public PermutationLossKind Loss { get; init; } = PermutationLossKind.Soft;

    /// <summary>The part of the steps after which the published loss is taken of the hard matrix.</summary>
    public double HardAfter { get; init; } = 1;

    /// <summary>How the learnt matrix becomes a permutation.</summary>
    public HardeningMode Hardening { get; init; } = HardeningMode.Assignment;

    /// <summary>Optimizer steps.</summary>
    public long Steps { get; init; } = 40;

    /// <summary>AdamW's highest learning rate, which falls to nothing along half a cosine.</summary>
    public double LearningRate { get; init; } = 5e-3;

    /// <summary>AdamW's decay.</summary>
    public double WeightDecay { get; init; } = 1e-5;

    /// <summary>The largest norm of all gradients together.</summary>
    public double ClipNorm { get; init; } = 5;

    /// <summary>The type of matrix products in the blocks, or null for single precision throughout; the scores are in single precision always.</summary>
    public ScalarType? Precision { get; init; } = ScalarType.BFloat16;

    /// <summary>Tokens, permutations, weights and noise follow from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The experiment as the authors' code has it. Its network has 185 million parameters, of which the 38 million of the dead half are not made here.</summary>
    public static PermutationSettings Paper { get; } = new()
    {
        Network = new GpsConfig { Width = 2048, Hidden = 8192, Layers = 4 },
        Sinkhorn = SinkhornOptions.Paper,
        Loss = PermutationLossKind.Published,
        HardAfter = 0.5,
        Hardening = HardeningMode.Argmax,
        Steps = 1000,
        LearningRate = 1e-4,
        ClipNorm = 0.5,
        Precision = null,
    };

    /// <summary>The same end by smaller means: tokens of width 256, two blocks, warm steps.</summary>
    public static PermutationSettings Lean { get; } = new();

    /// <summary>Sorting by a hidden projection. Without noise: neighbours in the right order differ by little, and noise or a bonus for staying would hide it.</summary>
    public static PermutationSettings Sort { get; } = new()
    {
        Task = PermutationTaskKind.Sort, Tokens = 32, Sets = 16, Network = new GpsConfig { Width = 16, Hidden = 0, Layers = 1, Alpha = 0, Dropout = 0 }, Noise = 0,
        Temperature = new(1, 1), Sinkhorn = new() { Iterations = 30 }, Steps = 500, LearningRate = 0.1,
    };

    /// <summary>Refuses settings that make no experiment.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tokens, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Tokens, MostTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(Sets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        Network.Validate();
        RequirePositive(LearningRate, nameof(LearningRate));
        RequireFrom0(Noise, nameof(Noise));
        RequireFrom0(WeightDecay, nameof(WeightDecay));
        RequireFrom0(ClipNorm, nameof(ClipNorm));
        if (Temperature.Fault is { } fault)
        {
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, fault);
        }

        if (HardAfter is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(HardAfter), HardAfter, "a part of the steps lies between 0 and 1");
        }
    }

    private static void RequirePositive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "a number above 0 is needed");
        }
    }

    private static void RequireFrom0(double value, string name)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw new ArgumentOutOfRangeException(name, value, "a number of at least 0 is needed");
        }
    }
}
