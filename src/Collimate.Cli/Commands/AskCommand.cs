using System.CommandLine;
using Collimate.Answering;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate ask</c>: one question about one picture.</summary>
internal static class AskCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The folder of a run, a model or a checkpoint, such as runs/demo; or of a LLaVA, Llama or Qwen2 checkpoint in Hugging Face's layout." };
        var question = new Argument<string>("question") { Description = "The question." };
        var image = new Option<string?>("--image") { Description = "The picture: JPEG, PNG, WebP or GIF.", HelpName = "FILE" };
        var precision = SpeakingModel.PrecisionOption();
        var strict = CheckpointOptionSet.StrictOption();
        var adapter = AdapterOptionSet.AdapterOption();
        var command = new Command("ask", "Ask a trained model about a picture.") { checkpoint, question, image, precision, strict, adapter };
        var generation = new GenerationOptionSet(command, most: 64);
        return command.Runs((parse, io, cancellation) =>
        {
            // The picture first: it is the likelier mistake, and a model takes longer to load.
            var picture = parse.GetValue(image) is { } path ? ImageSource.FromImage(ImageSource.FromFile(path).Load()) : null;
            var options = generation.Read(parse);
            using var built = SpeakingModel.Load(parse.GetRequiredValue(checkpoint), parse.GetValue(precision), parse.GetValue(strict), io, parse.GetValue(adapter));
            using var stream = new AnswerStream(io.Output);
            new Answerer(built).Answer(picture, parse.GetRequiredValue(question), options, stream.Write, cancellation);
            return ExitCode.Success;
        });
    }
}
