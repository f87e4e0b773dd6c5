namespace Collimate.Server.Looking;

/// <summary>The body of <c>POST /api/look</c>: a picture, what is asked about it, and perhaps what was answered.</summary>
internal sealed record LookRequest
{
    public string? Model { get; init; }

    /// <summary>The picture as a data: URL.</summary>
    public string? Image { get; init; }

    public string? Question { get; init; }

    /// <summary>The answer whose attention is wanted; null for none.</summary>
    public string? Answer { get; init; }

    /// <summary>How many words of each visual token.</summary>
    public int? Top { get; init; }

    /// <summary>The first and the last layer whose attention is averaged, from 0; all of the later half where null.</summary>
    public IReadOnlyList<int>? Layers { get; init; }
}

/// <summary>The answer of <c>/api/look</c>.</summary>
internal sealed record LookResponse
{
    public required string Model { get; init; }

    /// <summary>Width and height of the picture as it was sent.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>How visual tokens lie on the picture; 0 where they do not lie on places of it.</summary>
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>The visual tokens as the connector gives them, in raster order where they lie on places.</summary>
    public required IReadOnlyList<LookToken> Tokens { get; init; }

    /// <summary>Why there are no words, where there are none.</summary>
    public string? WordsMissing { get; init; }

    /// <summary>Whether the model changes the order of its tokens.</summary>
    public required bool Reorders { get; init; }

    /// <summary>The prompt in the order in which it enters.</summary>
    public required IReadOnlyList<LookRun> Sequence { get; init; }

    /// <summary>The answer's tokens with what each looked at; empty where no answer was sent.</summary>
    public required IReadOnlyList<LookAnswerToken> Answer { get; init; }

    /// <summary>The layers whose attention was averaged, first and last; null without an answer.</summary>
    public IReadOnlyList<int>? Layers { get; init; }
}

/// <summary>A visual token.</summary>
internal sealed record LookToken
{
    /// <summary>Its number as the connector gives it.</summary>
    public required int Index { get; init; }

    /// <summary>Where it lies on the picture as it was sent, as shares of its width and height; all null where it lies nowhere.</summary>
    public double? X { get; init; }

    public double? Y { get; init; }

    public double? Width { get; init; }

    public double? Height { get; init; }

    /// <summary>Its place in the sequence, from 0; null where it has none.</summary>
    public int? Place { get; init; }

    /// <summary>Its place among the visual tokens in the sequence, from 0; null where it has none.</summary>
    public int? Rank { get; init; }

    /// <summary>Whether other text stands around it than where it would without reordering.</summary>
    public bool Moved { get; init; }

    /// <summary>The words it is nearest to, nearest first.</summary>
    public required IReadOnlyList<LookWord> Words { get; init; }
}

/// <summary>A word that a visual token is near to.</summary>
/// <param name="Word">The word.</param>
/// <param name="Cosine">How near, -1 to 1.</param>
internal sealed record LookWord(string Word, double Cosine);

/// <summary>A stretch of the sequence.</summary>
internal sealed record LookRun
{
    /// <summary><c>image</c>, <c>prompt</c>, <c>system</c> or <c>marker</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What a stretch of text says.</summary>
    public string? Text { get; init; }

    /// <summary>The visual tokens of a stretch of the picture.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Whether other text stands around it than where it would without reordering.</summary>
    public required bool Moved { get; init; }
}

/// <summary>A token of the answer.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Attention">
/// For every visual token, by its index, the share of attention that the position which chose this token gave to it, averaged over heads and layers; 0 to 1.
/// What is missing to a sum of 1 went to text.
/// </param>
internal sealed record LookAnswerToken(string Text, IReadOnlyList<float> Attention);
