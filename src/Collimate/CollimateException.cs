namespace Collimate;

/// <summary>
/// The base of every failure that Collimate foresees: its message is written for the person at the keyboard (what, where, what was
/// expected, how to mend) and needs no stack trace beside it.
/// </summary>
public abstract class CollimateException : Exception
{
    /// <summary>Makes a failure with a message that stands on its own.</summary>
    /// <param name="message">What is wrong, where, what was expected and how to mend it.</param>
    /// <param name="inner">The failure that led to this one, if any.</param>
    protected CollimateException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>
    /// Whether something the user handed in is at fault (a recipe, a picture, data, a checkpoint): the command line then ends with
    /// exit code 2 instead of 1.
    /// </summary>
    public virtual bool IsBadInput => true;
}
