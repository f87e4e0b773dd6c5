using Collimate.Data.Conversations;
using Collimate.Data.Records;
using Collimate.Data.Scenes;

namespace Collimate.Data.Captions;

/// <summary>Pictures with several captions each, as samples of one caption.</summary>
public abstract class CaptionSource : NumberedSource
{
    private readonly CaptionOptions options;
    private int[] ends = []; // captions up to and with each picture's

    /// <param name="options">Which captions are taken, and what they answer.</param>
    /// <param name="stream">Names the streams of random numbers.</param>
    private protected CaptionSource(CaptionOptions options, string stream)
        : base(options.Seed, options.Shuffle, stream) => this.options = options;

    /// <summary>How many samples a pass has: pictures, or captions where all are taken.</summary>
    public override int Count => options.Captions == CaptionUse.All ? CaptionCount : PictureCount;

    /// <summary>How many pictures there are.</summary>
    public int PictureCount => ends.Length;

    /// <summary>How many captions they have together.</summary>
    public int CaptionCount => ends.Length == 0 ? 0 : ends[^1];

    /// <inheritdoc/>
    protected override Sample Read(int number, long pass)
    {
        var (picture, caption) = options.Captions == CaptionUse.All ? Locate(number) : (number, Choose(number, pass));
        return Read(picture, caption);
    }

    /// <summary>The sample of a picture and one of its captions.</summary>
    private protected abstract Sample Read(int picture, int caption);

    /// <summary>Says how many captions every picture has; each has at least one.</summary>
    private protected void Found(IReadOnlyList<int> captions)
    {
        ends = new int[captions.Count];
        var sum = 0;
        for (var k = 0; k < ends.Length; k++)
        {
            ends[k] = sum = checked(sum + captions[k]);
        }
    }

    /// <summary>Puts a sample together.</summary>
    private protected Sample Make(string id, ImageSource picture, string caption) => new(id, [picture], CaptionTurns.Of(options.Instruction, caption));

    private (int Picture, int Caption) Locate(int number)
    {
        var picture = Array.BinarySearch(ends, number + 1);
        picture = picture < 0 ? ~picture : picture;
        return (picture, number - First(picture));
    }

    // Passes go round a picture's captions, so that each is seen as often as the others.
    private int Choose(int picture, long pass)
    {
        var count = ends[picture] - First(picture);
        var random = new SceneRandom((ulong)options.Seed, "captions", picture);
        return (int)((random.Next(count) + pass) % count);
    }

    private int First(int picture) => picture == 0 ? 0 : ends[picture - 1];
}
