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
        var texts = new Argument<string[]>("text") { Description = "The texts; without any, each line of the input is one.", Arity = ArgumentArity.ZeroOrMore };
        var tokens = new Option<bool>("--tokens") { Description = "Show every token beside its id." };
        var json = new Option<bool>("--json") { Description = "Write one JSON object a text, each on its line." };
        var command = new Command("tokenize", "Turn text into token ids, one line a text.") { texts, tokenizer, tokens, json };
        return command.Runs(async (parse, io, cancellationToken) =>
        {
            var loaded = Load(parse.GetRequiredValue(tokenizer));
            var given = parse.GetValue(texts) ?? [];
            foreach (var text in given)
            {
                Write(io, loaded, text, parse.GetValue(tokens), parse.GetValue(json));
            }

            // A terminal's read cannot be cancelled, so it waits on a thread of its own.
            while (given.Length == 0 && await Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken) is { } line)
            {
                Write(io, loaded, line, parse.GetValue(tokens), parse.GetValue(json));
            }

            return ExitCode.Success;
        });
    }

    private static BytePairTokenizer Load(string path) =>
        BytePairTokenizer.Load(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path);

    private static void Write(CommandIo io, ITokenizer tokenizer, string text, bool withTokens, bool asJson)
    {
        var ids = tokenizer.Encode(text);
        if (asJson)
        {
            io.WriteJsonLine(new TokenizedText(text, ids, [.. ids.Select(tokenizer.IdToToken)]));
        }
        else if (!withTokens)
        {
            io.Output.WriteLine(string.Join(' ', ids));
        }
        else
        {
            var table = new TextTable(">id", "token", "text");
            foreach (var id in ids)
            {
                table.Row($"{id}", tokenizer.IdToToken(id), $"'{tokenizer.Decode([id], skipSpecial: false)}'");
            }

            table.Write(io);
        }
    }

    private sealed record TokenizedText(string Text, int[] Ids, string[] Tokens);
}
