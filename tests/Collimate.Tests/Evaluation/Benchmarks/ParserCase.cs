using Collimate.Evaluation.Benchmarks.Parsers;

namespace Collimate.Tests.Evaluation.Benchmarks;

/// <summary>Constructed answers to a parser: what is written, and what must be understood, null where nothing is.</summary>
internal sealed class ParserCases(string parser)
{
    private const int Enough = 200;

    private readonly HashSet<(string Raw, string Choices)> known = [];
    private readonly List<string> wrong = [];

    /// <summary>Things that answers speak of; none holds a word or a letter that a parser looks for.</summary>
    public static string[] Things { get; } =
    [
        "dog", "table", "giraffe", "bus", "fork", "river", "umbrella", "pizza", "bicycle", "kite", "suitcase", "wine glass", "traffic light", "teddy bear", "hair dryer", "fire hydrant",
    ];

    /// <summary>Checks that an answer is understood as it must be.</summary>
    public void Add(string raw, string? truth, params string[] choices)
    {
        if (!known.Add((raw, string.Join('|', choices))))
        {
            return; // counts once
        }

        var parsed = AnswerParsers.Of(parser, "test").Parse(raw, choices);
        var said = parsed.Failed ? null : parsed.Text;
        if (said != truth)
        {
            wrong.Add($"'{raw}' of [{string.Join(", ", choices)}]: expected {truth ?? "nothing"}, understood {said ?? $"nothing ('{parsed.Text}')"}");
        }
    }

    /// <summary>The same about every thing.</summary>
    public void AddForEach(Func<string, string> raw, string? truth, params string[] choices)
    {
        foreach (var thing in Things)
        {
            Add(raw(thing), truth, choices);
        }
    }

    public void Judge()
    {
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {known.Count} answers:\n{string.Join('\n', wrong.Take(20))}");
        Assert.True(known.Count >= Enough, $"{known.Count} answers are too few");
    }
}
