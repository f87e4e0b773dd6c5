using Collimate.Torch;

namespace Collimate.Models.Permutation;

/// <summary>The network of the Gumbel Permutation Sinkformer: from a set of tokens to how well each suits each place.</summary>
/// <remarks>
/// <para>
/// Blocks of single-head attention without positions (<see cref="GpsBlock"/>), of the last of which only the scores QKᵀ/√d + α·I are used; its other half
/// would not change them and is neither made nor run. Zhou et al.; state-dict names: <c>blocks.K.query.weight</c>, …
/// </para>
/// <para>
/// The network is equivariant: S(ΠX) = Π S(X) Πᵀ for every permutation Π. It knows a place by nothing but the token that stands there, so it can learn
/// which token follows which, and never which token belongs in the third place.
/// </para>
/// </remarks>
public sealed class GpsNetwork : Module
{
    private readonly GpsBlock[] blocks;

    /// <summary>Makes a network with Xavier-uniform weights, zero biases and plain norms.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Draws the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape cannot be made.</exception>
    public GpsNetwork(GpsConfig config, Generator? generator = null)
    {
        config.Validate();
        Config = config;
        blocks = new GpsBlock[config.Layers];
        for (var k = 0; k < blocks.Length; k++)
        {
            blocks[k] = AddModule($"blocks.{k}", new GpsBlock(config, scoresOnly: k == blocks.Length - 1, generator));
        }
    }

    /// <summary>The network's shape.</summary>
    public GpsConfig Config { get; }

    /// <summary>How well each token suits each place, as logits: row i is the place where token i stands, column j the token that could be put there.</summary>
    /// <param name="x"><c>[batch, tokens, width]</c></param>
    /// <param name="dropoutSeed">What dropout follows from; nothing is left out where null.</param>
    /// <returns><c>[batch, tokens, tokens]</c></returns>
    /// <exception cref="ArgumentException">The tokens have another width.</exception>
    public Tensor Scores(Tensor x, ulong? dropoutSeed = null)
    {
        if (x.Rank != 3 || x.Size(-1) != Config.Width)
        {
            throw new ArgumentException($"tokens of shape [{string.Join(", ", x.Shape)}] were given; [batch, tokens, {Config.Width}] is needed", nameof(x));
        }

        using var scope = new TensorScope();
        var type = x.Type;
        var dropout = dropoutSeed is { } seed && Config.Dropout > 0 ? new PassDropout(Config.Dropout, seed) : null;
        foreach (var block in blocks[..^1])
        {
            x = block.Forward(x, dropout);
        }

        // Scores stand a few units apart after training, and their order decides: they are not for eight bits.
        using var precise = Autocast.Suspend(x.Device.Type);
        return scope.Escape(blocks[^1].Scores(x.To(type)));
    }
}
