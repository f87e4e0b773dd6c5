namespace Collimate.Recipes;

/// <summary>A recipe that cannot be used; the message opens with the file and line (or the override) at fault.</summary>
public sealed class RecipeException : CollimateException
{
    /// <summary>Makes the failure for a place in a file.</summary>
    /// <param name="file">The recipe's path, or the override that set the value.</param>
    /// <param name="line">The line, counted from 1; 0 for the whole file or an override.</param>
    /// <param name="message">What is wrong there, what was expected and how to mend it.</param>
    /// <param name="inner">The failure that led to this one, if any.</param>
    public RecipeException(string file, int line, string message, Exception? inner = null)
        : this(new RecipeLocation(file, line, 0), message, inner)
    {
    }

    /// <summary>Makes the failure for a location that a node remembers.</summary>
    /// <param name="location">Where the fault was written.</param>
    /// <param name="message">What is wrong there, what was expected and how to mend it.</param>
    /// <param name="inner">The failure that led to this one, if any.</param>
    public RecipeException(RecipeLocation location, string message, Exception? inner = null)
        : base($"{location}: {message}", inner)
    {
        Location = location;
        Detail = message;
    }

    /// <summary>Where the fault was written.</summary>
    public RecipeLocation Location { get; }

    /// <summary>The recipe's path, or the override that set the value.</summary>
    public string File => Location.Source;

    /// <summary>The line, counted from 1; 0 for the whole file or an override.</summary>
    public int Line => Location.Line;

    /// <summary>The message without its location.</summary>
    public string Detail { get; }
}
