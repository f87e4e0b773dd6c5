using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Published tokenizers of every kind against the reference implementation, on texts chosen to be awkward.</summary>
public sealed class TokenizerGoldenTests
{
    private const string Folder = "golden/tokenizers";

    [SharedFact(Folder)]
    public void EncodeText_GoldenTexts_EqualTheReference() => ForEach("golden.jsonl", (tokenizer, golden) => Check(tokenizer, golden, pair: null));

    [SharedFact(Folder)]
    public void EncodeText_GoldenPairs_EqualTheReference() => ForEach("golden_pairs.jsonl", (tokenizer, golden) => Check(tokenizer, golden, golden.GetProperty("pair").GetString()));

    [SharedFact(Folder)]
    public void Encode_GoldenTexts_AreTheTokensOfTheTextAlone() => ForEach("golden.jsonl", (tokenizer, golden) =>
    {
        var text = golden.GetProperty("text").GetString()!;
        var expected = Ints(golden, "ids_without_special");
        Assert.Equal(expected, tokenizer.Encode(text));
        Assert.Equal(expected, tokenizer.EncodeWithOffsets(text).Select(t => t.Id));
        Assert.Equal(expected, tokenizer.EncodeText(text, addSpecialTokens: false).Ids);
    });

    [SharedFact(Folder)]
    public void Decode_GoldenIds_EqualTheReference() => ForEach("golden.jsonl", (tokenizer, golden) =>
    {
        var ids = Ints(golden, "ids");
        Assert.Equal(golden.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecial: false));
        var text = tokenizer.Decode(ids);
        Assert.Equal(golden.GetProperty("decoded_skip_special").GetString(), text);
        Assert.Equal(golden.GetProperty("decoded_skip_special_cleaned").GetString(), DecodedText.CleanUp(text));
        if (golden.TryGetProperty("decoded_skip_special_hf", out var joined))
        {
            Assert.Equal(joined.GetString(), DecodedText.CleanUp(DecodedText.JoinWords(text)));
            Assert.Equal(golden.GetProperty("decoded_hf").GetString()!.Trim(), DecodedText.JoinWords(tokenizer.Decode(ids, skipSpecial: false)));
        }
    });

    [SharedFact(Folder)]
    public void IncrementalDecoder_GoldenIds_AddsUpToTheText() => ForEach("golden.jsonl", (tokenizer, golden) =>
    {
        var ids = Ints(golden, "ids_without_special");
        var decoder = new IncrementalDecoder(tokenizer);
        Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Add)) + decoder.Finish());
    });

    [SharedFact(Folder)]
    public void Save_LoadedTokenizer_ReadsBackTheSame()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "tokenizer.json");
        ForEach("golden.jsonl", (tokenizer, golden) =>
        {
            if (golden.GetProperty("text").GetString()!.Length > 0)
            {
                return; // once a tokenizer
            }

            var grown = tokenizer.WithAddedTokens("<one more>");
            grown.Save(path);
            var again = Tokenizer.Load(path);
            Assert.Equal(grown.AddedTokens.OrderBy(t => t.Id), again.AddedTokens);
            Assert.Equal(grown.VocabularySize, again.VocabularySize);
            const string Text = "It's a <one more> test, naïve 中文 😀!";
            Assert.Equal(grown.EncodeText(Text).Ids, again.EncodeText(Text).Ids);
            Assert.Contains(tokenizer.VocabularySize, again.Encode(Text));
        });
    }

    [SharedFact(Folder)]
    public void Load_PlainByteLevelFile_TakesTheFastKind() =>
        Assert.IsType<BytePairTokenizer>(Tokenizer.Load(SharedFiles.Require($"{Folder}/qwen2.5")));

    private static void Check(ITokenizer tokenizer, JsonElement golden, string? pair)
    {
        var text = golden.GetProperty("text").GetString()!;
        var encoded = tokenizer.EncodeText(text, pair);
        Assert.Equal(Ints(golden, "ids"), encoded.Ids);
        Assert.Equal(golden.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!), encoded.Tokens);
        Assert.Equal(Ints(golden, "type_ids"), encoded.TypeIds);
        Assert.Equal(Ints(golden, "special_tokens_mask"), encoded.PutIn.Select(p => p ? 1 : 0));
        if (pair is null)
        {
            var places = CodeUnitPlaces(text);
            var expected = golden.GetProperty("offsets").EnumerateArray().Select(o => (places[o[0].GetInt32()], places[o[1].GetInt32()])).ToArray();
            Assert.Equal(expected, encoded.Offsets);
        }
        else
        {
            var offsets = golden.GetProperty("offsets").EnumerateArray().Select(o => (o[0].GetInt32(), o[1].GetInt32())).ToArray();
            Assert.True(text.All(char.IsAscii) && pair.All(char.IsAscii) ? offsets.SequenceEqual(encoded.Offsets) : offsets.Length == encoded.Offsets.Count);
        }
    }

    private static void ForEach(string file, Action<ITokenizer, JsonElement> check)
    {
        foreach (var (name, tokenizer) in PublishedTokenizers.All())
        {
            foreach (var line in File.ReadLines(SharedFiles.Require($"{Folder}/{name}/{file}")).Where(line => line.Length > 0))
            {
                using var golden = JsonDocument.Parse(line);
                try
                {
                    check(tokenizer, golden.RootElement);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    Assert.Fail($"{name}, {golden.RootElement.GetProperty("text").GetRawText()}: {failure.Message}");
                }
            }
        }
    }

    private static int[] Ints(JsonElement golden, string key) => [.. golden.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];

    // The reference counts characters, .NET counts UTF-16 code units.
    private static int[] CodeUnitPlaces(string text)
    {
        var places = new List<int>();
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            places.Add(at);
            at += rune.Utf16SequenceLength;
        }

        return [.. places, at];
    }
}
