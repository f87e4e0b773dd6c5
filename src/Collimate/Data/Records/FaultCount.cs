namespace Collimate.Data.Records;

/// <summary>Gathers the faults of a file's records while it is opened, so that a message can name the first and tell how many there are.</summary>
/// <param name="lenient">Whether faults are left for the moment when the sample is drawn.</param>
internal sealed class FaultCount(bool lenient)
{
    private DataException? first;
    private int faults;

    /// <summary>Looks at a record.</summary>
    /// <param name="read">Reads it, and fails where it cannot be used.</param>
    /// <returns>What was read; null where it cannot be used.</returns>
    internal T? Watch<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (DataException fault) when (fault.Fault != DataFault.Source)
        {
            first ??= fault;
            faults++;
            return null;
        }
    }

    /// <summary>Fails where there was a fault.</summary>
    /// <param name="records">How many records there are.</param>
    /// <param name="what">What they are called.</param>
    internal void Judge(int records, string what = "records")
    {
        if (lenient || first is null)
        {
            return;
        }

        var where = first.SampleId!;
        throw faults == 1
            ? first
            : new DataException(where, $"{first.Message[(where.Length + 2)..]}. It is the first of {faults} {what} that cannot be used, of {records}", first.Fault);
    }
}
