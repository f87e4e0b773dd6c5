namespace Collimate.Imaging;

/// <summary>A picture that cannot be read, is over a limit, or cannot be written. The message names the file, what was found, what was expected and how to mend it.</summary>
public sealed class ImageException : CollimateException
{
    /// <summary>Makes the error with its whole message.</summary>
    /// <param name="message">What, where, expected, how to mend.</param>
    /// <param name="inner">What caused it, if anything did.</param>
    public ImageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
