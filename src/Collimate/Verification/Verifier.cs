using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>Runs a checkpoint on recorded inputs and compares everything that was recorded with what comes out.</summary>
public static class Verifier
{
    /// <summary>Every <c>model_type</c> that can be verified.</summary>
    public static IReadOnlyCollection<string> ModelTypes => Replays.ModelTypes;

    /// <summary>Verifies a folder.</summary>
    /// <param name="folder">A checkpoint with a <see cref="Recording"/> beside it.</param>
    /// <param name="options">How strictly.</param>
    /// <param name="onLoaded">Called when the model is loaded, with the number of comparisons to come.</param>
    /// <param name="onComparison">Called for each comparison as it is made.</param>
    /// <param name="cancellation">Looked at between comparisons.</param>
    /// <exception cref="RecordingException">The recording is incomplete, does not fit the model, or the family is not supported.</exception>
    /// <exception cref="Torch.Serialization.CheckpointException">The checkpoint is absent, damaged or does not fit its configuration.</exception>
    public static VerificationReport Verify(
        string folder, VerificationOptions? options = null, Action<int>? onLoaded = null, Action<ValueComparison>? onComparison = null, CancellationToken cancellation = default)
    {
        options ??= new VerificationOptions();
        options.Validate();
        using var scope = new TensorScope();
        using var recording = Recording.Open(folder);
        using var lenient = options.Strict ? null : LenientLoading.Begin();
        var (type, replay) = Replays.Load(recording);
        using (replay)
        {
            var run = new Replayed(recording, new ToleranceRules(options.Tolerance), onComparison, cancellation);
            onLoaded?.Invoke(run.Remaining);
            try
            {
                replay.Run(run);
            }
            catch (Exception failure) when (failure is ArgumentException or TorchException or ArithmeticException or InvalidOperationException)
            {
                throw new RecordingException($"{folder}: the recorded inputs cannot be run through this model: {failure.Message}", failure);
            }

            return new VerificationReport(folder, type, run.Finish(), [.. (lenient?.Ignored ?? []).Select(Described)]);
        }
    }

    private static string Described(StateDictDifference difference) => difference.Kind switch
    {
        StateDictDifferenceKind.Missing => $"{difference.Name} is missing; the model has {difference.Expected} and keeps its freshly drawn values",
        StateDictDifferenceKind.Unexpected => $"{difference.Name} {difference.Found} has no place in the model",
        _ => $"{difference.Name} is {difference.Found}; the model has {difference.Expected} and keeps its freshly drawn values",
    };
}
