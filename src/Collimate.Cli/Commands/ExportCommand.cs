using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate export</c>: writes what a run trained as Hugging Face checkpoints.</summary>
internal static class ExportCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The folder of a run, a model or a checkpoint." };
        var output = new Option<string>("--out") { Description = "The folder to write.", Required = true, HelpName = "DIR" };
        var type = new Option<string>("--type") { Description = "How weights are stored: fp32, fp16 or bf16.", HelpName = "TYPE", DefaultValueFactory = _ => "fp32" };
        type.AcceptOnlyFromAmong("fp32", "fp16", "bf16");
        var command = new Command("export", "Write a trained decoder or dual encoder in Hugging Face's layout.") { checkpoint, output, type };
        return command.Runs((parse, io, _) =>
        {
            var folder = parse.GetRequiredValue(output);
            var stored = parse.GetValue(type) switch { "fp16" => ScalarType.Float16, "bf16" => ScalarType.BFloat16, _ => ScalarType.Float32 };
            var what = Export(parse.GetRequiredValue(checkpoint), folder, stored);
            io.Output.WriteLine($"The {what} is in {folder}");
            return ExitCode.Success;
        });
    }

    private static string Export(string checkpoint, string folder, ScalarType type)
    {
        // A dual encoder's run holds it in Hugging Face's layout already, without a recipe beside it.
        foreach (var place in (string[])[checkpoint, Path.Combine(checkpoint, "model")])
        {
            if (File.Exists(Path.Combine(place, "config.json")) && !File.Exists(Path.Combine(place, ModelFolder.RecipeFile)))
            {
                return ExportEncoder(place, folder, type);
            }
        }

        using var built = ModelFolder.Load(checkpoint);
        var language = built.Model.Language;
        ModelExport.Write(language, language.Config.ToJson(), folder, type);
        TokenizerFolder.Save(folder, built.Tokenizer, built.Template, language.Config.MaxPositions);
        return "decoder";
    }

    private static string ExportEncoder(string place, string folder, ScalarType type)
    {
        using var encoder = DualEncoder.Load(place);
        ModelExport.Write(encoder, encoder.Config.ToJson(), folder, type);
        foreach (var file in Directory.GetFiles(place, "*.json").Where(file => Path.GetFileName(file) != "config.json"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return "dual encoder";
    }
}
