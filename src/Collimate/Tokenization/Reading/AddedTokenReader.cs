namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    internal static List<AddedToken> Read(JsonSection file)
    {
        var tokens = new List<AddedToken>();
        foreach (var section in file.Has("added_tokens") ? file.Sections("added_tokens") : [])
        {
            tokens.Add(new AddedToken(section.Number("id"), section.String("content"), section.Flag("special"))
            {
                StripsLeft = section.Flag("lstrip"),
                StripsRight = section.Flag("rstrip"),
                IsNormalized = section.Flag("normalized", otherwise: !section.Flag("special")),
                IsSingleWord = section.Flag("single_word"),
            });
        }

        return tokens;
    }
}
