using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>What holds for every byte-level tokenizer and every text.</summary>
public sealed class BytePairTokenizerTests
{
    [Fact]
    public void Decode_EncodedText_IsTheText() => Texts.Hold(Texts.WellFormed, text =>
        Assert.Equal(text, Tokenizers.Small.Decode(Tokenizers.Small.Encode(text), skipSpecial: false)));

    [Fact]
    public void EncodeWithOffsets_AnyText_CoversEveryCharacterInOrder() => Texts.Hold(Texts.WellFormed, text =>
    {
        foreach (var tokenizer in new[] { Tokenizers.Small, Tokenizers.Normalizing })
        {
            var tokens = tokenizer.EncodeWithOffsets(text);
            Assert.Equal(tokenizer.Encode(text), tokens.Select(t => t.Id));
            var reached = 0;
            foreach (var token in tokens)
            {
                Assert.InRange(token.Start, 0, reached); // no gap
                Assert.InRange(token.End, Math.Max(reached, token.Start + 1), text.Length);
                reached = token.End;
            }

            Assert.Equal(text.Length, reached);
        }
    });

    [Fact]
    public void Encode_LongWord_EqualsTheSameMergesDoneSlowly() => Texts.Hold(Texts.Said, said =>
    {
        var word = string.Concat(Enumerable.Repeat(string.Concat(said.Where(char.IsLetter)), 30)); // far beyond what is scanned
        Assert.Equal(JoinSlowly(Tokenizers.Small.Model, word), Tokenizers.Small.Encode(word));
    });

    [Fact]
    public void Encode_HostileWord_TakesNoQuadraticTime()
    {
        var word = new string('a', 200_000);
        Assert.Equal(word, Tokenizers.Small.Decode(Tokenizers.Small.Encode(word)));
    }

    [Fact]
    public void Encode_AddedTokens_AreFoundUnlessTheyAreOrdinaryText()
    {
        var tokenizer = Tokenizers.Small;
        Assert.Equal([.. tokenizer.Encode("a"), tokenizer.EosId, .. tokenizer.Encode(" dog")], tokenizer.Encode("a<|end|> dog"));
        var ordinary = tokenizer.EncodeWithOffsets("a<|end|> dog", recogniseAdded: false);
        Assert.DoesNotContain(ordinary, t => t.Id == tokenizer.EosId);
        Assert.Equal("a<|end|> dog", tokenizer.Decode([.. ordinary.Select(t => t.Id)]));
    }

    [Fact]
    public void Decode_SpecialTokens_AreSkippedUnlessAskedFor()
    {
        var ids = Tokenizers.Small.Encode("a<|end|>");
        Assert.Equal("a", Tokenizers.Small.Decode(ids));
        Assert.Equal("a<|end|>", Tokenizers.Small.Decode(ids, skipSpecial: false));
    }

    [Fact]
    public void Encode_AddedTokenThatStrips_TakesTheWhiteSpace()
    {
        var model = Tokenizers.Small.Model;
        var tokenizer = new BytePairTokenizer(model with { AddedTokens = [.. model.AddedTokens.Select(t => t.Content == "<image>" ? t with { StripsLeft = true, StripsRight = true } : t)] });
        var tokens = tokenizer.EncodeWithOffsets("a  <image> \nb");
        Assert.Equal([.. tokenizer.Encode("a"), tokenizer.ImageId!.Value, .. tokenizer.Encode("b")], tokens.Select(t => t.Id));
        Assert.Equal((1, 12), (tokens[1].Start, tokens[1].End));
    }

    [Fact]
    public void Encode_LongestAddedToken_Wins()
    {
        var tokenizer = Tokenizers.Small.WithAddedTokens("<im", "<image>s");
        Assert.Equal([tokenizer.TokenToId("<image>s")!.Value, tokenizer.ImageId!.Value, tokenizer.TokenToId("<im")!.Value], tokenizer.Encode("<image>s<image><im"));
    }

    [Fact]
    public void Encode_PrefixSpace_MakesTheFirstWordLikeAnyOther()
    {
        var tokenizer = new BytePairTokenizer(Tokenizers.Small.Model with { AddPrefixSpace = true });
        Assert.Equal(Tokenizers.Small.Encode(" dog"), tokenizer.Encode("dog"));
        Assert.Equal(Tokenizers.Small.Encode(" dog"), tokenizer.Encode(" dog"));
        Assert.Equal([new EncodedToken(tokenizer.Encode("dog")[0], 0, 3)], tokenizer.EncodeWithOffsets("dog"));
    }

    [Fact]
    public void Encode_IgnoreMerges_TakesTheWholeWord()
    {
        var model = Tokenizers.Small.Model;
        var vocabulary = new Dictionary<string, int>(model.Vocabulary) { ["zqj"] = Tokenizers.Small.VocabularySize };
        Assert.Equal(3, new BytePairTokenizer(model with { Vocabulary = vocabulary }).Encode("zqj").Length);
        Assert.Equal([Tokenizers.Small.VocabularySize], new BytePairTokenizer(model with { Vocabulary = vocabulary, IgnoreMerges = true }).Encode("zqj"));
    }

    [Fact]
    public void Encode_LoneSurrogate_ReadsAsReplacementCharacter()
    {
        var tokens = Tokenizers.Small.EncodeWithOffsets("a\uD83Db");
        Assert.Equal("a\uFFFDb", Tokenizers.Small.Decode([.. tokens.Select(t => t.Id)]));
        Assert.Equal(3, tokens[^1].End);
    }

    [Fact]
    public void Encode_ManyThreads_AgreeWithOne()
    {
        var texts = Enumerable.Range(0, 400).Select(k => $"the dog {k} is{new string(' ', k % 5)}there? é{k * 31}").ToArray();
        var fresh = new BytePairTokenizer(Tokenizers.Small.Model);
        var together = new int[texts.Length][];
        Parallel.For(0, texts.Length, k => together[k] = fresh.Encode(texts[k]));
        Assert.Equal(texts.Select(Tokenizers.Small.Encode), together);
    }

    [Fact]
    public void IncrementalDecoder_AnyText_AddsUpToTheText() => Texts.Hold(Texts.WellFormed, text =>
    {
        var decoder = new IncrementalDecoder(Tokenizers.Small);
        var parts = Tokenizers.Small.Encode(text.Replace("<|end|>", "", StringComparison.Ordinal)).Select(decoder.Add).ToList();
        Assert.All(parts, part => Assert.DoesNotContain('\uFFFD', text.Contains('\uFFFD') ? "" : part)); // never half a character
        Assert.Equal(text.Replace("<|end|>", "", StringComparison.Ordinal), string.Concat(parts) + decoder.Finish());
    });

    [Fact]
    public void Ids_WithoutNames_AreRefusedByRole()
    {
        var unnamed = Tokenizers.Small.Named(null, null, null);
        Assert.Null(unnamed.ImageId);
        Assert.Contains("eos_token", Assert.Throws<TokenizerException>(() => unnamed.EosId).Message, StringComparison.Ordinal);
        Assert.Contains("<none>", Assert.Throws<TokenizerException>(() => unnamed.Named(null, "<none>", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IdToToken_UnknownId_NamesTheRange() =>
        Assert.Contains("0 to", Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizers.Small.Decode([100_000])).Message, StringComparison.Ordinal);

    private static int[] JoinSlowly(BytePairModel model, string word)
    {
        var parts = ByteLevel.Spell(word).Select(c => c.ToString()).ToList();
        foreach (var (left, right) in model.Merges)
        {
            for (var k = 0; k + 1 < parts.Count; k++)
            {
                if (parts[k] == left && parts[k + 1] == right)
                {
                    parts[k] = left + right;
                    parts.RemoveAt(k + 1);
                }
            }
        }

        return [.. parts.Select(part => model.Vocabulary[part])];
    }
}
