using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Tokenization;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate tokenize</c>: what a model's tokenizer makes of a text.</summary>
internal static class TokenizeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var tokenizer = new Option<string>("--tokenizer") { Description = "The tokenizer.json, or the folder of a model that holds it.", Required = true, HelpName = "FILE" };
        var texts = new Argument<string[]>("text")
        {
            Description = "The texts, whose ids are shown; without any, each line of the input is one and becomes a JSON object on a line.", Arity = ArgumentArity.ZeroOrMore,
        };
        var tokens = new Option<bool>("--tokens") { Description = "Show every token beside its id." };
        var json = new Option<bool>("--json") { Description = "Write one JSON object a text: ids, tokens, offsets in characters, type ids, decoded text." };
        var bare = new Option<bool>("--no-special") { Description = "Put no special tokens around a text." };
        var command = new Command("tokenize", "Turn text into token ids, one line a text.") { texts, tokenizer, tokens, json, bare };
        return command.Runs(async (parse, io, cancellationToken) =>
        {
            var loaded = Tokenizer.Load(parse.GetRequiredValue(tokenizer));
            var given = parse.GetValue(texts) ?? [];
            var asTable = parse.GetValue(tokens);
            var asJson = parse.GetValue(json) || (given.Length == 0 && !asTable);
            foreach (var text in given)
            {
                Write(io, loaded, text, asTable, asJson, !parse.GetValue(bare));
            }

            // A terminal's read cannot be cancelled, so it waits on a thread of its own.
            while (given.Length == 0 && await Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken) is { } line)
            {
                Write(io, loaded, line, asTable, asJson, !parse.GetValue(bare));
            }

            return ExitCode.Success;
        });
    }

    private static void Write(CommandIo io, ITokenizer tokenizer, string text, bool asTable, bool asJson, bool withSpecial)
    {
        var encoded = tokenizer.EncodeText(text, addSpecialTokens: withSpecial);
        int[] ids = [.. encoded.Ids];
        if (asJson)
        {
            io.WriteJsonLine(new Report(
                text, ids, encoded.Tokens, CharacterPlaces(text, encoded.Offsets), encoded.TypeIds, tokenizer.Decode(ids, skipSpecial: false), tokenizer.Decode(ids)));
        }
        else if (!asTable)
        {
            io.Output.WriteLine(string.Join(' ', ids));
        }
        else
        {
            var table = new TextTable(">id", "token", "text");
            foreach (var (id, token) in ids.Zip(encoded.Tokens))
            {
                table.Row($"{id}", token, $"'{tokenizer.Decode([id], skipSpecial: false)}'");
            }

            table.Write(io);
        }
    }

    // The reference counts characters (code points), .NET counts UTF-16 code units.
    private static int[][] CharacterPlaces(string text, IReadOnlyList<(int Start, int End)> offsets)
    {
        var places = new int[text.Length + 1];
        for (var k = 0; k < text.Length; k++)
        {
            places[k + 1] = places[k] + (char.IsHighSurrogate(text[k]) && k + 1 < text.Length && char.IsLowSurrogate(text[k + 1]) ? 0 : 1);
        }

        return [.. offsets.Select(o => new[] { places[o.Start], places[o.End] })];
    }

    private sealed record Report(
        string Text, int[] Ids, IReadOnlyList<string> Tokens, int[][] Offsets, IReadOnlyList<int> TypeIds, string Decoded, string DecodedSkipSpecial);
}
