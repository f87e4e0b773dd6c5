using Collimate.Data;
using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>The parsers by their names.</summary>
public static class AnswerParsers
{
    private static readonly Dictionary<string, IAnswerParser> Known = new IAnswerParser[]
    {
        new VerbatimParser(), new FirstLineParser(), new YesNoWordParser(), new PopeParser(), new MmeParser(), new MmeOfficialParser(), new GqaParser(), new LetterParser(), new ScienceQaParser(),
        new ScienceQaShortParser(), new MmBenchParser(), new MagnifierParser(),
    }.ToDictionary(parser => parser.Name);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<IAnswerParser> All => Known.Values;

    /// <summary>A parser by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="where">Who asks, for the message.</param>
    /// <exception cref="DataException">There is none of this name.</exception>
    public static IAnswerParser Of(string name, string where) =>
        Known.GetValueOrDefault(name) ?? throw new DataException(where, $"there is no parser '{name}'{Spelling.Suggest(name, Known.Keys)} Expected one of {string.Join(", ", Known.Keys)}");
}
