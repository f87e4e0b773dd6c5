namespace Collimate.Recipes;

/// <summary>A single word, number or text of a recipe, still as it was written.</summary>
public sealed class RecipeScalar : RecipeNode
{
    /// <summary>Makes a scalar.</summary>
    /// <param name="text">The text, without quotes.</param>
    /// <param name="isQuoted">Whether it was quoted (or a block of text), so that it can only be text.</param>
    /// <param name="location">Where it was written.</param>
    /// <param name="path">How it is reached from the recipe's root.</param>
    public RecipeScalar(string text, bool isQuoted, RecipeLocation location, string path = "")
        : base(location, path)
    {
        Text = text;
        IsQuoted = isQuoted;
    }

    /// <summary>The text, without quotes.</summary>
    public string Text { get; }

    /// <summary>Whether it was quoted (or a block of text), so that it can only be text, never a number or a truth value.</summary>
    public bool IsQuoted { get; }

    /// <summary>Whether nothing stands here: an empty value, <c>~</c> or <c>null</c>.</summary>
    public bool IsNull => !IsQuoted && (Text is "" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Description => IsNull ? "nothing" : $"'{Shorten(Text)}'";

    internal override long Weight => 1;

    internal override int Height => 1;

    internal override RecipeNode At(string path) => new RecipeScalar(Text, IsQuoted, Location, path);

    private static string Shorten(string text)
    {
        const int longest = 60;
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= longest ? line : $"{line[..longest]}...";
    }
}
