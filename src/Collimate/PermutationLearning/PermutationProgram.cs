using Collimate.Adapters;
using Collimate.Models.Permutation;
using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.PermutationLearning;

/// <summary>Trains a <see cref="GpsNetwork"/> to give sets of tokens their right order.</summary>
public sealed class PermutationProgram : TrainingProgram<TokenSets>
{
    private readonly PermutationSettings settings;
    private readonly GpsNetwork network;
    private readonly PermutationTask task;
    private readonly GumbelSinkhorn sampler;
    private PermutationFigures?[] figures = [];

    /// <param name="settings">The experiment.</param>
    /// <param name="network">The network; changed in place.</param>
    /// <param name="task">Where sets come from.</param>
    public PermutationProgram(PermutationSettings settings, GpsNetwork network, PermutationTask task)
    {
        (this.settings, this.network, this.task) = (settings, network, task);
        sampler = new GumbelSinkhorn { Noise = settings.Noise, Sinkhorn = settings.Sinkhorn };
        ParameterGroups = [new ParameterGroup("gps", [.. network.Parameters()]) { LearningRate = settings.LearningRate, WeightDecay = settings.WeightDecay }];
    }

    /// <inheritdoc/>
    public override string Name => "permute";

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <summary>Is shown the first matrix of a step, while it is computed.</summary>
    public Action<StepClock, Tensor, long[]>? Watch { get; init; }

    /// <summary>The last step's figures, of the row-wise largest elements, with noise and dropout on: as the paper counts.</summary>
    public PermutationFigures LastStep => PermutationFigures.Over([.. figures.Select(part => part!)]);

    /// <summary>The temperature of a step.</summary>
    public double TemperatureAt(StepClock clock) => settings.Temperature.At((double)clock.Step / clock.TotalSteps);

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> Prepare(long step) => task.Draw(step);

    /// <inheritdoc/>
    public override Worker CreateWorker(int index)
    {
        if (index == 0)
        {
            return new PassWorker(this, network, owned: false);
        }

        GpsNetwork replica;
        using (Initialization.Defer())
        {
            replica = new GpsNetwork(network.Config);
        }

        replica.ShareParametersWith(network);
        return new PassWorker(this, replica, owned: true);
    }

    /// <summary>The soft permutations of some sets, without gradients.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="temperature">The temperature.</param>
    /// <param name="seed">What noise and dropout follow from; null for neither.</param>
    public SoftPermutation Judge(TokenSets sets, double temperature, ulong? seed)
    {
        using var _ = GradMode.Disable();
        return Pass(network, sets, temperature, seed);
    }

    /// <summary>The loss that the settings name, on the soft matrix.</summary>
    public double LossOf(SoftPermutation permutation, TokenSets sets)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        return Loss(permutation.Matrix, Targets(sets)).Item();
    }

    private SoftPermutation Pass(GpsNetwork with, TokenSets sets, double temperature, ulong? seed)
    {
        using var scope = new TensorScope();
        float[] tokens = [.. sets.Tokens.SelectMany(set => set)];
        var x = Tensor.From(tokens, [sets.Tokens.Count, settings.Tokens, settings.Network.Width]);
        Tensor scores;
        using (Autocast.EnableIf(settings.Precision))
        {
            scores = with.Scores(x, seed);
        }

        var permutation = sampler.Of(scores, temperature, seed);
        scope.Escape(permutation.Logits);
        scope.Escape(permutation.Matrix);
        return permutation;
    }

    private Tensor Loss(Tensor matrix, Tensor targets) => settings.Loss == PermutationLossKind.Published
        ? PermutationLoss.Published(matrix, targets)
        : PermutationLoss.CrossEntropy(matrix, targets);

    private Tensor Targets(TokenSets sets) => Tensor.From([.. sets.Targets.SelectMany(set => set)], [sets.Targets.Count, settings.Tokens]);

    private ulong SeedOf(TokenSets sets, StepClock clock) => AdapterDropout.Mix(AdapterDropout.Mix(settings.Seed, (ulong)clock.Step), (ulong)sets.Index);

    private void Keep(int piece, PermutationFigures figure)
    {
        lock (task)
        {
            if (figures.Length <= piece)
            {
                Array.Resize(ref figures, piece + 1);
            }

            figures[piece] = figure;
        }
    }

    private sealed class PassWorker(PermutationProgram program, GpsNetwork network, bool owned) : Worker
    {
        public override IReadOnlyList<Tensor> Parameters { get; } = [.. network.Parameters()];

        public override PieceResult Run(TokenSets piece, StepClock clock)
        {
            using var scope = new TensorScope();
            var settings = program.settings;
            var permutation = program.Pass(network, piece, program.TemperatureAt(clock), program.SeedOf(piece, clock));
            var choice = Hardening.Choose(permutation, HardeningMode.Argmax);
            var isHard = settings.Loss == PermutationLossKind.Published && clock.Step > settings.HardAfter * clock.TotalSteps;
            var matrix = isHard ? Hardening.StraightThrough(permutation.Matrix, choice) : permutation.Matrix;
            var loss = program.Loss(matrix, program.Targets(piece));
            var share = (double)piece.Tokens.Count / settings.Sets;
            var value = loss.Item();
            program.Keep(piece.Index, PermutationFigures.Of(permutation, choice, piece.Targets, value));
            if (piece.Index == 0)
            {
                program.Watch?.Invoke(clock, permutation.Matrix, piece.Targets[0]);
            }

            (loss * share).Backward();
            return new PieceResult(value * share, piece.Tokens.Count, piece.Tokens.Count * settings.Tokens);
        }

        protected override void Dispose(bool disposing)
        {
            if (owned)
            {
                network.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
