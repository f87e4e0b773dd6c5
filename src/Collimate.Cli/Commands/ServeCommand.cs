using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Semantics;
using Collimate.Server.Embedding;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;
using Collimate.Torch;
using Microsoft.Extensions.Logging;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate serve</c>: models behind an OpenAI-compatible endpoint.</summary>
internal sealed class ServeCommand
{
    private const string KeyVariable = "COLLIMATE_API_KEY";

    private readonly Argument<string[]> checkpoints = new("checkpoint")
    {
        Description = "Folders of models that answer, or of SigLIP or CLIP checkpoints that embed; each is called by its folder's name, or as NAME=FOLDER says.", Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> host = new("--host") { Description = "The address to listen on; 0.0.0.0 for all of this machine's.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int> port = new("--port") { Description = "The port; 0 takes a free one.", HelpName = "N", DefaultValueFactory = _ => 8000 };
    private readonly Option<string?> keyFile = new("--api-key-file") { Description = $"A file of keys, one a line, of which every request must bring one; {KeyVariable} does the same with one key.", HelpName = "FILE" };
    private readonly Option<string[]> names = new("--host-name") { Description = "A name that requests may call the server by, beside localhost and the address; * for any.", HelpName = "NAME" };
    private readonly Option<string[]> pictureHosts = new("--allow-image-host") { Description = "A host that pictures may be fetched from by http or https; none by default.", HelpName = "HOST" };
    private readonly Option<int> workers = new("--workers") { Description = "Threads that compute, of each model.", HelpName = "N", DefaultValueFactory = _ => new EngineOptions().Workers };
    private readonly Option<int> slots = new("--slots") { Description = "Answers that a worker writes side by side.", HelpName = "N", DefaultValueFactory = _ => new EngineOptions().Slots };
    private readonly Option<int> queue = new("--queue") { Description = "Requests of a model that may wait; more are told to come again.", HelpName = "N", DefaultValueFactory = _ => new EngineOptions().Queue };
    private readonly Option<int> maxTokens = new("--max-tokens") { Description = "The most tokens of an answer, whatever a request asks for.", HelpName = "N", DefaultValueFactory = _ => new ServerOptions().MaxTokens };
    private readonly Option<int> maxImages = new("--max-images") { Description = "The most pictures of a request.", HelpName = "N", DefaultValueFactory = _ => new ServerOptions().MaxPictures };
    private readonly Option<int> maxBody = new("--max-body") { Description = "The most MiB of a request.", HelpName = "MIB", DefaultValueFactory = _ => (int)(new ServerOptions().MaxBodyBytes >> 20) };
    private readonly Option<int> cache = new("--cache") { Description = "MiB of each model for beginnings of prompts, and half as many for pictures, that are remembered; 0 for none.", HelpName = "MIB", DefaultValueFactory = _ => 256 };
    private readonly Option<int> drain = new("--drain") { Description = "Seconds that answers may go on after SIGTERM.", HelpName = "S", DefaultValueFactory = _ => 30 };
    private readonly Option<string?> words = new("--words") { Description = "The words that visual tokens are compared with, one a line; the gym's by default.", HelpName = "FILE" };
    private readonly Option<string> log = new("--log") { Description = "How what happens is written to the error stream: text, json or none.", HelpName = "FORM", DefaultValueFactory = _ => "text" };
    private readonly Option<int> threads = new("--threads") { Description = "Threads inside one operator; above 1 pays for large models with one worker.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> otlp = MeterExport.Option();
    private readonly Option<string> precision = SpeakingModel.PrecisionOption();
    private readonly Option<bool> strict = CheckpointOptionSet.StrictOption();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var serve = new ServeCommand();
        serve.log.AcceptOnlyFromAmong("text", "json", "none");
        var command = new Command("serve", "Put models behind an OpenAI-compatible endpoint: chat with pictures, embeddings.") { serve.checkpoints };
        foreach (var option in (Option[])[
            serve.host, serve.port, serve.keyFile, serve.names, serve.pictureHosts, serve.workers, serve.slots, serve.queue, serve.maxTokens, serve.maxImages,
            serve.maxBody, serve.cache, serve.drain, serve.words, serve.log, serve.otlp, serve.threads, serve.precision, serve.strict])
        {
            command.Add(option);
        }

        return command.Runs(serve.Run);
    }

    private async Task<int> Run(ParseResult parse, CommandIo io, CancellationToken cancellation)
    {
        var (options, engine) = (Options(parse), Engine(parse));
        var list = parse.GetValue(words) is { } file ? WordList.Load(file) : null;
        var wanted = parse.GetRequiredValue(checkpoints).Select(NamedFolder.Parse).ToArray();
        NamedFolder.CheckNames(wanted);
        TorchRuntime.Threads = InRange(parse, threads, 1, 256);
        var meters = MeterExport.From(parse.GetValue(otlp));
        using var models = Load(wanted, engine, parse, io);
        using var export = meters?.Start();
        await using var server = await Started(options, models, list, parse).ConfigureAwait(false);
        io.Output.WriteLine($"Listening on {server.Address.AbsoluteUri.TrimEnd('/')} for {string.Join(", ", wanted.Select(folder => folder.Name))}{(options.ApiKeys.Count == 0 ? " without an API key" : "")}");
        io.Output.Flush();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        var isWhole = await server.Drain().ConfigureAwait(false);
        io.Error.WriteLine(isWhole ? "collimate: all answers were finished; stopped." : $"collimate: some answers were not finished within {options.DrainTimeout.TotalSeconds} seconds; stopped.");
        return ExitCode.Success;
    }

    private async Task<CollimateServer> Started(ServerOptions options, ModelCatalog models, WordList? list, ParseResult parse)
    {
        try
        {
            return await CollimateServer.Start(options, models, list, logging => Log(logging, parse.GetValue(log)), CancellationToken.None).ConfigureAwait(false); // told to stop meanwhile, it drains at once
        }
        catch (Exception wrong) when (wrong is IOException or ArgumentException)
        {
            throw new UsageException($"--host {options.Address} --port {options.Port}: {wrong.Message}");
        }
    }

    private ModelCatalog Load(NamedFolder[] wanted, EngineOptions engine, ParseResult parse, CommandIo io)
    {
        var (chats, embeddings) = (new List<ChatEngine>(), new List<EmbeddingModel>());
        try
        {
            foreach (var (name, folder) in wanted)
            {
                if (EmbeddingModel.IsAt(folder))
                {
                    embeddings.Add(EmbeddingModel.Load(name, folder));
                }
                else
                {
                    chats.Add(new ChatEngine(name, SpeakingModel.Load(folder, parse.GetValue(precision), parse.GetValue(strict), io), engine));
                }
            }

            return new ModelCatalog(chats, embeddings);
        }
        catch
        {
            chats.ForEach(chat => chat.Dispose());
            embeddings.ForEach(model => model.Dispose());
            throw;
        }
    }

    private ServerOptions Options(ParseResult parse)
    {
        var safe = new ServerOptions();
        return safe with
        {
            Address = parse.GetRequiredValue(host), Port = InRange(parse, port, 0, 65535), ApiKeys = Keys(parse), HostNames = parse.GetValue(names) ?? [],
            PictureHosts = parse.GetValue(pictureHosts) ?? [], MaxTokens = InRange(parse, maxTokens, 1, 1_000_000), MaxPictures = InRange(parse, maxImages, 1, 1000),
            MaxBodyBytes = (long)InRange(parse, maxBody, 1, 1024) << 20, DrainTimeout = TimeSpan.FromSeconds(InRange(parse, drain, 0, 86_400)),
            MaxChoices = Math.Min(safe.MaxChoices, InRange(parse, slots, 1, Models.Language.CausalLanguageModel.MostRowsTogether)),
            MaxRequests = InRange(parse, queue, 1, 100_000) + (InRange(parse, workers, 1, 64) * InRange(parse, slots, 1, Models.Language.CausalLanguageModel.MostRowsTogether)),
        };
    }

    private EngineOptions Engine(ParseResult parse)
    {
        var bytes = (long)InRange(parse, cache, 0, 1 << 20) << 20;
        return new EngineOptions
        {
            Workers = parse.GetValue(workers), Slots = parse.GetValue(slots), Queue = parse.GetValue(queue), PrefixBytes = bytes, FeatureBytes = bytes / 4, PixelBytes = bytes / 4,
        };
    }

    private string[] Keys(ParseResult parse)
    {
        var own = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? [key] : Array.Empty<string>();
        if (parse.GetValue(keyFile) is not { } file)
        {
            return own;
        }

        string[] keys;
        try
        {
            keys = [.. File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--api-key-file {file}: {problem.Message}");
        }

        return keys.Length > 0 ? [.. own, .. keys] : throw new UsageException($"--api-key-file {file}: there is no key in it; write one a line");
    }

    private static void Log(ILoggingBuilder logging, string? form)
    {
        if (form == "none")
        {
            return;
        }

        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (form == "json")
        {
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddSimpleConsole(text => (text.SingleLine, text.TimestampFormat) = (true, "HH:mm:ss "));
        }
    }

    private static int InRange(ParseResult parse, Option<int> option, int least, int most) =>
        parse.GetValue(option) is var value && value >= least && value <= most ? value : throw new UsageException($"{option.Name} is {value}; expected {least} to {most}");
}
