using Collimate.Alignment;
using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Semantics;

/// <summary>Labels found while training, by a dual encoder that looks at the very pictures of the batch: no file, at the price of one more look.</summary>
/// <remarks>Its pictures must be prepared as the model's are, and lie in as many patches.</remarks>
public sealed class LiveLabels : IPatchLabelSource, IDisposable
{
    private readonly DualEncoder encoder;
    private readonly TopWords search;
    private readonly SimilarityMode mode;

    /// <param name="encoder">The dual encoder; owned from now on.</param>
    /// <param name="tokenizer">Its text tower's tokenizer.</param>
    /// <param name="words">The words.</param>
    /// <param name="mode">How patches and words are compared.</param>
    /// <param name="top">The most words of a patch.</param>
    /// <param name="templates">Texts around the words; the bare words where null.</param>
    public LiveLabels(DualEncoder encoder, ITokenizer tokenizer, WordList words, SimilarityMode mode, int top, IReadOnlyList<string>? templates = null)
    {
        (this.encoder, Words, this.mode) = (encoder, words, mode);
        using var directions = WordDirections.Of(encoder, tokenizer, words, templates);
        search = new TopWords(directions, top);
    }

    /// <inheritdoc/>
    public WordList Words { get; }

    /// <inheritdoc/>
    public IReadOnlyList<PatchLabels> Of(ForwardPass pass)
    {
        using var off = GradMode.Disable();
        using var full = Autocast.Suspend(pass.Hidden.Device.Type);
        using var scope = new TensorScope();
        var pixels = pass.Batch.Pixels ?? throw new RunException(
            "labels: { type: live } looks at the pictures themselves, of which feature_cache has kept the features only. Make a file of labels (collimate label) and say { type: file }, or leave feature_cache out.");
        return search.Find(PatchSight.Of(encoder, pixels.To(ScalarType.Float32), mode), mode);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        search.Dispose();
        encoder.Dispose();
    }
}
