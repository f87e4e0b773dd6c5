using System.Reflection;
using System.Text;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Evaluation.Benchmarks.Parsers;
using Collimate.Evaluation.Benchmarks.Readers;
using Collimate.Evaluation.Benchmarks.Scoring;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>Asks a model a benchmark's questions, batch after batch, and writes down every answer. A run that was stopped or killed goes on after its last whole batch.</summary>
/// <param name="definition">The benchmark.</param>
/// <param name="options">What is asked, and where it is written.</param>
public sealed class EvaluationRun(BenchmarkDefinition definition, EvaluationOptions options)
{
    /// <summary>The version of Collimate.</summary>
    public static string CodeVersion { get; } = typeof(EvaluationRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Asks what was not asked yet, and writes the report.</summary>
    /// <param name="answerer">Makes what answers; asked after everything was checked that can be without it, and not at all where nothing is left to ask.</param>
    /// <param name="progress">Is told how many questions are answered and how many there are, before the first batch and after each.</param>
    /// <param name="cancellation">Stops the run after a batch; it can be gone on with.</param>
    /// <exception cref="DataException">Data are absent or damaged, or the folder holds another run.</exception>
    public EvaluationReport Run(Func<IBenchmarkAnswerer> answerer, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch, 1);
        var protocol = definition.Protocol(options.Protocol);
        var files = new BenchmarkFiles(options.Data, definition.Title, definition.Source);
        var asked = Asked(BenchmarkReaders.Table.Create(protocol.Reader, definition.Name).Read(files), protocol);
        var header = new RunHeader
        {
            Benchmark = definition.Name, Protocol = protocol.Name, Definition = definition.Text, DefinitionSha256 = definition.Sha256, DatasetSha256 = files.Sha256, DatasetFiles = files.Hashes,
            Model = options.Model, ModelSha256 = options.ModelSha256, Precision = options.Precision, Batch = options.Batch, Items = asked.Count, Limit = options.Limit, CodeVersion = CodeVersion,
        };
        Directory.CreateDirectory(options.Folder);
        var path = Path.Combine(options.Folder, SampleFile.FileName);
        var done = 0;
        using (var file = Open(path, header, asked, out done))
        {
            progress?.Invoke(done, asked.Count);
            Ask(done < asked.Count ? answerer() : null, protocol, asked, done, file, progress, cancellation);
        }

        return RunScoring.Report(options.Folder);
    }

    private IReadOnlyList<AskedItem> Asked(IReadOnlyList<BenchmarkItem> items, BenchmarkProtocol protocol)
    {
        var known = new HashSet<string>();
        if (items.FirstOrDefault(item => !known.Add(item.Id)) is { } twice)
        {
            throw new DataException($"{definition.Name}, question {twice.Id}", "this id stands twice among the questions; every question needs an id of its own", DataFault.Record);
        }

        var count = Math.Min(options.Limit ?? items.Count, items.Count);
        while (count > 0 && count < items.Count && items[count].Truth.Group is { } group && group == items[count - 1].Truth.Group && items[count].Truth.Category == items[count - 1].Truth.Category)
        {
            count++; // what is scored together is asked together
        }

        return count > 0 ? [.. items.Take(count).Select(item => new AskedItem(item, BenchmarkPrompt.Of(item, protocol)))] : throw new DataException(definition.Name, "there is no question to ask", DataFault.Source);
    }

    private SampleFile Open(string path, RunHeader header, IReadOnlyList<AskedItem> asked, out int done)
    {
        done = 0;
        if (!File.Exists(path) || SampleFile.Read(path) is not { } contents)
        {
            return SampleFile.Begin(path, header);
        }

        if (contents.Header.Differences(header).ToArray() is { Length: > 0 } differences)
        {
            throw new DataException(options.Folder, $"another run is here: {string.Join("; ", differences)}. Its answers cannot be mixed with others: choose another folder with --out, or remove this one", DataFault.Source);
        }

        foreach (var (sample, item) in contents.Samples.Zip(asked))
        {
            if (sample.Id != item.Item.Id || sample.Prompt != Prompt(item.Conversation))
            {
                throw new DataException($"{path}, question {sample.Id}", $"the question in this place is {item.Item.Id} with another prompt; the file was changed. Remove it to begin anew", DataFault.Source);
            }
        }

        // Batches are asked as in a run that was never stopped: a part of one is asked again as a whole.
        done = contents.Samples.Count >= asked.Count ? asked.Count : contents.Samples.Count / options.Batch * options.Batch;
        return contents.Samples.Count > asked.Count
            ? throw new DataException(path, $"it holds {contents.Samples.Count} answers to {asked.Count} questions; the file was changed. Remove it to begin anew", DataFault.Source)
            : SampleFile.Continue(path, contents.Ends[done]);
    }

    private void Ask(IBenchmarkAnswerer? answerer, BenchmarkProtocol protocol, IReadOnlyList<AskedItem> asked, int done, SampleFile file, Action<int, int>? progress, CancellationToken cancellation)
    {
        var (parser, metric) = (AnswerParsers.Of(protocol.Parser, definition.Name), BenchmarkMetrics.Of(protocol.Metric, definition.Name));
        while (answerer is not null && done < asked.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            AskedItem[] batch = [.. asked.Skip(done).Take(options.Batch)];
            var answers = answerer.Answer(batch, protocol.MaxNewTokens, cancellation);
            file.Append([.. batch.Zip(answers, (item, raw) => Sample(item, Whole(raw), parser, metric))]);
            done += batch.Length;
            progress?.Invoke(done, asked.Count);
        }
    }

    private static SampleRecord Sample(AskedItem asked, string raw, IAnswerParser parser, BenchmarkMetric metric)
    {
        var scored = RunScoring.Score(asked.Item.Id, raw, asked.Item.Truth, parser, metric);
        return new SampleRecord
        {
            Id = asked.Item.Id, Prompt = Prompt(asked.Conversation), Images = [.. asked.Item.Images.Select(image => Convert.ToHexStringLower(image.ContentHash()))], Raw = raw,
            Parsed = scored.Answer.Text, Failed = scored.Answer.Failed, Truth = asked.Item.Truth, Score = scored.Score, Parser = parser.Name,
        };
    }

    private static string Prompt(Sample conversation) => string.Join("\n\n", conversation.Conversation.Select(turn => turn.Text));

    // Half a character has no place in a file of UTF-8; what is scored is what is written down.
    private static string Whole(string raw) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(raw));
}
