using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Learns a linear map from numbers of very different size, so that another order of additions would show.</summary>
internal sealed class LineProgram : TrainingProgram<LineProgram.Points>
{
    private const int PointsPerPiece = 8;
    private const int Inputs = 3;

    private readonly Linear model;

    public LineProgram()
    {
        using var generator = new Generator(7);
        model = new Linear(Inputs, 1, generator: generator);
        ParameterGroups = [new ParameterGroup("line", [.. model.Parameters()]) { LearningRate = 0.05 }];
        Optimizer = new AdamW(ParameterGroups);
    }

    public AdamW Optimizer { get; }

    public int Pieces { get; init; } = 5;

    /// <summary>Called before a step's data are made.</summary>
    public Action<long>? OnPrepare { get; init; }

    /// <summary>Called on a worker's thread before a piece is run.</summary>
    public Action<Points>? OnRun { get; init; }

    /// <summary>Steps whose loss is not a number.</summary>
    public Func<long, bool> IsPoisoned { get; init; } = _ => false;

    /// <summary>Which data a step has.</summary>
    public Func<long, long> DataOf { get; init; } = step => step;

    /// <summary>Pieces made and not yet released.</summary>
    public int OpenPieces;

    public override string Name => "line";

    public override IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    public float[] Weights => [.. model.Parameters().SelectMany(parameter => parameter.ToArray<float>())];

    public override IReadOnlyList<Points> Prepare(long step)
    {
        OnPrepare?.Invoke(step);
        return [.. Enumerable.Range(0, Pieces).Select(piece => new Points(this, step, piece))];
    }

    public override Worker CreateWorker(int index)
    {
        if (index == 0)
        {
            return new LineWorker(this, model);
        }

        var replica = new Linear(Inputs, 1);
        replica.ShareParametersWith(model);
        return new LineWorker(this, replica);
    }

    protected override void Dispose(bool disposing)
    {
        Optimizer.Dispose();
        model.Dispose();
        base.Dispose(disposing);
    }

    public sealed class Points : IDisposable
    {
        private readonly LineProgram program;

        public Points(LineProgram program, long step, int number)
        {
            (this.program, Step, Number) = (program, step, number);
            var random = new Random((int)((program.DataOf(step) * 100) + number));
            X = [.. Enumerable.Range(0, PointsPerPiece * Inputs).Select(_ => (float)(Math.Pow(10, random.Next(-2, 1)) * (random.NextDouble() - 0.5)))];
            Y = [.. X.Chunk(Inputs).Select(x => x[0] - (2 * x[1]) + (0.5f * x[2]) + 0.3f)];
            Interlocked.Increment(ref program.OpenPieces);
        }

        public long Step { get; }

        public int Number { get; }

        public float[] X { get; }

        public float[] Y { get; }

        public void Dispose() => Interlocked.Decrement(ref program.OpenPieces);
    }

    private sealed class LineWorker(LineProgram program, Linear own) : Worker
    {
        public override IReadOnlyList<Tensor> Parameters { get; } = [.. own.Parameters()];

        public override PieceResult Run(Points piece, StepClock clock)
        {
            program.OnRun?.Invoke(piece);
            using var scope = new TensorScope();
            var error = own.Forward(Tensor.From(piece.X, [PointsPerPiece, Inputs])) - Tensor.From(piece.Y, [PointsPerPiece, 1]);
            var loss = (error * error).Mean() * ((program.IsPoisoned(piece.Step) && piece.Number == 1 ? double.NaN : 1.0) / program.Pieces);
            loss.Backward();
            return new PieceResult(loss.Item(), PointsPerPiece, PointsPerPiece);
        }

        protected override void Dispose(bool disposing)
        {
            if (!ReferenceEquals(own, program.model))
            {
                own.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
