using System.Text;
using System.Text.Json;
using Collimate.Data;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>The samples of a run, a line each below a line that says what was evaluated. Only ever appended to, a batch at a time.</summary>
internal sealed class SampleFile : IDisposable
{
    /// <summary>The file's name in a run's folder.</summary>
    internal const string FileName = "samples.jsonl";

    private const string HeaderKey = "run";

    private readonly FileStream stream;

    private SampleFile(FileStream stream) => this.stream = stream;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file; what it held is lost.</param>
    /// <param name="header">What is evaluated.</param>
    internal static SampleFile Begin(string path, RunHeader header)
    {
        var file = new SampleFile(Open(path, FileMode.Create));
        file.Write([JsonSerializer.Serialize(new Dictionary<string, RunHeader> { [HeaderKey] = header }, RunJson.Line)]);
        return file;
    }

    /// <summary>Goes on with a file: what stands behind the kept part is cut off.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">The bytes that are kept.</param>
    internal static SampleFile Continue(string path, long length)
    {
        var file = new SampleFile(Open(path, FileMode.Open));
        file.stream.SetLength(length);
        file.stream.Seek(0, SeekOrigin.End);
        return file;
    }

    /// <summary>Appends samples; when this returns they are on the disk.</summary>
    internal void Append(IReadOnlyList<SampleRecord> samples) => Write(samples.Select(sample => JsonSerializer.Serialize(sample, RunJson.Line)));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What was evaluated, the samples, and where each of them ends; null where not even the first line is whole. A last line without its end is as if it were not there.</returns>
    /// <exception cref="DataException">A whole line is damaged, or an id stands twice.</exception>
    internal static SampleContents? Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the samples cannot be read: {failure.Message}", failure);
        }

        RunHeader? header = null;
        var (samples, ends, known, start, line) = (new List<SampleRecord>(), new List<long>(), new HashSet<string>(), 0, 0);
        while (Array.IndexOf(bytes, (byte)'\n', start) is >= 0 and var end)
        {
            line++;
            var where = $"{path}, line {line}";
            if (header is null)
            {
                header = Parse<Dictionary<string, RunHeader>>(bytes.AsSpan(start, end - start), where).GetValueOrDefault(HeaderKey)
                    ?? throw new DataException(where, "expected {\"run\": …}, which says what was evaluated; is this a file of samples?", DataFault.Source);
            }
            else
            {
                var sample = Parse<SampleRecord>(bytes.AsSpan(start, end - start), where);
                samples.Add(known.Add(sample.Id) ? sample : throw new DataException(where, $"the id '{sample.Id}' stands twice", DataFault.Record));
            }

            ends.Add(start = end + 1);
        }

        return header is null ? null : new SampleContents(header, samples, ends);
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static FileStream Open(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.Write, FileShare.Read);
        }
        catch (IOException failure) when (failure is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new DataException($"{path}: the file cannot be written: {failure.Message} Another evaluation may be writing to the same folder; wait for it, or choose another with --out.", failure);
        }
    }

    private static T Parse<T>(ReadOnlySpan<byte> json, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, RunJson.Line) ?? throw new DataException(where, "found null; expected an object", DataFault.Record);
        }
        catch (JsonException failure)
        {
            throw new DataException(where, $"this is no line of a samples file: {failure.Message} (NaN and Infinity are not allowed either)", DataFault.Record);
        }
    }

    private void Write(IEnumerable<string> lines)
    {
        // In one call, so that a process that is killed leaves whole batches but for the last.
        stream.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
        stream.Flush(flushToDisk: true);
    }
}

/// <summary>What a samples file holds.</summary>
/// <param name="Header">What was evaluated.</param>
/// <param name="Samples">The samples.</param>
/// <param name="Ends">Where each line ends in the file, the header's first.</param>
internal sealed record SampleContents(RunHeader Header, IReadOnlyList<SampleRecord> Samples, IReadOnlyList<long> Ends);
