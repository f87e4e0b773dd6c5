using System.Text;
using System.Text.Json.Nodes;
using Collimate.Tokenization;
using Collimate.Tokenization.Reading;

namespace Collimate.Tests.Tokenization;

/// <summary>Damaged and malicious <c>tokenizer.json</c> files: a message, or a tokenizer that works, but never anything else.</summary>
public sealed class HostileTokenizerTests
{
    private const int Mutations = 12_000;
    private const string Text = "The dogs, Cat  aaaa <image> A-x 12 é\u0301ﬁ😀 中\u0000\r\n";

    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "3", "2147483647", "2147483648", "99999999999999999999", "1e400", "-1e400", "1e-400", "0.5", "NaN", "Infinity", "\"\"", "\"a\"", "\" \"", "\"\\ud800\"",
        "\"\\udc00a\"", "\"😀\"", "\"\\u0000\"", "\"(\"", "\"a**\"", "\"(a|aa)+$\"", "\"[[:alpha:]]\"", "\"\\\\p{Nope}\"", "\"####\"", "\"AAAA\"", "\"Sequence\"", "\"NFKC\"", "\"ByteLevel\"", "\"Unigram\"", "\"BPE\"",
        "\"WordPiece\"", "\"Metaspace\"", "\"always\"", "[]", "{}", "[[]]", "[{}]", "{\"type\": \"Sequence\"}", "{\"Regex\": \"\"}", "{\"String\": \"\"}", "{\"a\": 1, \"a\": 2}", "[\"a\", 1]", "[\"a b c\", [\"a\"], 3]",
    ];

    [Fact]
    public void Load_MutatedFiles_AreRefusedOrWork()
    {
        var random = new Random(20_240_607);
        var sources = HandMadeTokenizers.Kinds.Select(kind => HandMadeTokenizers.Json(kind).ToJsonString()).ToArray();
        var works = 0;
        for (var k = 0; k < Mutations; k++)
        {
            var source = sources[k % sources.Length];
            var mutated = random.Next(2) == 0 ? MutateBytes(source, random) : MutateNodes(source, random);
            works += Survives(mutated) ? 1 : 0;
        }

        Assert.InRange(works, Mutations / 50, Mutations * 9 / 10); // both ends of the road are travelled
    }

    [Fact]
    public void Load_HandMadeFiles_Work() => Assert.All(HandMadeTokenizers.Kinds, kind => Assert.True(Survives(Encoding.UTF8.GetBytes(HandMadeTokenizers.Json(kind).ToJsonString()))));

    [Fact]
    public void Load_DeepNesting_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"type\": \"Sequence\", \"normalizers\": [", 5_000));
        foreach (var text in new[] { deep, new string('[', 1_000_000), "{\"model\": " + new string('[', 60) + new string(']', 60) + "}" })
        {
            Assert.Throws<TokenizerException>(() => HandMadeTokenizers.Load(text));
        }
    }

    [Fact]
    public void Encode_RulesThatMultiply_AreStopped()
    {
        var json = HandMadeTokenizers.Json("wordlevel");
        json["added_tokens"] = null;
        var steps = string.Join(", ", Enumerable.Repeat("{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aaaaaaaaaaaaaaaa\"}", 40));
        json["normalizer"] = JsonNode.Parse($"{{\"type\": \"Sequence\", \"normalizers\": [{steps}]}}");
        var tokenizer = HandMadeTokenizers.Load(json.ToJsonString());
        Assert.Contains("normalizer", Assert.Throws<TokenizerException>(() => tokenizer.Encode("a")).Message, StringComparison.Ordinal);
        json["normalizer"] = null;
        json["decoder"] = JsonNode.Parse($"{{\"type\": \"Sequence\", \"decoders\": [{steps}]}}");
        tokenizer = HandMadeTokenizers.Load(json.ToJsonString());
        Assert.Contains("decoder", Assert.Throws<TokenizerException>(() => tokenizer.Decode(tokenizer.Encode("a"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_MergesThatChase_ComeToAnEnd()
    {
        // Every join makes a longer token up to one of 4096 letters.
        var json = HandMadeTokenizers.Json("metaspace");
        var (vocabulary, merges) = (json["model"]!["vocab"]!.AsObject(), json["model"]!["merges"]!.AsArray());
        for (var length = 2; length <= 2048; length *= 2)
        {
            vocabulary[new string('a', length * 2)] = vocabulary.Count;
            merges.Add($"{new string('a', length)} {new string('a', length)}");
        }

        var tokenizer = HandMadeTokenizers.Load(json.ToJsonString());
        Assert.Equal(1 + 16, tokenizer.Encode(new string('a', 65_536)).Length);
    }

    [Theory]
    [InlineData("byte-level")]
    [InlineData("clip")]
    [InlineData("metaspace")]
    [InlineData("unigram")]
    [InlineData("wordpiece")]
    [InlineData("wordlevel")]
    [InlineData("everything")]
    public void Encode_MegabyteWithoutBlanks_ComesBack(string kind)
    {
        // Quadratic work on this would be 10^12 steps, so it would not come back.
        var json = HandMadeTokenizers.Json(kind);
        if (kind == "wordpiece")
        {
            json["model"]!["max_input_chars_per_word"] = int.MaxValue;
        }

        var tokenizer = HandMadeTokenizers.Load(json.ToJsonString());
        foreach (var text in new[] { new string('a', 1_000_000), string.Concat(Enumerable.Repeat("doga中", 200_000)), new string('\u0301', 300_000), new string(',', 300_000) })
        {
            var tokens = tokenizer.EncodeText(text);
            Assert.True(tokens.Ids.Count > 0 || kind == "everything"); // that one leaves out marks
            Assert.All(tokens.Offsets, o => Assert.InRange(o.End, o.Start, text.Length));
        }
    }

    [Theory]
    [InlineData("bert-base-uncased")]
    [InlineData("clip")]
    [InlineData("llama2")]
    [InlineData("qwen2.5")]
    [InlineData("t5-small")]
    public void Encode_MegabyteInPublishedVocabulary_ComesBack(string name)
    {
        if (SharedFiles.Find($"golden/tokenizers/{name}/tokenizer.json") is null)
        {
            return;
        }

        var random = new Random(3);
        var text = new string([.. Enumerable.Range(0, 1_000_000).Select(_ => (char)random.Next('a', 'z' + 1))]);
        var tokenizer = PublishedTokenizers.Get(name);
        var ids = tokenizer.Encode(text);
        Assert.Equal(name == "bert-base-uncased" ? "[UNK]" : text, tokenizer.Decode(ids, skipSpecial: false).Replace("</w>", "", StringComparison.Ordinal));
    }

    private static bool Survives(ReadOnlyMemory<byte> file)
    {
        try
        {
            var tokenizer = TokenizerReader.Load("tokenizer.json", file);
            var encoded = tokenizer.EncodeText(Text, "aa dog");
            tokenizer.Decode([.. encoded.Ids], skipSpecial: false);
            tokenizer.EncodeWithOffsets(Text, recogniseAdded: false);
            var decoder = new IncrementalDecoder(tokenizer);
            foreach (var id in tokenizer.Encode(Text))
            {
                decoder.Add(id);
            }

            decoder.Finish();
            return true;
        }
        catch (TokenizerException)
        {
            return false;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.GetType().Name}: {failure.Message} for {Encoding.UTF8.GetString(file.Span)}", failure);
        }
    }

    private static byte[] MutateBytes(string source, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(source).ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 60), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1);
                    break;
            }

            if (bytes.Count == 0)
            {
                return [];
            }
        }

        return [.. bytes];
    }

    private static byte[] MutateNodes(string source, Random random)
    {
        const string Mark = "@HOSTILE@";
        var root = JsonNode.Parse(source)!;
        var value = Values[random.Next(Values.Length)];
        JsonNode node = root;
        while (true)
        {
            var children = node is JsonObject members ? members.Select(m => m.Key).ToArray() : [.. Enumerable.Range(0, ((JsonArray)node).Count).Select(k => $"{k}")];
            if (children.Length == 0)
            {
                break;
            }

            var chosen = children[random.Next(children.Length)];
            var child = node is JsonObject ? node[chosen] : node[int.Parse(chosen)];
            if (child is JsonObject or JsonArray && random.Next(4) > 0)
            {
                node = child;
                continue;
            }

            if (node is JsonObject owner)
            {
                Change(owner, chosen, Mark, random);
            }
            else
            {
                node[int.Parse(chosen)] = Mark;
            }

            break;
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace($"\"{Mark}\"", value, StringComparison.Ordinal));
    }

    private static void Change(JsonObject owner, string key, string mark, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                owner.Remove(key);
                break;
            case 1:
                var moved = owner[key]?.DeepClone();
                owner.Remove(key);
                owner[key + "x"] = moved;
                break;
            default:
                owner[key] = mark;
                break;
        }
    }
}
