namespace Collimate.Training;

/// <summary>A training cannot be begun or gone on with as asked.</summary>
public sealed class RunException : CollimateException
{
    /// <param name="message">What is in the way, and how to mend it.</param>
    /// <param name="inner">The failure that led to this one, if any.</param>
    public RunException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
