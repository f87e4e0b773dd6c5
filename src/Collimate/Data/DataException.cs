namespace Collimate.Data;

/// <summary>Data that cannot be used as it is: the message names the file or sample, what was found, what was expected and how to mend it.</summary>
public sealed class DataException : CollimateException
{
    /// <param name="message">Where, what was found, what was expected, how to mend it.</param>
    /// <param name="inner">What failed below, where there is one.</param>
    public DataException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <param name="sample">The sample or place.</param>
    /// <param name="message">What was found, what was expected, how to mend it.</param>
    public DataException(string sample, string message)
        : base($"{sample}: {message}")
    {
    }
}
