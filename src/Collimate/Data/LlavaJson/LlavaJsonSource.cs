using Collimate.Data.Conversations;
using Collimate.Data.Scenes;

namespace Collimate.Data.LlavaJson;

/// <summary>A LLaVA JSON file as a source of training samples: endless, pass after pass, each in an order that follows from the seed.</summary>
/// <remarks>
/// The whole file is checked when it is opened, so that a training does not end at its last record. What is kept is where each record
/// stands; records are read when they are drawn, and pictures when they are needed. Safe to use from several threads.
/// </remarks>
public sealed class LlavaJsonSource : ISampleSource
{
    private readonly string path;
    private readonly string imageFolder;
    private readonly LlavaJsonOptions options;
    private readonly LlavaJsonIndex index;
    private readonly (long Length, DateTime Written) stamp;
    private Pass? latest;

    /// <summary>Opens a file and checks every record of it.</summary>
    /// <param name="options">Which file, and in what order. Relative paths start from the current folder.</param>
    /// <exception cref="DataException">The file is absent, empty, no JSON, or holds records that cannot be used; the message names the first.</exception>
    public LlavaJsonSource(LlavaJsonOptions options)
    {
        this.options = options;
        path = Path.GetFullPath(options.Path);
        imageFolder = options.ImageFolder is { } folder ? Path.GetFullPath(folder) : Path.GetDirectoryName(path)!;
        if (!File.Exists(path))
        {
            throw new DataException($"{path}: there is no such file; path must name a LLaVA JSON file.");
        }

        if (!Directory.Exists(imageFolder))
        {
            throw new DataException($"{imageFolder}: there is no such folder, where the pictures of {path} should be; set image_folder.");
        }

        try
        {
            stamp = Stamp();
            index = Open();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the LLaVA JSON file cannot be read: {failure.Message}", failure);
        }

        if (index.Count == 0)
        {
            throw new DataException($"{path}: the file holds no records, so there is nothing to draw from.");
        }
    }

    /// <summary>How many records the file holds: one pass.</summary>
    public int Count => index.Count;

    /// <inheritdoc/>
    long? ISampleSource.Count => Count;

    /// <inheritdoc/>
    /// <exception cref="DataException">A picture is missing, or the file is no longer what it was when it was opened.</exception>
    public IReadOnlyList<Sample> Draw(long step, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var samples = new Sample[count];
        try
        {
            using var file = File.OpenHandle(path);
            if (Stamp() != stamp)
            {
                throw new DataException($"{path}: the file has changed since it was opened; start again with the file as it is now.");
            }

            for (var k = 0; k < count; k++)
            {
                var place = checked((step * count) + k);
                var number = PassOf(place / Count).RecordAt((int)(place % Count));
                var (start, length) = index[number];
                var json = new byte[length];
                ReadFully(file, json, start);
                samples[k] = WithPictures(LlavaJsonRecord.Parse(json, number, path, imageFolder));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the LLaVA JSON file cannot be read any more: {failure.Message}", failure);
        }

        return samples;
    }

    private LlavaJsonIndex Open()
    {
        var (faults, first) = (0, default(DataException));
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var read = LlavaJsonIndex.Read(stream, path, (number, json) =>
        {
            try
            {
                LlavaJsonRecord.Parse(json, number, path, imageFolder);
            }
            catch (DataException fault)
            {
                first ??= fault;
                faults++;
            }
        });
        return first is null ? read : throw (faults == 1 ? first : FirstOf(first, faults, read.Count));
    }

    private static DataException FirstOf(DataException fault, int faults, int records)
    {
        var where = fault.SampleId!;
        return new DataException(where, $"{fault.Message[(where.Length + 2)..]}. It is the first of {faults} records that cannot be used, of {records}", fault.Fault);
    }

    private (long Length, DateTime Written) Stamp()
    {
        var file = new FileInfo(path);
        return (file.Length, file.LastWriteTimeUtc);
    }

    private Sample WithPictures(Sample sample)
    {
        foreach (var image in sample.Images)
        {
            if (!File.Exists(image.Origin))
            {
                throw new DataException(
                    $"{path}: sample '{sample.Id}'", $"there is no picture {image.Origin}; put it there, or say with image_folder where the pictures are (now {imageFolder})", DataFault.Pictures);
            }
        }

        return sample;
    }

    // A pass is made anew when it is not at hand: steps come one after another, so that is once a pass.
    private Pass PassOf(long number)
    {
        if (latest is { } held && held.Number == number)
        {
            return held;
        }

        var made = new Pass(number, options.Shuffle ? Shuffled(number) : null);
        latest = made;
        return made;
    }

    private int[] Shuffled(long pass)
    {
        var order = Enumerable.Range(0, Count).ToArray();
        var random = new SceneRandom((ulong)options.Seed, "llava_json", pass);
        random.Shuffle(order.AsSpan());
        return order;
    }

    private static void ReadFully(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes, long start)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], start + done);
            done += read > 0 ? read : throw new EndOfStreamException("it ends earlier than it did when it was opened");
        }
    }

    private sealed record Pass(long Number, int[]? Order)
    {
        internal int RecordAt(int place) => Order is null ? place : Order[place];
    }
}
