namespace Collimate.Torch.Fused;

/// <summary>
/// Who may attend to whom, in a few integers per position: position i sees j when <c>Valid(j) ≠ 0</c>, and <c>Document(i) = Document(j)</c> or
/// <c>Document(j) = SharedPart(Document(i))</c>, and (where <c>IsCausal</c>) <c>j ≤ i</c> or <c>Group(i) = Group(j) ≠ 0</c> or <c>Open(j) ≠ 0</c>.
/// </summary>
/// <remarks>
/// Several samples may stand in one row without seeing each other: the s-th, from 0, has the document numbers from s · <see cref="DocumentsPerSample"/> on, the first of which is
/// what its documents share. With one sample that is document 0.
/// </remarks>
/// <param name="IsCausal">Whether later positions are hidden but for groups and open positions.</param>
/// <param name="Document">Int32 <c>[batch, keys]</c>; 0 is what all documents of the row's first sample share. None: one document.</param>
/// <param name="Group">Int32 <c>[batch, keys]</c>; 0 is no group. None: no groups.</param>
/// <param name="Open">Int32 <c>[batch, keys]</c>. None: no open positions.</param>
/// <param name="Valid">Int32 <c>[batch, keys]</c>, 0 on padding. None: no padding.</param>
public readonly record struct AttentionRule(bool IsCausal, Tensor? Document = null, Tensor? Group = null, Tensor? Open = null, Tensor? Valid = null)
{
    /// <summary>How far apart the document numbers of two samples in one row are.</summary>
    public const int DocumentsPerSample = 1 << 16;

    /// <summary>Everyone sees everyone.</summary>
    public static AttentionRule Full => new(IsCausal: false);

    /// <summary>Everyone sees what came before, and itself.</summary>
    public static AttentionRule Causal => new(IsCausal: true);

    /// <summary>The number of what all documents of a document's sample share.</summary>
    public static int SharedPart(int document) => document & -DocumentsPerSample;

    /// <summary>The causal rule with all four descriptions given.</summary>
    public static implicit operator AttentionRule((Tensor Document, Tensor Group, Tensor Open, Tensor Valid) all) =>
        new(IsCausal: true, all.Document, all.Group, all.Open, all.Valid);
}
