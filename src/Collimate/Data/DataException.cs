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
    /// <param name="fault">What kind of fault it is.</param>
    public DataException(string sample, string message, DataFault fault = DataFault.Other)
        : base($"{sample}: {message}")
    {
        SampleId = sample;
        Fault = fault;
    }

    /// <summary>The sample or place, where one was named.</summary>
    public string? SampleId { get; }

    /// <summary>What kind of fault it is.</summary>
    public DataFault Fault { get; }
}
