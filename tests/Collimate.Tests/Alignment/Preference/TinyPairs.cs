using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.Preference;

/// <summary>Preferences for the tiny model: with and without pictures, of one exchange and of several.</summary>
internal static class TinyPairs
{
    public static readonly Sample[] Samples =
    [
        Pair("1", [1], "<image>ab", "cd", "e"), Pair("2", [], "abc", "de", "gfed"), Pair("3", [2, 3], "<image><image>", "f", "a"),
        Pair("4", [4], "<image>gf", "edcba", "edcbb", "b", "a", "a", "c", "d", "eg"), Pair("5", [], "fg", "a", "b"), Pair("6", [5], "<image>e", "eeee", "d"),
    ];

    /// <summary>Renders both answers of a preference.</summary>
    public static ConversationBatcher Batcher(bool packed = true) => TinyVisionModel.Batcher(packed) with { Pairs = true };

    /// <summary>A question, a right answer and a wrong one, again and again.</summary>
    public static Sample Pair(string id, int[] pictures, params string[] said) => new(id, [.. pictures.Select(TinyVisionModel.Picture)], Turns(said, 1))
    {
        Rejected = Turns(said, 2),
    };

    /// <summary>All samples as one batch.</summary>
    public static Batch Batch(bool packed = true, params Sample[] samples)
    {
        var batcher = Batcher(packed);
        var rows = (samples.Length == 0 ? Samples : samples).Select(batcher.Row).ToArray();
        return batcher.Pieces([(0, rows)], rows.Sum(row => row.Layout.AnswerCount), rows.Length)[0].ToBatch(Device.Cpu);
    }

    private static Turn[] Turns(string[] said, int answer) =>
        [.. said.Chunk(3).SelectMany(exchange => new[] { new Turn("user", exchange[0]), new Turn("assistant", exchange[answer]) })];

    /// <summary>The same samples at every step.</summary>
    public sealed class Source(params Sample[] samples) : ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => [.. (samples.Length == 0 ? Samples : samples).Take(count)];
    }
}
