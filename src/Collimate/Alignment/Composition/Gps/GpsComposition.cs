using Collimate.Adapters;
using Collimate.Data;
using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Alignment.Composition.Gps;

/// <summary>GPS: a network that is trained with the model puts a picture's tokens and the user's words in order.</summary>
/// <remarks>
/// Tokens → <see cref="GpsNetwork"/> → Gumbel noise (training only) → Sinkhorn → a soft permutation, which mixes tokens or is made hard. What the variants are, and what
/// of the published system they do and do not reproduce, is told in <c>docs/methods/gps.md</c>. Its weights lie under <c>composition.network</c>.
/// </remarks>
public sealed class GpsComposition : Module, IComposition
{
    private static readonly Operator Pad = Operator.Find("aten::constant_pad_nd");

    private readonly GpsNetwork network;
    private readonly GumbelSinkhorn sampler;

    /// <param name="options">Sizes, temperature, hardening, variant.</param>
    /// <param name="width">The decoder's width.</param>
    /// <param name="generator">Draws the network's weights.</param>
    public GpsComposition(GpsOptions options, int width, Generator? generator = null)
    {
        Options = options;
        network = AddModule("network", new GpsNetwork(options.Network(width), generator));
        sampler = new GumbelSinkhorn { Noise = options.Noise, Sinkhorn = options.Sinkhorn };
    }

    /// <summary>Sizes, temperature, hardening, variant.</summary>
    public GpsOptions Options { get; }

    /// <inheritdoc/>
    public bool OrdersByQuestion => true;

    /// <inheritdoc/>
    /// <exception cref="DataException">Several packed questions share a row, or the scores of a row are not finite.</exception>
    public Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass)
    {
        var perImage = (int)(visual?.Size(1) ?? 0);
        var plain = ConcatComposition.Sources(batch, perImage);
        var rows = plain.Select((order, row) => MovableTokens.Of(batch.Layouts[row], order, batch.ImageCount(row) * perImage, perImage)).ToArray();
        var temperature = Options.Course.At(pass.Progress);
        pass.Measures.Add("gps/temperature", temperature);
        var report = new GpsMeasures(pass.Measures);
        if (visual is null || rows.All(row => row.Count == 0))
        {
            return new Order(plain);
        }

        using var scope = new TensorScope();
        var most = rows.Max(row => row.Count);
        var (sources, matrices) = ((int[][])plain.Clone(), new Tensor?[rows.Length]);
        var flat = new FlatSources(batch, perImage, (int)text.Size(1));
        var all = Tensor.Cat([visual.Reshape(-1, visual.Size(-1)).To(text.Type), text.Reshape(-1, text.Size(-1))]).To(ScalarType.Float32);
        foreach (var alike in Enumerable.Range(0, rows.Length).Where(row => rows[row].Count > 0).GroupBy(row => rows[row].Count))
        {
            int[] which = [.. alike];
            var permutation = Permute(Tokens(all, flat, rows, which), temperature, pass, batch, which);
            var choices = Choose(permutation, rows, which);
            report.Add(permutation, choices);
            foreach (var (at, row) in which.Index())
            {
                sources[row] = rows[row].After(choices[at]);
                matrices[row] = Padded(permutation.Matrix.Select(0, at), most);
            }
        }

        var empty = Tensor.Zeros([most, most], ScalarType.Float32, text.Device);
        var weights = Tensor.Stack(matrices.Select(matrix => matrix ?? empty)); // [rows, slots, slots]
        return new Order(sources)
        {
            Mixture = new Mixture(scope.Escape(weights), [.. rows.Select(row => row.Slots)], [.. rows.Select(row => row.Sources)], Options.IsHard(pass.Progress)),
        };
    }

    // [rows, tokens, width]
    private static Tensor Tokens(Tensor all, FlatSources flat, MovableTokens[] rows, int[] which)
    {
        long[] places = [.. which.SelectMany(row => rows[row].Sources.Select(source => flat.Of(row, source)))];
        return all.IndexSelect(0, Tensor.From(places).To(all.Device)).Reshape(which.Length, -1, all.Size(-1));
    }

    private SoftPermutation Permute(Tensor tokens, double temperature, PassContext pass, Batch batch, int[] which)
    {
        // Rows of like length are drawn together; the seed tells them from those of another length.
        ulong? seed = pass.Training ? AdapterDropout.Mix(pass.Seed, (ulong)tokens.Size(1)) : null;
        var permutation = sampler.Of(network.Scores(tokens, seed), temperature, seed);
        using var _ = GradMode.Disable();
        foreach (var (at, row) in which.Index())
        {
            if (!permutation.Logits.Select(0, at).IsFinite().All().ItemBool())
            {
                throw new DataException(batch.Layouts[row].SampleId, new ScoresException().Message);
            }
        }

        return permutation;
    }

    private int[][] Choose(SoftPermutation permutation, MovableTokens[] rows, int[] which)
    {
        if (!Options.KeepsText)
        {
            var choices = Hardening.Choose(permutation, Options.HardensBy);
            return Options.HardensBy == HardeningMode.Argmax ? choices : [.. choices.Zip(which, (choice, row) => AlikeTokens.InReadingOrder(choice, rows[row].Alike))];
        }

        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var n = (int)permutation.Matrix.Size(-1);
        var matrices = permutation.Matrix.To(Device.Cpu).ToArray<float>();
        return [.. which.Select((row, at) => KeptText.Choose(matrices.AsSpan(at * n * n, n * n), rows[row], Options.HardensBy))];
    }

    private static Tensor Padded(Tensor matrix, long most) => most == matrix.Size(0)
        ? matrix
        : Pad.Call(matrix, new[] { 0, most - matrix.Size(1), 0, most - matrix.Size(0) }, 0.0);
}
