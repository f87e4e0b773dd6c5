namespace Collimate.Torch.Fused;

/// <summary>How <see cref="Sinkhorn"/> iterates and is differentiated.</summary>
public sealed record SinkhornOptions
{
    /// <summary>As the code of the Gumbel permutation Sinkformer has it: see <see cref="SinkhornForm.Paper"/>.</summary>
    public static SinkhornOptions Paper { get; } = new() { Form = SinkhornForm.Paper, Tolerance = 1e-6, CheckEvery = 1 };

    /// <summary>How many times rows and then columns are scaled, at most.</summary>
    public int Iterations { get; init; } = 50;

    /// <summary>
    /// Ends early when scaling the rows once more moved no row's potential (the logarithm of its scale) by more than this; 0: never. In the paper's form: when no
    /// element of the batch moved by more than this.
    /// </summary>
    public double Tolerance { get; init; }

    /// <summary>Looks at <see cref="Tolerance"/> once in so many iterations: on a GPU each look waits for the device.</summary>
    public int CheckEvery { get; init; } = 10;

    /// <summary>Which gradient the backward pass gives. The paper's form has the unrolled one alone.</summary>
    public SinkhornBackward Backward { get; init; } = SinkhornBackward.Unrolled;

    /// <summary>How the matrix is computed.</summary>
    public SinkhornForm Form { get; init; } = SinkhornForm.LogDomain;

    internal void Validate()
    {
        Require(Iterations >= 1, nameof(Iterations), Iterations, "a whole number from 1 on");
        Require(double.IsFinite(Tolerance) && Tolerance >= 0, nameof(Tolerance), Tolerance, "0 (never early) or a small number above it");
        Require(CheckEvery >= 1, nameof(CheckEvery), CheckEvery, "a whole number from 1 on");
        Require(Form != SinkhornForm.Paper || Backward == SinkhornBackward.Unrolled, nameof(Backward), Backward, "Unrolled, the only one of the paper's form");
    }

    private static void Require(bool holds, string name, object found, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"SinkhornOptions.{name} is {found}; expected is {expected}.");
        }
    }
}
