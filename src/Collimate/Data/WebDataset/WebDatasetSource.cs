using System.Text.Json;
using System.Text.Unicode;
using Collimate.Data.Captions;
using Collimate.Data.Conversations;
using Collimate.Data.LlavaJson;
using Collimate.Data.Records;
using Collimate.Data.Scenes;

namespace Collimate.Data.WebDataset;

/// <summary>Tar shards of pictures with JSON or text as a source of training samples, reached in any order through the places of their members.</summary>
/// <remarks>
/// On opening only the archives' headers are read. A sample's <c>json</c> may hold <c>conversations</c> as LLaVA writes them, <c>captions</c> or a <c>caption</c>, or a <c>question</c> and its
/// <c>answer</c>; otherwise its <c>txt</c> is its caption. Of several captions each pass takes the next.
/// </remarks>
public sealed class WebDatasetSource : NumberedSource
{
    private readonly WebDatasetOptions options;
    private readonly Shard[] shards;
    private readonly int[] ends; // samples up to and with each shard's

    /// <summary>Opens shards and finds their samples.</summary>
    /// <param name="options">Which shards. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a sample without text is a fault of the sample when it is drawn, and not of the shard.</param>
    /// <exception cref="DataException">A shard is absent or no sound archive of samples.</exception>
    public WebDatasetSource(WebDatasetOptions options, bool lenient = false)
        : base(options.Seed, options.Shuffle, "webdataset")
    {
        this.options = options;
        var paths = ShardPattern.Files(options.Shards);
        shards = new Shard[paths.Count];
        var failures = new DataException?[paths.Count];
        Parallel.For(0, paths.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, at =>
        {
            try
            {
                shards[at] = Shard.Open(paths[at], options.KeepIndex);
            }
            catch (DataException failure)
            {
                failures[at] = failure;
            }
        });
        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
        {
            throw first;
        }

        ends = new int[shards.Length];
        var sum = 0;
        for (var k = 0; k < ends.Length; k++)
        {
            ends[k] = sum = checked(sum + shards[k].Count);
        }

        if (sum == 0)
        {
            throw new DataException(options.Shards, "the shards hold no samples, so there is nothing to draw from; expected members such as 0001.jpg and 0001.json or 0001.txt", DataFault.Source);
        }

        if (!lenient)
        {
            CheckParts(sum);
        }
    }

    /// <summary>How many samples all shards have together.</summary>
    public override int Count => ends[^1];

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var (shard, within) = Locate(number);
        var (entry, key) = (shard[within], shard.KeyOf(within));
        var where = $"{shard.Path}: sample '{key}'";
        ImageSource[] pictures = entry.PictureLength == 0 ? [] : [ImageSource.FromReader(limits => Picture(shard, entry, where, limits), where)];
        var turns = Turns(shard, entry, number, pass, where);
        var places = turns.Sum(ConversationRenderer.CountImages);
        return places == pictures.Length ? new Sample(key, pictures, turns) : throw new DataException(
            where, $"the turns hold {places} of {ConversationRenderer.ImageMarker}, the sample has {(pictures.Length == 0 ? "no picture (jpg, png, webp or gif)" : "one picture")}; write the marker once for every picture", DataFault.Pictures);
    }

    /// <inheritdoc/>
    protected override int[] OrderOf(ref SceneRandom random)
    {
        var order = new int[Count];
        var sequence = Enumerable.Range(0, shards.Length).ToArray();
        random.Shuffle(sequence.AsSpan());
        var filled = 0;
        foreach (var mixed in sequence.Chunk(options.MixedShards))
        {
            var start = filled;
            foreach (var shard in mixed)
            {
                for (var k = 0; k < shards[shard].Count; k++)
                {
                    order[filled++] = ends[shard] - shards[shard].Count + k;
                }
            }

            random.Shuffle(order.AsSpan(start..filled));
        }

        return order;
    }

    private (Shard Shard, int Within) Locate(int number)
    {
        // Shards without samples end where the one before them does, so the first end beyond the number is looked for.
        var (low, high) = (0, ends.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ends[middle] > number ? (low, middle) : (middle + 1, high);
        }

        return (shards[low], number - ends[low] + shards[low].Count);
    }

    private void CheckParts(int samples)
    {
        var faults = new FaultCount(lenient: false);
        foreach (var shard in shards)
        {
            for (var k = 0; k < shard.Count; k++)
            {
                if (shard[k] is { JsonLength: 0, TextLength: 0 })
                {
                    var where = $"{shard.Path}: sample '{shard.KeyOf(k)}'";
                    faults.Watch<string>(() => throw WithoutText(where));
                }
            }
        }

        faults.Judge(samples, "samples");
    }

    private IReadOnlyList<Turn> Turns(Shard shard, ShardEntry entry, int number, long pass, string where)
    {
        if (entry.JsonLength > 0)
        {
            var said = RecordText.Parse(shard.Fetch(entry.JsonStart, entry.JsonLength), where, record => FromJson(record, number, pass, where));
            if (said is not null || entry.TextLength == 0)
            {
                return said ?? throw new DataException(
                    where, "its json holds nothing to learn; expected conversations, captions, caption, or question and answer", DataFault.NoAnswer);
            }
        }

        if (entry.TextLength == 0)
        {
            throw WithoutText(where);
        }

        var text = shard.Fetch(entry.TextStart, entry.TextLength).AsSpan();
        text = text.StartsWith(RecordText.ByteOrderMark) ? text[RecordText.ByteOrderMark.Length..] : text;
        var caption = Utf8.IsValid(text) ? System.Text.Encoding.UTF8.GetString(text).Trim() : throw new DataException(where, "its txt is not UTF-8", DataFault.Record);
        return caption.Length > 0 ? CaptionTurns.Of(options.Instruction, caption) : throw new DataException(where, "its txt is empty", DataFault.NoAnswer);
    }

    private IReadOnlyList<Turn>? FromJson(JsonElement record, int number, long pass, string where)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            throw new DataException(where, $"its json is {RecordText.Shown(record)}; expected an object", DataFault.Record);
        }

        if (record.TryGetProperty("conversations", out _))
        {
            return LlavaJsonRecord.Turns(record, where);
        }

        if (RecordText.Text(record, "question") is { Length: > 0 } question && RecordText.Name(record, "answer") is { Length: > 0 } answer)
        {
            return CaptionTurns.Of(question, answer);
        }

        var captions = RecordText.Texts(record, "captions") ?? (RecordText.Text(record, "caption") is { } one ? [one] : []);
        captions = [.. captions.Select(caption => caption.Trim()).Where(caption => caption.Length > 0)];
        var random = new SceneRandom((ulong)options.Seed, "captions", number);
        return captions.Length == 0 ? null : CaptionTurns.Of(options.Instruction, captions[(int)((random.Next(captions.Length) + pass) % captions.Length)]);
    }

    private static byte[] Picture(Shard shard, ShardEntry entry, string where, Imaging.ImageLimits limits)
    {
        limits.CheckBytes(entry.PictureLength, where);
        return shard.Fetch(entry.PictureStart, entry.PictureLength);
    }

    private static DataException WithoutText(string where) => new(where, "it has no text; expected a member .json or .txt beside its picture", DataFault.NoAnswer);
}
