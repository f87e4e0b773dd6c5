using System.CommandLine;
using Collimate.Answering;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate ask</c>: one question about one picture.</summary>
internal static class AskCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The folder of a run, a model or a checkpoint, such as runs/demo." };
        var question = new Argument<string>("question") { Description = "The question." };
        var image = new Option<string?>("--image") { Description = "The picture: JPEG, PNG, WebP or GIF.", HelpName = "FILE" };
        var maxTokens = new Option<int>("--max-tokens") { Description = "The most tokens of the answer.", HelpName = "N", DefaultValueFactory = _ => 64 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest word each time; above 0 draws.", HelpName = "T" };
        var topK = new Option<int>("--top-k") { Description = "Draw from the K likeliest words only; 0 for all.", HelpName = "K" };
        var topP = new Option<double>("--top-p") { Description = "Draw from the likeliest words that hold this much probability.", HelpName = "P", DefaultValueFactory = _ => 1 };
        var penalty = new Option<double>("--repetition-penalty") { Description = "Above 1 makes repetition less likely.", HelpName = "R", DefaultValueFactory = _ => 1 };
        var beams = new Option<int>("--beams") { Description = "Follow the N likeliest beginnings at once and take the best answer.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var seed = new Option<long>("--seed") { Description = "The same seed draws the same answer.", HelpName = "S" };
        var command = new Command("ask", "Ask a trained model about a picture.") { checkpoint, question, image, maxTokens, temperature, topK, topP, penalty, beams, seed };
        return command.Runs((parse, io, cancellation) =>
        {
            // The picture first: it is the likelier mistake, and a model takes longer to load.
            var picture = parse.GetValue(image) is { } path ? ImageSource.FromImage(ImageSource.FromFile(path).Load()) : null;
            var options = new GenerationOptions
            {
                MaxNewTokens = parse.GetValue(maxTokens), Temperature = parse.GetValue(temperature), TopK = parse.GetValue(topK), TopP = parse.GetValue(topP),
                RepetitionPenalty = parse.GetValue(penalty), Beams = parse.GetValue(beams), Seed = (ulong)parse.GetValue(seed),
            };
            Check(options);
            using var built = ModelFolder.Load(parse.GetRequiredValue(checkpoint));
            var started = false;
            new Answerer(built).Answer(picture, parse.GetRequiredValue(question), options, text =>
            {
                io.Output.Write(started ? text : text.TrimStart());
                started |= text.Trim().Length > 0;
                io.Output.Flush();
            }, cancellation);
            io.Output.WriteLine();
            return ExitCode.Success;
        });
    }

    private static void Check(GenerationOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException problem)
        {
            throw new UsageException(problem.Message);
        }
    }
}
