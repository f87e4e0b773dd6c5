using Collimate.Data.Conversations;

namespace Collimate.Data;

/// <summary>Where training samples come from.</summary>
public interface ISampleSource
{
    /// <summary>How many samples one pass has; null where they never end.</summary>
    long? Count => null;

    /// <summary>The samples of a step. The same step always gives the same samples, whatever was drawn before.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <param name="count">How many samples.</param>
    IReadOnlyList<Sample> Draw(long step, int count);

    /// <summary>One sample by its place: the k-th sample of a step stands at step · count + k. Safe to ask from several threads.</summary>
    /// <param name="place">The place, from 0; from <see cref="Count"/> on it lies in a later pass.</param>
    /// <exception cref="DataException">This sample cannot be used.</exception>
    Sample At(long place) => Draw(place, 1)[0];
}
