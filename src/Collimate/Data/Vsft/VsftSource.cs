using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Vsft;

/// <summary>A file of messages with typed content as a source of training samples: the form of Hugging Face's mixtures for visual fine-tuning.</summary>
/// <remarks>
/// A record is <c>{"messages": [{"role", "content": [{"type": "text", "text"}, {"type": "image", "index"}]}], "images": […]}</c>, as in
/// <c>HuggingFaceH4/llava-instruct-mix-vsft</c> and its smaller kin. The whole file is checked when it is opened; what is kept is where each record stands.
/// </remarks>
public sealed class VsftSource : NumberedSource
{
    private readonly string imageFolder;
    private readonly bool firstExchange;
    private readonly RecordFile file;
    private readonly int[] numbers;

    /// <summary>Opens a file and checks every record of it.</summary>
    /// <param name="options">Which file, which part, in what order. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a record that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent, empty, of another form, or holds records that cannot be used; the message names the first.</exception>
    public VsftSource(VsftOptions options, bool lenient = false)
        : base(options.Seed, options.Shuffle, "vsft")
    {
        var path = Path.GetFullPath(options.Path);
        (imageFolder, firstExchange) = (options.ImageFolder is { } folder ? Path.GetFullPath(folder) : Path.GetDirectoryName(path)!, options.FirstExchange);
        var faults = new FaultCount(lenient);
        file = RecordFile.Open(path, "file of messages", (stream, found) =>
        {
            void Add(long start, ReadOnlyMemory<byte> json)
            {
                faults.Watch(() => VsftRecord.Parse(json, found.Count, path, imageFolder, firstExchange));
                found.Add(start, json.Length);
            }

            if (HoldsArray(stream))
            {
                JsonArrays.Read(stream, path, null, (_, _, start, json) => Add(start, json));
            }
            else
            {
                TextLines.Read(stream, path, quoted: false, (_, start, text) => Add(start, text));
            }
        });
        faults.Judge(file.Count);
        file.NotEmpty();
        numbers = RecordSplit.Numbers(file.Count, options.Split, options.Splits, options.SplitSeed, path);
    }

    /// <summary>How many records the part holds: one pass.</summary>
    public override int Count => numbers.Length;

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var sample = VsftRecord.Parse(file.Read(numbers[number]), numbers[number], file.Path, imageFolder, firstExchange);
        foreach (var image in sample.Images)
        {
            if (image.File is { } path && !File.Exists(path))
            {
                throw new DataException(
                    $"{file.Path}: sample '{sample.Id}'", $"there is no picture {path}; put it there, or say with image_folder where the pictures are (now {imageFolder})", DataFault.Pictures);
            }
        }

        return sample;
    }

    // An array begins with a bracket, and lines with braces; blanks and a byte order mark may stand before.
    private static bool HoldsArray(Stream stream)
    {
        Span<byte> beginning = stackalloc byte[4096];
        var text = beginning[..stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        text = text.StartsWith(RecordText.ByteOrderMark) ? text[RecordText.ByteOrderMark.Length..] : text;
        return text.TrimStart(" \t\r\n"u8).StartsWith("["u8);
    }
}
