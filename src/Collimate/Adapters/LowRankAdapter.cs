using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Adapters;

/// <summary>One adapter on one linear map: A, B and, for DoRA, the lengths of the rows.</summary>
internal sealed class LowRankAdapter : Module
{
    // Below this a row of W + s·B·A counts as having no length; its direction would be noise.
    private const double ShortestSquared = 1e-24;

    private const long ElementsAtOnce = 1 << 22;

    private readonly AdapterDropout dropout;
    private readonly Lock caching = new();
    private Tensor? rowSquares;
    private Tensor? cachedLengths;
    private object? rowSquaresKey;
    private object? cachedLengthsKey;

    public LowRankAdapter(AdapterSite site, AdapterConfig config, int rank, double alpha, AdapterDropout dropout, Generator? generator)
    {
        (Site, this.dropout, Scale) = (site, dropout, config.Scale(rank, alpha));
        using var scope = new TensorScope();
        var drawn = config.Initialization == AdapterInitialization.Gaussian
            ? Initialization.Normal([rank, site.Inputs], 1.0 / rank, generator)
            : Initialization.KaimingUniform([rank, site.Inputs], generator, slope: Math.Sqrt(5));
        var device = site.Map.Weight.Device;
        A = AddParameter("lora_A", drawn.To(site.ComputeType).To(device));
        B = AddParameter("lora_B", Tensor.Zeros([site.Outputs, rank], site.ComputeType, device));
        Magnitude = config.Kind == AdapterKind.Dora ? AddParameter("lora_magnitude_vector", Lengths()) : null;
    }

    /// <summary>The map it is on.</summary>
    public AdapterSite Site { get; }

    /// <summary><c>[rank, inputs]</c></summary>
    public Tensor A { get; }

    /// <summary><c>[outputs, rank]</c></summary>
    public Tensor B { get; }

    /// <summary>DoRA's lengths of the rows, <c>[outputs]</c>; null for LoRA.</summary>
    public Tensor? Magnitude { get; }

    /// <summary>The factor s on B·A.</summary>
    public double Scale { get; }

    /// <summary>Whether dropout leaves inputs of A out now.</summary>
    public bool Drops => IsTraining && dropout.Chance > 0;

    /// <summary>Whether it changes anything, which it does once it has learnt.</summary>
    public bool IsTouched
    {
        get
        {
            using var scope = new TensorScope();
            return B.Detach().Any().ItemBool();
        }
    }

    /// <summary>Takes the lengths of the rows as they are now.</summary>
    public void RenewMagnitude()
    {
        using var _ = GradMode.Disable();
        using var lengths = Magnitude is null ? null : Lengths();
        Magnitude?.CopyFrom_(lengths!);
    }

    /// <summary>
    /// What each row of W + s·B·A is multiplied with, m / ‖W + s·B·A‖, <c>[outputs]</c>; null for LoRA. The length counts as a constant when
    /// gradients are taken (section 4.3 of the paper).
    /// </summary>
    public Tensor? RowFactors() => Magnitude is null ? null : Magnitude / CurrentLengths();

    /// <summary>What the adapter adds to the map's result, but for what DoRA's factors do to W·x: c·s·B·A·x.</summary>
    /// <param name="x"><c>[…, inputs]</c>, already through <see cref="Drop"/></param>
    /// <param name="factors">DoRA's factors c of the rows, or null.</param>
    /// <returns><c>[…, outputs]</c></returns>
    public Tensor Product(Tensor x, Tensor? factors)
    {
        var widen = factors is null ? B : B * factors.Unsqueeze(1); // on the small matrix rather than on the large result
        return (x.Linear(A.To(x.Type)) * Scale).Linear(widen.To(x.Type));
    }

    /// <summary>Leaves inputs out, where it is training time.</summary>
    public Tensor Drop(Tensor x) => Drops ? dropout.Apply(x) : x;

    /// <summary>The map's rows as they are with this adapter, <c>[outputs, inputs]</c>.</summary>
    /// <param name="rows">The map's own rows in <see cref="AdapterSite.ComputeType"/>.</param>
    public Tensor Merged(Tensor rows)
    {
        var sum = rows + (B.Detach().MatMul(A.Detach()) * Scale);
        return RowFactors() is { } factors ? sum * factors.Detach().Unsqueeze(1) : sum;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        rowSquares?.Dispose();
        cachedLengths?.Dispose();
        base.Dispose(disposing);
    }

    // While training another thread's optimizer may move A and B; only at rest do their versions tell all.
    private Tensor CurrentLengths()
    {
        var weight = Site.Map.Weight;
        var key = (A.Version, B.Version, weight.Version, A.DataPointer, B.DataPointer, weight.DataPointer);
        if (IsTraining || GradMode.IsEnabled)
        {
            return Lengths();
        }

        using var _ = caching.EnterScope();
        if (cachedLengths is null || !key.Equals(cachedLengthsKey))
        {
            cachedLengths?.Dispose();
            cachedLengths = Lengths().Keep();
            cachedLengthsKey = key;
        }

        return cachedLengths;
    }

    // ‖w + s·b·A‖² = ‖w‖² + 2s·(w·Aᵀ)·b + s²·b·(A·Aᵀ)·b for each row w of W and b of B: W + s·B·A itself is never made.
    private Tensor Lengths()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var (a, b) = (A.Detach(), B.Detach());
        var across = a.Transpose(0, 1);
        var cross = Chunked(rows => rows.MatMul(across));                      // [outputs, rank]
        var mixed = (cross * (2 * Scale)) + (b.MatMul(a.MatMul(across)) * (Scale * Scale));
        var squares = RowSquares() + (b * mixed).Sum(1);
        return scope.Escape(squares.Clamp(minimum: ShortestSquared).Sqrt());   // [outputs]
    }

    private Tensor RowSquares()
    {
        var weight = Site.Map.Weight;
        var key = (weight.Version, weight.DataPointer);
        if (rowSquares is null || weight.RequiresGrad || !key.Equals(rowSquaresKey))
        {
            using var scope = new TensorScope();
            rowSquares?.Dispose();
            rowSquares = Chunked(rows => rows.Square().Sum(1)).Keep();
            rowSquaresKey = key;
        }

        return rowSquares;
    }

    // Weights stored in half are widened a few rows at a time.
    private Tensor Chunked(Func<Tensor, Tensor> compute)
    {
        var rows = Site.Rows;
        if (rows.Type == Site.ComputeType)
        {
            return compute(rows);
        }

        var step = Math.Max(1, ElementsAtOnce / Site.Inputs);
        var parts = new List<Tensor>();
        for (long start = 0; start < Site.Outputs; start += step)
        {
            using var scope = new TensorScope();
            parts.Add(scope.Escape(compute(rows.Narrow(0, start, Math.Min(step, Site.Outputs - start)).To(Site.ComputeType))));
        }

        return Tensor.Cat(parts);
    }
}
