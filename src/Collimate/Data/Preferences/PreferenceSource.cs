using Collimate.Data.Conversations;
using Collimate.Data.LlavaJson;
using Collimate.Data.Records;

namespace Collimate.Data.Preferences;

/// <summary>A file of preferences as a source of training samples: endless, pass after pass, each in an order that follows from the seed.</summary>
/// <remarks>
/// The whole file is checked when it is opened. What is kept is where each record stands; records are read when they are drawn, and pictures when they are needed.
/// Safe to use from several threads.
/// </remarks>
public sealed class PreferenceSource : NumberedSource
{
    private readonly string imageFolder;
    private readonly bool needsImage;
    private readonly RecordFile file;
    private readonly int[] numbers;

    /// <summary>Opens a file and checks every record of it.</summary>
    /// <param name="options">Which file, and in what order. Relative paths start from the current folder.</param>
    /// <param name="lenient">Whether a record that cannot be used is a fault of the sample when it is drawn, and not of the file.</param>
    /// <exception cref="DataException">The file is absent, empty, no JSON, or holds records that cannot be used; the message names the first.</exception>
    public PreferenceSource(PreferenceSourceOptions options, bool lenient = false)
        : base(options.Seed, options.Shuffle, "preferences")
    {
        var path = Path.GetFullPath(options.Path);
        needsImage = options.NeedsImage;
        imageFolder = options.ImageFolder is { } folder ? Path.GetFullPath(folder) : Path.GetDirectoryName(path)!;
        if (File.Exists(path) && !Directory.Exists(imageFolder))
        {
            throw new DataException($"{imageFolder}: there is no such folder, where the pictures of {path} should be; set image_folder.");
        }

        var faults = new FaultCount(lenient);
        file = RecordFile.Open(path, "file of preferences", (stream, found) => JsonArrays.Read(stream, path, null, (_, number, start, json) =>
        {
            faults.Watch(() => PreferenceRecord.Parse(json, number, path, imageFolder, needsImage));
            found.Add(start, json.Length);
        }));
        faults.Judge(file.Count);
        file.NotEmpty();
        numbers = RecordSplit.Numbers(file.Count, options.Split, options.Splits, options.SplitSeed, path);
    }

    /// <summary>How many records the part holds: one pass.</summary>
    public override int Count => numbers.Length;

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass) => LlavaJsonSource.WithPictures(
        PreferenceRecord.Parse(file.Read(numbers[number]), numbers[number], file.Path, imageFolder, needsImage), file.Path, imageFolder);
}
