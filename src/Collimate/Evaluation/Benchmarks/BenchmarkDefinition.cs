using System.Security.Cryptography;
using System.Text;
using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Parsers;
using Collimate.Evaluation.Benchmarks.Readers;
using Collimate.Evaluation.Benchmarks.Runs;
using Collimate.Evaluation.Benchmarks.Scoring;
using Collimate.Recipes;

namespace Collimate.Evaluation.Benchmarks;

/// <summary>A benchmark as its small file describes it: what is read, asked, understood and counted.</summary>
public sealed record BenchmarkDefinition
{
    /// <summary>Its name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>Rises with every change that changes figures.</summary>
    [RecipeRange(1)]
    public required int Version { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Where its data are to be had, and how they are laid out.</summary>
    public required string Source { get; init; }

    /// <summary>How its files are read, with <c>type</c>; see <see cref="BenchmarkReaders"/>.</summary>
    public required RecipeNode Reader { get; init; }

    /// <summary>What is asked; <c>{question}</c>, <c>{images}</c> and the reader's other fields are filled in.</summary>
    public string Prompt { get; init; } = "{images}{question}";

    /// <summary>What stands before the question in a turn of the system; nothing where empty.</summary>
    public string System { get; init; } = "";

    /// <summary>The most tokens of an answer. Answers are always the likeliest, token by token.</summary>
    [RecipeRange(1, 100_000)]
    public int MaxNewTokens { get; init; } = 16;

    /// <summary>How an answer is understood; see <see cref="AnswerParsers"/>.</summary>
    public string Parser { get; init; } = VerbatimParser.ParserName;

    /// <summary>What is counted; see <see cref="BenchmarkMetrics"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>The form in which answers are also written for others' tools; see <see cref="ResultFile"/>.</summary>
    public string? Export { get; init; }

    /// <summary>The protocol that is taken where none is named.</summary>
    public required string DefaultProtocol { get; init; }

    /// <summary>What each protocol does otherwise.</summary>
    public required IReadOnlyDictionary<string, ProtocolOptions> Protocols { get; init; }

    /// <summary>The file's text.</summary>
    internal string Text { get; private init; } = "";

    /// <summary>The SHA-256 of the file's text.</summary>
    internal string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>Reads a definition.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="RecipeException">A key is unknown, missing or wrong; the message names the line.</exception>
    public static BenchmarkDefinition Parse(string text, string path)
    {
        var document = RecipeDocument.Parse(text, path);
        var definition = document.Bind<BenchmarkDefinition>() with { Text = text };
        foreach (var name in definition.Protocols.Keys.Prepend(definition.DefaultProtocol))
        {
            var protocol = definition.Protocol(name);
            AnswerParsers.Of(protocol.Parser, path);
            BenchmarkMetrics.Of(protocol.Metric, path);
            BenchmarkReaders.Table.Read(protocol.Reader);
        }

        return definition;
    }

    /// <summary>One of its protocols.</summary>
    /// <param name="name">The protocol; the default where null.</param>
    /// <exception cref="DataException">There is no such protocol.</exception>
    public BenchmarkProtocol Protocol(string? name = null)
    {
        name ??= DefaultProtocol;
        return Protocols.TryGetValue(name, out var options)
            ? new BenchmarkProtocol(
                name, options.Reader ?? Reader, options.Prompt ?? Prompt, options.System ?? System, options.MaxNewTokens ?? MaxNewTokens, options.Parser ?? Parser, options.Metric ?? Metric)
            : throw new DataException($"{Name}", $"there is no protocol '{name}'{Spelling.Suggest(name, Protocols.Keys)} It has {string.Join(", ", Protocols.Keys)}");
    }
}

/// <summary>What a protocol does otherwise than the definition says.</summary>
public sealed record ProtocolOptions
{
    /// <summary>What it is, for people.</summary>
    public required string Note { get; init; }

    /// <summary>How the files are read.</summary>
    public RecipeNode? Reader { get; init; }

    /// <summary>What is asked.</summary>
    public string? Prompt { get; init; }

    /// <summary>What the system says first.</summary>
    public string? System { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    [RecipeRange(1, 100_000)]
    public int? MaxNewTokens { get; init; }

    /// <summary>How an answer is understood.</summary>
    public string? Parser { get; init; }

    /// <summary>What is counted.</summary>
    public string? Metric { get; init; }
}

/// <summary>A protocol with everything decided.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reader">How the files are read.</param>
/// <param name="Prompt">What is asked.</param>
/// <param name="System">What the system says first; nothing where empty.</param>
/// <param name="MaxNewTokens">The most tokens of an answer.</param>
/// <param name="Parser">How an answer is understood.</param>
/// <param name="Metric">What is counted.</param>
public sealed record BenchmarkProtocol(string Name, RecipeNode Reader, string Prompt, string System, int MaxNewTokens, string Parser, string Metric);
