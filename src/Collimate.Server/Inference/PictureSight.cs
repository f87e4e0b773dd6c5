using Collimate.Alignment;
using Collimate.Imaging;
using Collimate.Torch;

namespace Collimate.Server.Inference;

/// <summary>Looks at the pictures of a prompt, or remembers what the eye said of them. Where the eye looks by the question, the question is part of what is remembered.</summary>
/// <param name="model">The model.</param>
/// <param name="size">Of a prepared picture.</param>
/// <param name="limit">The most bytes that are remembered.</param>
internal sealed class PictureSight(VisionLanguageModel model, ImageSize size, long limit) : IDisposable
{
    private readonly LeasedCache<Tensor> seen = new(limit, features => features.ElementCount * features.Type.Size());

    /// <summary>How often a picture was remembered.</summary>
    public long Hits => seen.Hits;

    /// <summary>How often a picture had to be looked at.</summary>
    public long Misses => seen.Misses;

    /// <summary>A prompt as a batch, its pictures looked at.</summary>
    public Batch Look(Prompt prompt)
    {
        if (prompt.Pictures.Count == 0)
        {
            return new Batch([prompt.Layout], null);
        }

        using var scope = new TensorScope();
        var shown = prompt.Pictures.Select(picture => Tensor.From(picture.Pixels, [1, 3, size.Height, size.Width], model.Device)).ToArray();
        var pixels = shown.Length == 1 ? shown[0] : Tensor.Cat(shown);             // [images, 3, height, width]
        var features = model.Conditioning.ReadsQuestion ? ByQuestion(prompt, pixels) : OneByOne(prompt, shown);
        return new Batch([prompt.Layout], scope.Escape(pixels), scope.Escape(features)) { Images = prompt.Sample.Images };
    }

    /// <summary>The key of what a picture becomes in the decoder's space.</summary>
    public ContentKey KeyOf(Prompt prompt, int picture) => model.Conditioning.ReadsQuestion || model.Connector.ReadsQuestion
        ? Asked(prompt).With([picture])
        : prompt.Pictures[picture].Key;

    public void Dispose() => seen.Dispose();

    // Each alone, so that what is said of a picture does not depend on those beside it.
    private Tensor OneByOne(Prompt prompt, Tensor[] shown)
    {
        var all = shown.Select((pixels, k) =>
        {
            using var lease = seen.Find(prompt.Pictures[k].Key) ?? seen.Add(prompt.Pictures[k].Key, Kept(model.Vision.Encode(pixels.To(model.Language.EmbeddingWeight.Type), null)));
            return lease.Value.Alias();
        }).ToArray();
        return all.Length == 1 ? all[0] : Tensor.Cat(all);                         // [images, patches, visionWidth]
    }

    private Tensor ByQuestion(Prompt prompt, Tensor pixels)
    {
        var key = Asked(prompt);
        using var lease = seen.Find(key) ?? seen.Add(key, Kept(LookBy(prompt, pixels)));
        return lease.Value.Alias();
    }

    private Tensor LookBy(Prompt prompt, Tensor pixels)
    {
        var asked = new PictureQuestions(new Batch([prompt.Layout], pixels), model.Language); // its tensors are the caller's
        return model.Vision.Encode(pixels.To(model.Language.EmbeddingWeight.Type), model.Conditioning.Read(asked));
    }

    private static Tensor Kept(Tensor features) => features.Clone().Keep();

    private static ContentKey Asked(Prompt prompt) => ContentKey.Of([.. prompt.Pictures.Select(picture => picture.Key)]).With(prompt.Layout.TokenIds);
}
