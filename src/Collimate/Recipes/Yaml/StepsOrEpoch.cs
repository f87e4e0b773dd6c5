namespace Collimate.Recipes;

/// <summary>How often something happens: every so many steps, or once a pass over the data; a recipe says a whole number from 1, or <c>epoch</c>.</summary>
/// <param name="Steps">The steps; null for once a pass.</param>
public readonly record struct StepsOrEpoch(long? Steps)
{
    /// <summary>The word for once a pass over the data.</summary>
    public const string EpochWord = "epoch";

    /// <summary>Once a pass over the data.</summary>
    public static StepsOrEpoch Epoch => default;

    /// <summary>Every so many steps.</summary>
    public static implicit operator StepsOrEpoch(long steps) => new(steps);

    /// <summary>Whether it happens after a step.</summary>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="batchSize">Samples a step.</param>
    /// <param name="samples">Samples of a pass over the data; not asked for where steps are counted.</param>
    public bool IsDue(long step, int batchSize, long? samples) => Steps is { } every
        ? step % every == 0
        : step * batchSize / samples!.Value > (step - 1) * batchSize / samples.Value;

    /// <inheritdoc/>
    public override string ToString() => Steps is { } steps ? $"{steps}" : EpochWord;
}
