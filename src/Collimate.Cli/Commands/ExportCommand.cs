using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Collimate.Adapters;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate export</c>: writes what a run trained as Hugging Face checkpoints.</summary>
internal static partial class ExportCommand
{
    private static readonly Dictionary<string, long> Units = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["B"] = 1, ["KB"] = 1_000, ["MB"] = 1_000_000, ["GB"] = 1_000_000_000, ["KiB"] = 1L << 10, ["MiB"] = 1L << 20, ["GiB"] = 1L << 30,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The folder of a run, a model or a checkpoint; or of a checkpoint in Hugging Face's layout, to store it in another type." };
        var output = new Option<string>("--out") { Description = "The folder to write.", Required = true, HelpName = "DIR" };
        var type = new Option<string>("--type") { Description = "How weights are stored: fp32, fp16 or bf16.", HelpName = "TYPE", DefaultValueFactory = _ => "fp32" };
        type.AcceptOnlyFromAmong("fp32", "fp16", "bf16");
        var shard = new Option<string>("--max-shard-size") { Description = "The most bytes of weights in a file, such as 500MB or 5GB.", HelpName = "SIZE", DefaultValueFactory = _ => "5GB" };
        var strict = CheckpointOptionSet.StrictOption();
        var (adapter, merge) = (AdapterOptionSet.AdapterOption(), AdapterOptionSet.MergeOption());
        var command = new Command("export", "Write a model in Hugging Face's layout: a LLaVA model whole, of others the decoder or dual encoder.") { checkpoint, output, type, shard, strict, adapter, merge };
        return command.Runs((parse, io, _) =>
        {
            var target = new Target(
                parse.GetRequiredValue(output),
                parse.GetValue(type) switch { "fp16" => ScalarType.Float16, "bf16" => ScalarType.BFloat16, _ => ScalarType.Float32 },
                ParseSize(parse.GetValue(shard)!));
            var source = parse.GetRequiredValue(checkpoint);
            if (parse.GetValue(adapter) is not null && !parse.GetValue(merge))
            {
                throw new UsageException("--adapter has a folder of its own already; say --merge too, to write it into the model's weights.");
            }

            T Load<T>(Func<T> load) => CheckpointOptionSet.Load(parse.GetValue(strict), io, load);
            void Prepare(Module model)
            {
                AdapterOptionSet.Load(parse.GetValue(adapter), model);
                AdapterOptionSet.Merge(parse.GetValue(merge), model);
            }

            var what = PublishedFolder.Find(source) is { } published
                ? CopyPublished(published, Load(() => PublishedFolder.Load(published)), Prepare, target)
                : Export(Load(() => ModelFolder.Load(source)), Prepare, target);
            io.Output.WriteLine($"The {what} is in {target.Folder}");
            return ExitCode.Success;
        });
    }

    private static string Export(BuiltModel built, Action<Module> prepare, Target target)
    {
        using var owned = built;
        prepare(built.Model);
        var reason = LlavaFolder.Save(target.Folder, built, target.Type, target.MaxShardBytes);
        if (reason is null)
        {
            return $"LLaVA model{AdapterOptionSet.WriteBeside(built.Model, target.Folder)}";
        }

        if (AdapterSet.Find(built.Model) is { Names.Count: > 0 })
        {
            throw new UsageException("the model has adapters, which the decoder alone cannot take along; say --merge to write them into its weights.");
        }

        var language = built.Model.Language;
        TokenizerFolder.Save(target.Folder, built.Tokenizer, built.Template, language.Config.MaxPositions);
        ModelExport.Write(language, language.Config.ToJson(), target.Folder, target.Type, target.MaxShardBytes);
        return built.Model.Vision is NoTower ? "decoder" : $"decoder alone (a LLaVA checkpoint cannot hold the whole model: {reason})";
    }

    private static string CopyPublished(string source, (Module Model, string What) published, Action<Module> prepare, Target target)
    {
        using var model = published.Model;
        prepare(model);
        ModelExport.WriteAgain(model, source, target.Folder, target.Type, target.MaxShardBytes);
        return published.What;
    }

    private static long ParseSize(string text)
    {
        var match = SizePattern().Match(text);
        return match.Success && Units.TryGetValue(match.Groups[2].Value, out var unit)
            && decimal.TryParse(match.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is >= 1 and < long.MaxValue
            ? (long)(number * unit)
            : throw new UsageException($"--max-shard-size '{text}' is no size; write it as 500MB, 5GB or 2GiB.");
    }

    [GeneratedRegex(@"^\s*([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([A-Za-z]*)\s*$")]
    private static partial Regex SizePattern();

    private sealed record Target(string Folder, ScalarType Type, long MaxShardBytes);
}
