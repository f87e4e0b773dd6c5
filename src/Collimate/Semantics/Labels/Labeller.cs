using System.Buffers.Binary;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Semantics.Labels;

/// <summary>Finds the words of the patches of many pictures with a dual encoder, and writes them to a file.</summary>
/// <remarks>
/// Pictures are looked at in chunks that follow from their order alone. One that occurs twice is labelled once, and a chunk of which a killed run has written a part is looked at
/// whole, so a file made in several runs is, byte for byte, the one that a single run makes.
/// </remarks>
public sealed class Labeller : IDisposable
{
    private readonly DualEncoder encoder;
    private readonly ImageProcessor processor;
    private readonly TopWords search;
    private readonly LabelChoices choices;

    /// <param name="encoder">The dual encoder; borrowed.</param>
    /// <param name="tokenizer">Its text tower's tokenizer.</param>
    /// <param name="processor">How its pictures are prepared.</param>
    /// <param name="words">The words.</param>
    /// <param name="choices">How words are found.</param>
    /// <exception cref="DataException">A word becomes no token, or a template has no place for it.</exception>
    public Labeller(DualEncoder encoder, ITokenizer tokenizer, ImageProcessor processor, WordList words, LabelChoices choices)
    {
        var side = encoder.Config.Vision.ImageSize;
        if (processor.OutputSize != new ImageSize(side, side))
        {
            throw new DataException("the encoder", $"preprocessor_config.json makes pictures of {processor.OutputSize}, but config.json describes an encoder of pictures of {side} x {side}; make the two agree");
        }

        (this.encoder, this.processor, this.choices, Words) = (encoder, processor, choices, words);
        Origin = LabelOrigin.Of(encoder, processor.Transform, words, choices);
        using var directions = WordDirections.Of(encoder, tokenizer, words, choices.Templates);
        search = new TopWords(directions, choices.Top);
    }

    /// <summary>What the labels come from.</summary>
    public LabelOrigin Origin { get; }

    /// <summary>The words.</summary>
    public WordList Words { get; }

    /// <summary>The words' directions, <c>[words, width]</c>.</summary>
    internal Tensor Directions => search.Directions;

    /// <summary>Pictures looked at together.</summary>
    public int ChunkSize { get; init; } = 8;

    /// <summary>Chunks looked at side by side.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Is told of a picture that cannot be read, which is then left out; null to let the first end the labelling.</summary>
    public Action<string>? OnBadPicture { get; init; }

    /// <summary>Labels pictures; the file is finished when all are.</summary>
    /// <param name="pictures">The pictures, in an order that is always the same.</param>
    /// <param name="path">The file to make, to go on with, or to add to.</param>
    /// <param name="report">Is told how many pictures have been gone through, and how many labels there are.</param>
    /// <param name="cancellation">Ends the labelling after the chunks in hand; what is done stays.</param>
    /// <returns>How many pictures were looked at in this run.</returns>
    /// <exception cref="DataException">The file has labels of another kind, or cannot be written.</exception>
    /// <exception cref="ImageException">A picture cannot be read.</exception>
    public long Label(IEnumerable<ImageSource> pictures, string path, Action<long, int>? report = null, CancellationToken cancellation = default)
    {
        using var writer = LabelWriter.Open(path, Origin, Words);
        var looked = 0L;
        foreach (var group in Chunks(pictures, writer, passed => report?.Invoke(passed, writer.Count)).Where(chunk => !Array.TrueForAll(chunk.Pictures, picture => writer.Contains(picture.ContentHash()))).Chunk(Workers))
        {
            cancellation.ThrowIfCancellationRequested();
            var found = new (PatchLabels Labels, float[] Mean)[group.Length][];
            SideBySide.Run(group.Length, Workers, k => found[k] = Look(group[k].Pictures));
            foreach (var (chunk, labels) in group.Zip(found))
            {
                foreach (var (picture, (mine, mean)) in chunk.Pictures.Zip(labels).Where(pair => !writer.Contains(pair.First.ContentHash())))
                {
                    writer.Add(picture.ContentHash(), mine, mean);
                    looked++;
                }
            }

            writer.Flush();
            report?.Invoke(group[^1].Passed, writer.Count);
        }

        writer.Finish();
        return looked;
    }

    /// <summary>The labels of pictures that are looked at together, and the mean of the patches of each as they were compared.</summary>
    /// <param name="pictures">The pictures.</param>
    internal (PatchLabels Labels, float[] Mean)[] Look(IReadOnlyList<ImageSource> pictures)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var unit = TopWords.Turned(PatchSight.Of(encoder, Pixels(processor, pictures), choices.Similarity), choices.Similarity); // [images, patches, width]
        var means = unit.Mean(1).ToArray<float>();
        return [.. search.Find(unit).Select((labels, at) => (labels, means.AsSpan(at * Origin.Width, Origin.Width).ToArray()))];
    }

    /// <summary>Pictures as an encoder takes them.</summary>
    /// <param name="processor">How they are prepared.</param>
    /// <param name="pictures">The pictures.</param>
    /// <returns><c>[images, 3, height, width]</c></returns>
    internal static Tensor Pixels(ImageProcessor processor, IReadOnlyList<ImageSource> pictures)
    {
        var pixels = new float[pictures.Count * processor.OutputLength];
        for (var k = 0; k < pictures.Count; k++)
        {
            pictures[k].Process(processor, pixels.AsSpan(k * processor.OutputLength, processor.OutputLength));
        }

        return Tensor.From(pixels, [pictures.Count, 3, processor.OutputSize.Height, processor.OutputSize.Width]);
    }

    /// <inheritdoc/>
    public void Dispose() => search.Dispose();

    // Pictures that differ, so many at a time, with how many had been gone through by then.
    private IEnumerable<(ImageSource[] Pictures, long Passed)> Chunks(IEnumerable<ImageSource> pictures, LabelWriter writer, Action<long> passing)
    {
        var seen = new HashSet<UInt128>();
        var chunk = new List<ImageSource>(ChunkSize);
        var passed = 0L;
        foreach (var picture in pictures)
        {
            passed++;
            if (!IsUsable(picture, writer) || !seen.Add(BinaryPrimitives.ReadUInt128BigEndian(picture.ContentHash())))
            {
                continue;
            }

            chunk.Add(picture);
            if (chunk.Count == ChunkSize)
            {
                yield return ([.. chunk], passed);
                chunk.Clear();
                passing(passed);
            }
        }

        if (chunk.Count > 0)
        {
            yield return ([.. chunk], passed);
        }
    }

    // Where bad pictures are left out, each new one is decoded here once more, so that chunks hold the same pictures in every run.
    private bool IsUsable(ImageSource picture, LabelWriter writer)
    {
        if (OnBadPicture is null)
        {
            return true;
        }

        try
        {
            if (!writer.Contains(picture.ContentHash()))
            {
                picture.Process(processor, new float[processor.OutputLength]);
            }

            return true;
        }
        catch (ImageException problem)
        {
            OnBadPicture(problem.Message);
            return false;
        }
    }
}
