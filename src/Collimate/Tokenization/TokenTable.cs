namespace Collimate.Tokenization;

/// <summary>All tokens of a tokenizer, those of its model and the added ones, from spelling to id and back.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly string?[] tokens;
    private readonly bool[] special;

    /// <summary>Makes a table.</summary>
    /// <param name="vocabulary">The model's tokens; where one stands twice, its last id is found.</param>
    /// <param name="added">The added tokens.</param>
    /// <exception cref="TokenizerException">Ids contradict each other or are far beyond the number of tokens.</exception>
    internal TokenTable(IEnumerable<KeyValuePair<string, int>> vocabulary, IReadOnlyList<AddedToken> added)
    {
        var all = vocabulary.ToList();
        foreach (var (token, id) in all)
        {
            ids[token] = id;
        }

        foreach (var token in added)
        {
            Check(token);
            all.Add(KeyValuePair.Create(token.Content, token.Id));
            ids[token.Content] = token.Id;
        }

        tokens = Fill(all);
        special = new bool[tokens.Length];
        foreach (var token in added)
        {
            special[token.Id] = token.IsSpecial;
        }
    }

    internal int Size => tokens.Length;

    internal Dictionary<string, int> Ids => ids;

    internal int? Find(string token) => ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>The spelling of an id, or null.</summary>
    internal string? At(int id) => id >= 0 && id < tokens.Length ? tokens[id] : null;

    /// <summary>The spelling of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No token has it.</exception>
    internal string Spelling(int id) =>
        At(id) ?? throw new ArgumentOutOfRangeException(nameof(id), id, $"no token has this id; the vocabulary has ids 0 to {tokens.Length - 1}");

    internal bool IsSpecial(int id) => special[id];

    /// <summary>The id of a token that has a part to play.</summary>
    internal int? Named(string? token, string role) => token is null ? null : Find(token) ?? throw new TokenizerException(
        $"the {role} '{token}' is not in the vocabulary; add it to added_tokens of tokenizer.json or name another in tokenizer_config.json");

    /// <summary>The complaint that a token with a part to play has no name.</summary>
    internal static TokenizerException Unnamed(string role) =>
        new($"the tokenizer names no {role}; load the folder with its tokenizer_config.json, or name the token");

    /// <summary>Added tokens with more of them behind, which take the ids after the last unless the vocabulary has them.</summary>
    internal List<AddedToken> With(IReadOnlyList<AddedToken> added, IEnumerable<string> contents)
    {
        var known = added.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        var all = added.ToList();
        var next = Size;
        foreach (var content in contents.Where(known.Add))
        {
            all.Add(new AddedToken(Find(content) ?? next++, content));
        }

        return all;
    }

    private void Check(AddedToken token)
    {
        if (token.Content.Length == 0)
        {
            throw new TokenizerException($"added_tokens: the token with id {token.Id} has no content");
        }

        if (ids.TryGetValue(token.Content, out var there) && there != token.Id)
        {
            throw new TokenizerException($"added_tokens: '{token.Content}' has id {token.Id}, but elsewhere in the file id {there}; make them agree");
        }
    }

    private static string?[] Fill(List<KeyValuePair<string, int>> all)
    {
        // Gaps are allowed, but a stray huge id must not ask for gigabytes.
        var limit = (all.Count * 2) + (1 << 16);
        var table = new string?[all.Count == 0 ? 0 : Math.Min(all.Max(entry => entry.Value), limit) + 1];
        foreach (var (token, id) in all)
        {
            if (id < 0 || id >= limit)
            {
                throw new TokenizerException($"the token '{token}' has id {id}; {all.Count} tokens need ids from 0 to about {all.Count - 1}");
            }

            if (table[id] is { } other && other != token)
            {
                throw new TokenizerException($"the tokens '{other}' and '{token}' both have id {id}; ids must be distinct");
            }

            table[id] = token;
        }

        return table;
    }
}
