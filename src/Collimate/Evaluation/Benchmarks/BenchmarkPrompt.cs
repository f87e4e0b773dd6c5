using System.Text.RegularExpressions;
using Collimate.Data;
using Collimate.Data.Conversations;

namespace Collimate.Evaluation.Benchmarks;

/// <summary>Makes a conversation of a question and a protocol's prompt.</summary>
/// <remarks><c>{name}</c> is a field of the question; <c>{images}</c> stands for its pictures, a line each.</remarks>
internal static partial class BenchmarkPrompt
{
    /// <summary>The field that every question has.</summary>
    internal const string Question = "question";

    private const string Images = "images";

    /// <summary>The conversation, of which the answer is missing.</summary>
    /// <param name="item">The question.</param>
    /// <param name="protocol">The protocol.</param>
    /// <exception cref="DataException">The prompt names a field that the question does not have, or shows another number of pictures.</exception>
    internal static Sample Of(BenchmarkItem item, BenchmarkProtocol protocol)
    {
        var asked = new Turn("user", Fill(protocol.Prompt, item));
        Turn[] turns = protocol.System.Length == 0 ? [asked] : [new Turn("system", Fill(protocol.System, item)), asked];
        var shown = turns.Sum(turn => turn.Text.Split(ConversationRenderer.ImageMarker).Length - 1);
        return shown == item.Images.Count
            ? new Sample(item.Id, item.Images, turns)
            : throw new DataException(item.Id, $"the prompt shows {shown} pictures, and the question has {item.Images.Count}; write {{{Images}}} once into the prompt of the benchmark's definition", DataFault.Pictures);
    }

    private static string Fill(string template, BenchmarkItem item) => Field().Replace(template, match => match.Groups[1].Value switch
    {
        Images => string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker + "\n", item.Images.Count)),
        var name when item.Fields.TryGetValue(name, out var text) => text.Replace(ConversationRenderer.ImageMarker, "", StringComparison.Ordinal).Trim(),
        var name => throw new DataException(item.Id, $"the prompt names the field '{name}', which the question does not have; it has {string.Join(", ", item.Fields.Keys.Order(StringComparer.Ordinal).Append(Images))}", DataFault.Record),
    });

    [GeneratedRegex(@"\{([a-z_]+)\}")]
    private static partial Regex Field();
}
