namespace Collimate.Server.Inference;

/// <summary>How much one model's engine does at once, and how much it keeps.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute, each with answers of its own.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>Answers that one worker writes side by side.</summary>
    /// <remarks>Up to <see cref="Models.Language.CausalLanguageModel.MostRowsTogether"/> on the CPU, where an answer is, to the last bit, what it would be alone.</remarks>
    public int Slots { get; init; } = Models.Language.CausalLanguageModel.MostRowsTogether;

    /// <summary>Requests that may wait for a slot; what comes beyond them is refused.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>Bytes of prompts' keys and values that are kept; 0 keeps none.</summary>
    public long PrefixBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of what the eye said of pictures that are kept; 0 keeps none.</summary>
    public long FeatureBytes { get; init; } = 128L << 20;

    /// <summary>Bytes of prepared pictures that are kept; 0 keeps none.</summary>
    public long PixelBytes { get; init; } = 64L << 20;

    /// <summary>Positions of a prompt that are run, kept and found again together.</summary>
    public int PrefixBlock { get; init; } = 64;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value lies outside; the message names it.</exception>
    public void Validate()
    {
        Require(Workers is >= 1 and <= 64, nameof(Workers), Workers, "1 to 64");
        Require(Slots is >= 1 and <= Models.Language.CausalLanguageModel.MostRowsTogether, nameof(Slots), Slots, $"1 to {Models.Language.CausalLanguageModel.MostRowsTogether}");
        Require(Queue is >= 1 and <= 100_000, nameof(Queue), Queue, "1 to 100000");
        Require(PrefixBytes >= 0, nameof(PrefixBytes), PrefixBytes, "0 or more");
        Require(FeatureBytes >= 0, nameof(FeatureBytes), FeatureBytes, "0 or more");
        Require(PixelBytes >= 0, nameof(PixelBytes), PixelBytes, "0 or more");
        Require(PrefixBlock is >= 16 and <= 4096 && PrefixBlock % 16 == 0, nameof(PrefixBlock), PrefixBlock, "a multiple of 16 up to 4096");
    }

    private static void Require(bool fits, string name, object value, string expected)
    {
        if (!fits)
        {
            throw new ArgumentException($"{name} is {value}; expected {expected}", name);
        }
    }
}
