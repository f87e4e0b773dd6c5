using Collimate.Adapters;
using Collimate.Answering;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Imaging;
using Collimate.Recipes.Schema;

namespace Collimate.Server.Inference;

/// <summary>
/// Answers many conversations at once with one model: prompts join while others are being answered, beginnings of prompts and pictures are remembered, and
/// every answer is the one that the model gives when it is asked alone.
/// </summary>
public sealed class ChatEngine : IDisposable
{
    /// <summary>The name of the meter that engines report to, for OpenTelemetry and other listeners.</summary>
    public const string MeterName = "Collimate.Server";

    private readonly GenerationOptions ends;
    private readonly JobQueue queue;
    private readonly PromptReader reader;
    private readonly PictureSight sight;
    private readonly PrefixStore prefixes;
    private readonly EngineMeters meters;
    private readonly EngineWorker[] workers;

    /// <summary>Starts an engine.</summary>
    /// <param name="name">What the model is called.</param>
    /// <param name="built">The model; the engine's from now on.</param>
    /// <param name="options">How much is done at once, and kept.</param>
    /// <exception cref="ArgumentException">An option lies outside its range.</exception>
    public ChatEngine(string name, BuiltModel built, EngineOptions? options = null)
    {
        options ??= new EngineOptions();
        options.Validate();
        (Name, Built, Options) = (name, built, options);
        built.Model.SetTraining(false);
        ends = EndOfAnswer.AddTo(new GenerationOptions(), built);
        queue = new JobQueue(options.Queue);
        reader = new PromptReader(built, options.PixelBytes);
        sight = new PictureSight(built.Model, built.Processor?.OutputSize ?? default, options.FeatureBytes);
        prefixes = new PrefixStore(built.Model, sight, options.PrefixBlock, options.PrefixBytes);
        meters = new EngineMeters(name, () => queue.Count, () => (prefixes.Hits, prefixes.Misses, sight.Hits, sight.Misses));
        workers = [.. Enumerable.Range(0, options.Workers).Select(k => new EngineWorker($"{name} {k + 1}", built, queue, sight, prefixes, meters, options.Slots))];
    }

    /// <summary>Reads a model and starts an engine; adapters and fusions are merged into its weights.</summary>
    /// <param name="folder">The folder of a run, a model or a checkpoint, such as <c>runs/demo</c>.</param>
    /// <param name="options">How much is done at once, and kept.</param>
    /// <param name="name">What the model is to be called; its folder's name where null.</param>
    /// <exception cref="Torch.Serialization.CheckpointException">The folder holds no model.</exception>
    /// <exception cref="ArgumentException">An option lies outside its range.</exception>
    public static ChatEngine Load(string folder, EngineOptions? options = null, string? name = null)
    {
        var built = ModelFolder.Load(folder);
        AdapterSet.Find(built.Model)?.MergeForGood();
        built.Model.Fusion.MergeInto(built.Model.Language);
        return new ChatEngine(name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), built, options);
    }

    /// <summary>What the model is called.</summary>
    public string Name { get; }

    /// <summary>The model.</summary>
    public BuiltModel Built { get; }

    /// <summary>How much is done at once, and kept.</summary>
    public EngineOptions Options { get; }

    /// <summary>When the engine was started.</summary>
    public DateTimeOffset Created { get; } = DateTimeOffset.UtcNow;

    /// <summary>Prompts that wait for a slot.</summary>
    public int Waiting => queue.Count;

    /// <summary>Whether the model can be shown pictures.</summary>
    public bool Sees => Built.Processor is not null;

    /// <summary>The most positions of a conversation, those of its pictures and the answer included.</summary>
    public int ContextLength => Built.Model.Language.Config.MaxPositions;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in workers)
        {
            worker.Stop();
        }

        prefixes.Dispose();
        sight.Dispose();
        reader.Dispose();
        meters.Dispose();
        Built.Dispose();
    }

    /// <summary>What it measures of itself.</summary>
    internal EngineMeters Meters => meters;

    /// <summary>How many blocks of prompts and how many pictures were remembered.</summary>
    internal (long Prefixes, long Pictures) Remembered => (prefixes.Hits, sight.Hits);

    /// <summary>Renders a conversation and prepares its pictures.</summary>
    /// <exception cref="Data.DataException">The conversation cannot be rendered or does not fit the context.</exception>
    /// <exception cref="UnreadablePictureException">A picture cannot be read.</exception>
    internal Prompt Read(IReadOnlyList<Turn> turns, IReadOnlyList<byte[]> pictures, ImageLimits limits) => reader.Read(turns, pictures, limits);

    /// <summary>Lets a prompt be answered.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">How tokens are chosen; what ends an answer is added.</param>
    /// <param name="choices">How many answers, at most as many as a worker has slots.</param>
    /// <param name="likeliest">How many of the likeliest tokens are told with every token.</param>
    /// <param name="cancellation">Ends the answers at their next token.</param>
    /// <returns>The answers as they are written; null where too many prompts wait already.</returns>
    internal ChatJob? Submit(Prompt prompt, GenerationOptions options, int choices, int likeliest, CancellationToken cancellation)
    {
        options = options with { StopTokens = [.. options.StopTokens, .. ends.StopTokens], StopStrings = [.. options.StopStrings, .. ends.StopStrings] };
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.Beams, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices, Options.Slots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(choices);
        var job = new ChatJob(prompt, options, choices, likeliest, cancellation);
        return queue.TryAdd(job) ? job : null;
    }
}
