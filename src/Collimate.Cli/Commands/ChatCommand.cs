using System.CommandLine;
using Collimate.Answering;
using Collimate.Cli.Display;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Imaging;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate chat</c>: a conversation about pictures, line by line.</summary>
internal static class ChatCommand
{
    private const string Prompt = "> ";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The folder of a run, a model or a checkpoint; or of a LLaVA, Llama or Qwen2 checkpoint in Hugging Face's layout." };
        var image = new Option<string?>("--image") { Description = "A picture to begin with: JPEG, PNG, WebP or GIF.", HelpName = "FILE" };
        var precision = SpeakingModel.PrecisionOption();
        var strict = CheckpointOptionSet.StrictOption();
        var adapter = AdapterOptionSet.AdapterOption();
        var command = new Command("chat", "Talk with a trained model about pictures: /image FILE shows one, /reset begins anew, /exit ends.") { checkpoint, image, precision, strict, adapter };
        var generation = new GenerationOptionSet(command, most: 512);
        return command.Runs(async (parse, io, cancellation) =>
        {
            var picture = parse.GetValue(image) is { } path ? ImageSource.FromImage(ImageSource.FromFile(path).Load()) : null;
            var options = generation.Read(parse);
            using var built = SpeakingModel.Load(parse.GetRequiredValue(checkpoint), parse.GetValue(precision), parse.GetValue(strict), io, parse.GetValue(adapter));
            var session = new ChatSession(new Answerer(built));
            if (picture is not null)
            {
                Show(session, picture, built);
            }

            await Converse(session, built, options, io, cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        });
    }

    private static async Task Converse(ChatSession session, BuiltModel built, GenerationOptions options, CommandIo io, CancellationToken cancellation)
    {
        while (true)
        {
            if (io.InputIsTerminal)
            {
                io.Output.Write(Prompt);
                io.Output.Flush();
            }

            // On a thread of its own, so that Ctrl-C is heard while nobody types.
            var line = await Task.Run(io.Input.ReadLine, cancellation).WaitAsync(cancellation).ConfigureAwait(false);
            switch (line?.Trim())
            {
                case null or "/exit":
                    return;
                case "":
                    break;
                case "/reset":
                    session.Reset();
                    io.Error.WriteLine("A new conversation.");
                    break;
                case var shown when shown.StartsWith("/image ", StringComparison.Ordinal):
                    Try(io, () => Show(session, ImageSource.FromImage(ImageSource.FromFile(shown["/image ".Length..].Trim()).Load()), built));
                    break;
                case var unknown when unknown.StartsWith('/'):
                    io.Error.WriteLine($"There is no command '{unknown.Split(' ')[0]}'; there are /image FILE, /reset and /exit.");
                    break;
                case var question:
                    Try(io, () => Answer(session, question, options, io, cancellation));
                    break;
            }
        }
    }

    private static void Show(ChatSession session, ImageSource picture, BuiltModel built)
    {
        if (built.Processor is null)
        {
            throw new UsageException("the model has no vision tower, so it cannot look at pictures.");
        }

        session.Show(picture);
    }

    private static void Answer(ChatSession session, string question, GenerationOptions options, CommandIo io, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var diversion = io.Interruption?.Divert(stop.Cancel); // ends the answer, not the program
        ChatReply reply;
        using (var stream = new AnswerStream(io.Output))
        {
            reply = session.Say(question, options, stream.Write, stop.Token);
        }

        cancellation.ThrowIfCancellationRequested();
        if (reply.Ending == ChatEnding.ContextFull)
        {
            io.Error.WriteLine("The conversation fills the model's context, so the answer ends here; /reset begins a new one.");
        }
        else if (reply.Ending == ChatEnding.LongEnough)
        {
            io.Error.WriteLine($"The answer was cut after {options.MaxNewTokens} tokens; --max-tokens allows more.");
        }
    }

    // What is wrong with one line is said, and the conversation goes on.
    private static void Try(CommandIo io, Action action)
    {
        try
        {
            action();
        }
        catch (DataException full) when (full.Fault == DataFault.TooLong)
        {
            io.Error.WriteLine($"{full.Message}; /reset begins a new conversation.");
        }
        catch (Exception failure) when (failure is CollimateException or ImageException)
        {
            io.Error.WriteLine(failure.Message);
        }
    }
}
